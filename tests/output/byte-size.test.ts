import { describe, expect, it } from "@jest/globals";

import { byteSize } from "../../output/byte-size.ts";

describe("a size for people", () => {
  it.each([
    [0, "0 B"],
    [57, "57 B"],
    [999, "999 B"],
    [1000, "1.0 KB"],
    [1549, "1.5 KB"],
    [9960, "10 KB"],
    [999_499, "999 KB"],
    [999_999, "1.0 MB"],
    [45_328, "45 KB"],
    [20_000_000, "20 MB"],
    [3_100_000_000, "3.1 GB"],
    [7e15, "7000 TB"],
  ])("of %d bytes has at most three digits and is never nothing where there is something: %s", (bytes, said) => {
    expect(byteSize(bytes)).toBe(said);
  });
});
