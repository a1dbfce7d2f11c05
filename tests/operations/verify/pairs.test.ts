import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";

import { alone, pairsOf } from "../../../operations/verify/pairs.ts";

const fleet = (count: number) => Array.from({ length: count }, (_, index) => `t${index}`);

describe("who attacks whom", () => {
  it("is everybody everybody else, up to 20 tenants", () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 20 }), fc.string(), (count, seed) => {
        const pairs = pairsOf(fleet(count), seed);
        expect(new Set(pairs.map(String)).size).toBe(count * (count - 1));
        expect(pairs.every(([attacker, target]) => attacker !== target)).toBe(true);
      }),
    );
  });

  it("is a sample of ten above that, the same for the same seed, and no tenant attacks itself", () => {
    fc.assert(
      fc.property(fc.integer({ min: 21, max: 400 }), fc.string(), (count, seed) => {
        const pairs = pairsOf(fleet(count), seed);
        expect(pairs).toHaveLength(10);
        expect(pairs.every(([attacker, target]) => attacker !== target)).toBe(true);
        expect(pairsOf(fleet(count).toReversed(), seed)).toEqual(pairs);
      }),
    );
  });

  it("leaves none of 100 tenants out over the kinds of attempts there are", () => {
    const tenants = fleet(100);
    const pairs = Array.from({ length: 100 }, (_, kind) => pairsOf(tenants, `seed ${kind}`)).flat();
    expect(new Set(pairs.map(([attacker]) => attacker)).size).toBe(100);
    expect(new Set(pairs.map(([, target]) => target)).size).toBe(100);
    expect(pairsOf(tenants, "one seed")).not.toEqual(pairsOf(tenants, "another seed"));
    expect(alone(tenants, "seed")).toHaveLength(10);
  });
});
