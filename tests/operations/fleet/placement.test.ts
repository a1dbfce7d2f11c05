import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";

import { nextStackName, placeFor } from "../../../operations/fleet/placement.ts";

const room = fc.record({
  stack: fc.integer({ min: 0, max: 99 }).map((number) => `prod-${String(number).padStart(2, "0")}`),
  tenants: fc.integer({ min: 0, max: 12 }),
});
const rooms = fc.uniqueArray(room, { selector: ({ stack }) => stack, minLength: 1, maxLength: 8 });

describe("a new tenant of a group", () => {
  it("goes to the fullest stack that has room, and of two that are equally full to the first", () => {
    const three = [
      { stack: "prod-02", tenants: 3 },
      { stack: "prod-01", tenants: 3 },
      { stack: "prod-00", tenants: 5 },
    ];
    expect(placeFor(three, 5)).toBe("prod-01");
    expect(placeFor(three, 6)).toBe("prod-00");
  });

  it("is refused when all are full, and told which command makes another", () => {
    expect(() => placeFor([{ stack: "prod-00", tenants: 2 }], 2)).toThrow(/STACK_GROUP_FULL[^]*tenantry fleet add/);
  });

  it("never brings a stack above the limit, and begins an empty stack only when every other is full", () => {
    fc.assert(
      fc.property(rooms, fc.integer({ min: 1, max: 12 }), (all, limit) => {
        const free = all.filter(({ tenants }) => tenants < limit);
        fc.pre(free.length > 0);
        const chosen = all.find(({ stack }) => stack === placeFor(all, limit));
        expect(chosen?.tenants).toBeLessThan(limit);
        expect(free.filter(({ tenants }) => tenants > (chosen?.tenants ?? 0))).toEqual([]);
      }),
    );
  });
});

describe("the next stack of a group", () => {
  it("has the number after the highest, with two digits or more", () => {
    expect(nextStackName("prod", ["prod"])).toBe("prod-00");
    expect(nextStackName("prod", ["prod-00", "prod-07", "prod-02", "prod-eu", "prod2-50"])).toBe("prod-08");
    expect(nextStackName("prod", ["prod-99"])).toBe("prod-100");
  });
});
