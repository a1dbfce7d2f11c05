import { describe, expect, it } from "@jest/globals";

import { mint, newSigningKey } from "../../../local/turso/signing-key.ts";
import { expiryOf } from "../../../local/turso/token-expiry.ts";

describe("the expiry of a token", () => {
  it("is read from the header it comes in", async () => {
    const now = new Date("2026-01-01T00:00:00Z");
    const token = await mint(newSigningKey(), { id: "x" }, "read-only", now, 60);
    expect(expiryOf(`Bearer ${token}`)).toBe(now.getTime() / 1000 + 60);
    const endless = await mint(newSigningKey(), { id: "x" }, "full-access", now, undefined);
    expect(expiryOf(`bearer ${endless}`)).toBeUndefined();
  });

  it.each([undefined, "", "Bearer", "Bearer x", "Bearer a.b.c", "Basic a.e30.c", "Bearer a.bnVsbA.c"])(
    "is unknown for %j, which is left to the engine",
    (header) => {
      expect(expiryOf(header)).toBeUndefined();
    },
  );
});
