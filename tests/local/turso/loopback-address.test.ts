import { isIPv4 } from "node:net";

import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";

import { loopbackAddress } from "../../../local/turso/loopback-address.ts";

describe("the address of a database", () => {
  it("is a loopback address apart from 127.0.0.1, the same for the same name", () => {
    fc.assert(
      fc.property(fc.string(), (name) => {
        const address = loopbackAddress(name, () => false);
        expect(isIPv4(address) && address.startsWith("127.")).toBe(true);
        expect(Number(address.split(".")[1])).toBeGreaterThanOrEqual(64);
        expect(Number(address.split(".")[1])).toBeLessThan(128);
        expect(loopbackAddress(name, () => false)).toBe(address);
      }),
    );
  });

  it("is the next free one when it is taken", () => {
    const taken = new Set<string>();
    for (let round = 0; round < 300; round += 1) {
      const address = loopbackAddress("same", (other) => taken.has(other));
      expect(taken.has(address)).toBe(false);
      taken.add(address);
    }
  });
});
