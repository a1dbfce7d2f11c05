import { describe, expect, it } from "@jest/globals";

import { byteSize } from "../../output/byte-size.ts";

describe("a size for people", () => {
  it.each([
    [0, "0 B"],
    [57, "57 B"],
    [999, "999 B"],
    [1000, "1 kB"],
    [1549, "1.55 kB"],
    [45_328, "45.3 kB"],
    [20_000_000, "20 MB"],
    [35_200_000_000, "35.2 GB"],
    [7e15, "7,000 TB"],
  ])("of %d bytes has three digits, and is never nothing where there is something: %s", (bytes, said) => {
    expect(byteSize(bytes)).toBe(said);
  });
});
