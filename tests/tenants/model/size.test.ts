import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";

import { canonicalSize, size, sizeBytes } from "../../../tenants/model/size.ts";

const anyUpTo = size("1kb", "1000gb");

describe("a size", () => {
  it("is decimal", () => {
    expect(sizeBytes("1gb")).toBe(1_000_000_000);
    expect(sizeBytes("256mb")).toBe(256_000_000);
    expect(sizeBytes("3kb")).toBe(3000);
  });

  it.each(["", "256", "256MB", "1 gb", "1.5gb", "-1gb", "1gib", "1tb", "0mb", "1001gb", "1gb\n"])(
    "is refused: %j",
    (text) => {
      expect(anyUpTo.safeParse(text).success).toBe(false);
    },
  );

  it("has one spelling, which means the same", () => {
    expect(canonicalSize("1000mb")).toBe("1gb");
    expect(canonicalSize("1500mb")).toBe("1500mb");
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 999_999_999 }), fc.constantFrom("kb", "mb", "gb"), (count, unit) => {
        const canonical = canonicalSize(`${count}${unit}`);
        expect(sizeBytes(canonical)).toBe(sizeBytes(`${count}${unit}`));
        expect(canonicalSize(canonical)).toBe(canonical);
      }),
    );
  });
});
