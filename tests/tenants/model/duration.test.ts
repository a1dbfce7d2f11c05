import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";

import { canonicalDuration, duration, durationSeconds } from "../../../tenants/model/duration.ts";

const anyUpTo = duration("0s", "52w", "5s");

describe("a duration", () => {
  it.each([
    ["90d", 7_776_000],
    ["5s", 5],
    ["2w1d30m", 1_297_800],
    ["0s", 0],
  ])("counts seconds: %s", (text, seconds) => {
    expect(anyUpTo.safeParse(text).success).toBe(true);
    expect(durationSeconds(text)).toBe(seconds);
  });

  it.each(["", "5", "s", "-5s", "5.5h", "5 s", "5S", "1s1m", "1d1d", "1y", "1mo", "53w", "5s\n"])(
    "is refused: %j",
    (text) => {
      expect(anyUpTo.safeParse(text).success).toBe(false);
    },
  );

  it.each([
    ["24h", "1d"],
    ["2w", "14d"],
    ["90m", "90m"],
    ["1h30m", "90m"],
    ["60s", "1m"],
    ["0d", "0s"],
  ])("has one spelling: %s is %s", (text, canonical) => {
    expect(canonicalDuration(text)).toBe(canonical);
  });

  it("means the same in its one spelling", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 40_000_000 }), (seconds) => {
        const canonical = canonicalDuration(`${seconds}s`);
        expect(durationSeconds(canonical)).toBe(seconds);
        expect(canonicalDuration(canonical)).toBe(canonical);
      }),
    );
  });
});
