import { describe, expect, it } from "@jest/globals";

import { reasonOption } from "../../cli/options.ts";

const parsed = (text: string): unknown => reasonOption("why").parseArg?.(text, undefined);

describe("--reason", () => {
  it.each(["two\nlines", "", " ", "\u001b[31mred", "\u202eevil", "a\u2028b", "x".repeat(201)])(
    "refuses what is no line for people where it is given, before any file is edited: %j",
    (text) => {
      expect(() => parsed(text)).toThrow("expected a reason in 3 to 200 characters, on one line");
    },
  );

  it.each(["invoice: #4711", "x # y: \"z\" 'q'", "x".repeat(200)])("takes %j", (text) => {
    expect(parsed(text)).toBe(text);
  });
});
