import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";

import { filledRings, inHashOrder } from "../../rollouts/rings.ts";
import type { Ring } from "../../rollouts/rollout-file.ts";
import { anyId } from "../tenants/any-tenant.ts";

const ids = fc.uniqueArray(anyId, { maxLength: 60 });
const shares = fc
  .uniqueArray(fc.integer({ min: 1, max: 99 }), { maxLength: 4 })
  .map((each) => each.sort((a, b) => a - b).map((percent): Ring => `${percent}%`));
const rings = fc
  .record({ canary: fc.array(anyId, { maxLength: 3 }), shares })
  .map(({ canary, shares: each }): Ring[] => [...(canary.length > 0 ? [{ canary }] : []), ...each, "rest"]);

describe("the rings of a rollout", () => {
  it("hold every tenant once, and each share is as large as it says, those before counted in", () => {
    fc.assert(
      fc.property(rings, ids, (written, all) => {
        const filled = filledRings(written, all);
        expect(filled.flatMap(({ tenants }) => tenants).sort()).toEqual(all.toSorted());
        let reached = 0;
        for (const { name, tenants } of filled) {
          reached += tenants.length;
          if (!name.endsWith("%")) continue;
          const before = reached - tenants.length;
          expect(reached).toBe(Math.max(before, Math.ceil((Number(name.slice(0, -1)) * all.length) / 100)));
        }
      }),
    );
  });

  it("are the same in whatever order the tenants are read, and wherever", () => {
    fc.assert(
      fc.property(rings, ids, (written, all) => {
        expect(filledRings(written, all.toReversed())).toEqual(filledRings(written, all));
      }),
    );
    expect(inHashOrder(["acme", "beta", "gamma", "delta"])).toEqual(["delta", "acme", "gamma", "beta"]);
  });

  it("keep who is in a ring that was begun, whoever comes or goes", () => {
    fc.assert(
      fc.property(rings, ids, ids, fc.nat(), (written, all, others, count) => {
        const first = filledRings(written, all);
        const begun = new Map(first.slice(0, count % (first.length + 1)).map(({ name, tenants }) => [name, tenants]));
        const fixed = [...begun.values()].flat();
        const later = filledRings(written, [...new Set([...fixed, ...others])], begun);
        for (const [name, tenants] of begun) expect(later.find((each) => each.name === name)?.tenants).toEqual(tenants);
        const placed = later.flatMap(({ tenants }) => tenants);
        expect(new Set(placed).size).toBe(placed.length);
      }),
    );
  });

  it("move each tenant by one place at most when one more comes", () => {
    fc.assert(
      fc.property(ids, anyId, (all, more) => {
        const [before, after] = [inHashOrder(all), inHashOrder([...all, more])];
        for (const id of before) expect(after.indexOf(id) - before.indexOf(id)).toBeLessThanOrEqual(1);
      }),
    );
  });
});
