import { describe, expect, it } from "@jest/globals";

import { relativeTime } from "../../output/relative-time.ts";

const now = new Date("2026-11-26T12:00:00Z");

describe("a relative time", () => {
  it.each([
    ["2026-11-26T12:00:00Z", "0s ago"],
    ["2026-11-26T11:59:48Z", "12s ago"],
    ["2026-11-26T11:57:01Z", "2m ago"],
    ["2026-11-26T07:00:00Z", "5h ago"],
    ["2026-11-24T11:00:00Z", "2d ago"],
    ["2026-09-27T12:00:00Z", "60d ago"],
    ["2026-09-25T12:00:00Z", "2026-09-25"],
    ["2026-11-29T12:00:01Z", "in 3d"],
    ["2027-11-29T12:00:01Z", "2027-11-29"],
    ["never", "never"],
  ])("says of %s: %s", (iso, said) => {
    expect(relativeTime(iso, now)).toBe(said);
  });
});
