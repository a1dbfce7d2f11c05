import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";

import { formatDuration, issuedAt, parseDuration } from "../../provider/rotation.ts";

const DAY_MS = 86_400_000;
const at = (iso: string) => () => new Date(iso);
const daysAfter = (iso: string, days: number) => () => new Date(Date.parse(iso) + days * DAY_MS);

describe("a duration", () => {
  it.each([
    ["90d", 90 * DAY_MS],
    ["1w", 7 * DAY_MS],
    ["12h", DAY_MS / 2],
    ["2w1d30m", 15 * DAY_MS + 30 * 60_000],
    ["5s", 5000],
  ])("reads %s", (text, milliseconds) => {
    expect(parseDuration(text)).toBe(milliseconds);
  });

  it.each(["", "d", "90", "90 d", "1.5d", "-1d", "1d2w", "1d1d", "90D", "0d", "0w0s", "1y", "9999999d", "1d "])(
    "refuses %j",
    (text) => {
      expect(parseDuration(text)).toBeUndefined();
    },
  );

  it("is written so that it reads back the same", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e9 }), (seconds) => {
        expect(parseDuration(formatDuration(seconds * 1000))).toBe(seconds * 1000);
      }),
    );
  });

  it("is written in the largest units and never as nothing", () => {
    expect(formatDuration(45 * DAY_MS)).toBe("6w3d");
    expect(formatDuration(0)).toBe("1s");
    expect(formatDuration(1)).toBe("1s");
  });
});

describe("the moment of issue", () => {
  const issued = "2026-01-01T00:00:00Z";

  it("is now, to the second, when there was none before", () => {
    expect(issuedAt(undefined, "30d", at("2026-01-01T12:34:56.789Z"))).toBe("2026-01-01T12:34:56Z");
    expect(issuedAt({}, "30d", at("2026-01-01T12:34:56Z"))).toBe("2026-01-01T12:34:56Z");
  });

  it("stays until the age is reached, and then is now", () => {
    expect(issuedAt({ issued }, "30d", daysAfter(issued, 29.999))).toBe(issued);
    expect(issuedAt({ issued }, "30d", daysAfter(issued, 30))).toBe("2026-01-31T00:00:00Z");
  });

  it("follows a rotation that was made shorter at once", () => {
    expect(issuedAt({ issued }, "7d", daysAfter(issued, 10))).toBe("2026-01-11T00:00:00Z");
  });

  it("survives a clock that is a little behind, but not a date from a wrong clock", () => {
    expect(issuedAt({ issued }, "30d", daysAfter(issued, -0.5))).toBe(issued);
    expect(issuedAt({ issued }, "30d", daysAfter(issued, -2))).toBe("2025-12-30T00:00:00Z");
  });

  it("stays as it is while the rotation is not known in a preview", () => {
    expect(issuedAt({ issued }, Symbol("unknown"), daysAfter(issued, 500))).toBe(issued);
  });

  it("is now when what is stored is no date", () => {
    expect(issuedAt({ issued: "soon" }, "30d", at(issued))).toBe(issued);
  });

  it("is always a fixpoint: asked again at once, it stays", () => {
    fc.assert(
      fc.property(fc.date({ noInvalidDate: true, min: new Date(0), max: new Date(4e12) }), (now) => {
        const first = issuedAt(undefined, "1s", () => now);
        expect(issuedAt({ issued: first }, "1s", () => new Date(first))).toBe(first);
      }),
    );
  });
});
