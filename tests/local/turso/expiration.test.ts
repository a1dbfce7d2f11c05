import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";

import { parseExpiration } from "../../../local/turso/expiration.ts";

describe("an expiration", () => {
  it("counts weeks, days, hours, minutes and seconds, in this order", () => {
    const part = fc.nat(500);
    fc.assert(
      fc.property(part, part, part, part, part, (w, d, h, m, s) => {
        fc.pre(w + d + h + m + s > 0);
        const seconds = (((w * 7 + d) * 24 + h) * 60 + m) * 60 + s;
        expect(parseExpiration(`${w}w${d}d${h}h${m}m${s}s`)).toBe(seconds);
      }),
    );
  });

  it("is left out or `never` for a token without end", () => {
    expect([parseExpiration(null), parseExpiration("never")]).toEqual([undefined, undefined]);
  });

  it.each(["30m2w", "1.5d", " 1d", "1D", "forever", "99999999999999999w"])("refuses %j", (text) => {
    expect(() => parseExpiration(text)).toThrow("Invalid expiration format");
  });
});
