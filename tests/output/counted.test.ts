import { describe, expect, it } from "@jest/globals";

import { counted } from "../../output/counted.ts";

describe("a number with its word", () => {
  it("has the word of one thing for one, and of many for none and for more", () => {
    expect([0, 1, 2].map((count) => counted(count, "row"))).toEqual(["0 rows", "1 row", "2 rows"]);
    expect([1, 2].map((count) => counted(count, "index", "indexes"))).toEqual(["1 index", "2 indexes"]);
  });
});
