import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";

import { isNoLimit, sameSize, sizeInBytes } from "../../../provider/turso/size-limit.ts";

describe("a size limit", () => {
  it.each([
    ["10000", 10_000],
    [10_000, 10_000],
    ["512b", 512],
    ["1kb", 1000],
    ["256mb", 256_000_000],
    ["1GB", 1_000_000_000],
    ["1gib", 2 ** 30],
    ["2tb", 2e12],
  ])("reads %j as bytes", (size, bytes) => {
    expect(sizeInBytes(size)).toBe(bytes);
  });

  it.each(["", "gb", "1.5gb", "-1", "1 gb", "1pb", "1e9", "many"])("refuses %j", (size) => {
    expect(sizeInBytes(size)).toBeUndefined();
  });

  it.each(["1000000000", "1gb", "1000mb", "1GB"])("of 1gb is the same when Turso shows %s", (shown) => {
    expect(sameSize("1gb", shown)).toBe(true);
  });

  it("is the same whichever unit Turso counts in, but not when it shows other bytes", () => {
    expect(sameSize("1gib", "1gb")).toBe(true);
    expect(sameSize("1gb", String(2 ** 30))).toBe(false);
    expect(sameSize("1gb", "2gb")).toBe(false);
  });

  it.each([undefined, "", "0"])("is absent when Turso shows %j", (shown) => {
    expect(isNoLimit(shown)).toBe(true);
    expect(sameSize("1gb", shown)).toBe(false);
  });

  it("is the same as the bytes that are sent for it", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 999_999 }), fc.constantFrom("", "b", "kb", "mb", "gb"), (count, unit) => {
        const size = `${count}${unit}`;
        expect(sameSize(size, String(sizeInBytes(size)))).toBe(true);
        expect(isNoLimit(size)).toBe(false);
      }),
    );
  });
});
