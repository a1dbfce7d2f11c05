import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";

import { formatDuration, parseDuration } from "../../../local/fly/go-duration.ts";

describe("a Go duration", () => {
  it.each([
    ["15s", 15_000, "15s"],
    ["120s", 120_000, "2m0s"],
    ["1h30m", 5_400_000, "1h30m0s"],
    ["720h", 2_592_000_000, "720h0m0s"],
    ["1.5s", 1500, "1.5s"],
    ["250ms", 250, "250ms"],
    ["0", 0, "0s"],
    [15_000_000_000, 15_000, "15s"],
  ])("%j is %d ms and is written %s", (text, milliseconds, written) => {
    expect(parseDuration(text)).toBe(milliseconds);
    expect(formatDuration(milliseconds)).toBe(written);
  });

  it.each([[""], ["15"], ["fast"], ["15 s"], ["-1s"], ["1d"], [1.5]])("%j is none", (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });

  it("is read again as it was written", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e10 }), (milliseconds) => {
        expect(parseDuration(formatDuration(milliseconds))).toBeCloseTo(milliseconds, 3);
      }),
    );
  });
});
