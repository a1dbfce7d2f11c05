import { describe, expect, it } from "@jest/globals";

import { parseSizeLimit } from "../../../local/turso/size-limit.ts";

describe("a size limit", () => {
  it.each([
    ["10000", 10_000],
    ["256mb", 256_000_000],
    ["1gb", 1_000_000_000],
    ["1.5 GB", 1_500_000_000],
    ["1MiB", 1_048_576],
    ["0", null],
    ["", null],
  ])("of %j is %j bytes", (text, bytes) => {
    expect(parseSizeLimit(text)).toBe(bytes);
  });

  it.each(["big", "-1", "1e3", "1 pb", "mb"])("refuses %j", (text) => {
    expect(() => parseSizeLimit(text)).toThrow(`invalid size limit: ${text}`);
  });
});
