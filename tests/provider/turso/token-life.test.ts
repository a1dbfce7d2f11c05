import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";

import { parseDuration } from "../../../provider/rotation.ts";
import { tokenEnd, tokenExpiration, tokenLife } from "../../../provider/turso/token-life.ts";

const DAY_MS = 86_400_000;

describe("the life of a token", () => {
  it.each([
    ["30d", 45],
    ["90d", 135],
    ["14d", 21],
    ["1d", 8],
    ["12h", 7.5],
  ])("with a rotation of %s is %d days", (rotation, days) => {
    expect(tokenLife(rotation)).toBe(days * DAY_MS);
  });

  it("is asked for in units that Turso documents, never shorter than it is", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e8 }), (seconds) => {
        const rotation = `${seconds}s`;
        if (parseDuration(rotation) === undefined) return;
        const expiration = tokenExpiration(rotation);
        expect(expiration).toMatch(/^(\d+w)?(\d+d)?(\d+h)?(\d+m)?$/);
        expect(parseDuration(expiration)).toBeGreaterThanOrEqual(tokenLife(rotation));
        expect(parseDuration(expiration)).toBeLessThan(tokenLife(rotation) + 60_000);
      }),
    );
  });
});

describe("the end of a token", () => {
  const minted = new Date("2026-01-01T00:00:00Z");
  const jwt = (claims: unknown) => `e30.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.c2ln`;

  it("is what the token says", () => {
    expect(tokenEnd(jwt({ exp: 1_770_000_000 }), minted, "30d")).toBe("2026-02-02T02:40:00.000Z");
  });

  it.each([jwt({ iat: 1 }), jwt("text"), jwt(null), "opaque", "a.b.c", ""])(
    "is what was asked for when the token does not say: %j",
    (token) => {
      expect(tokenEnd(token, minted, "30d")).toBe("2026-02-15T00:00:00.000Z");
    },
  );
});
