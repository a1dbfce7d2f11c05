import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";

import { remembered } from "../../output/remembered.ts";

describe("a rule that is remembered", () => {
  it("answers as the rule itself, whatever it was asked before", () => {
    const rule = (text: string) => text.includes("a") || text.length % 2 === 1;
    const kept = remembered(rule);
    const texts = fc.array(fc.oneof(fc.string({ maxLength: 3 }), fc.string({ minLength: 125, maxLength: 135 })));
    fc.assert(fc.property(texts, (asked) => expect(asked.map(kept)).toEqual(asked.map(rule))));
  });

  it("is asked once about a short text, and each time about a long one, which may be large and does not come back", () => {
    const asked: string[] = [];
    const kept = remembered((text) => asked.push(text) > 0);
    for (const text of ["one", "one", "x".repeat(129), "x".repeat(129)]) kept(text);
    expect(asked).toEqual(["one", "x".repeat(129), "x".repeat(129)]);
  });

  it("forgets what it knows before it grows without an end", () => {
    let count = 0;
    const kept = remembered(() => (count += 1) > 0);
    for (const round of [1, 2])
      for (let number = 0; number < 10_001; number += 1) kept(`${round > 0 ? "" : "-"}${number}`);
    expect(count).toBeGreaterThan(10_001);
  });
});
