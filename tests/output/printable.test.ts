import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";

import { printable, printableJson, printableLines, PrintableStream } from "../../output/printable.ts";

/** What no terminal and no reader may meet: controls, bidi marks, zero-width, separators, halves of characters. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\u115f\u1160\u3164\uffa0]|\u034f|[\u{e0100}-\u{e01ef}]/u;

/** As GitHub's runner, Azure's agent and TeamCity look for commands in a line. */
function isCommand(line: string): boolean {
  return /^::[a-z]/i.test(line.trimStart()) || /##\[|##(?:vso|teamcity)\[/i.test(line);
}

const NASTY = [
  "\u001b[2J",
  "\u001b]0;title\u0007",
  "\u202e",
  "\u200b",
  "\ufeff",
  "\n",
  "\r",
  "\r\n",
  "\u2028",
  "\u0085",
];
const COMMANDS = [
  "::error::",
  "::set-output name=a::",
  "##[group]",
  "##vso[task.setvariable]",
  "##teamcity[x]",
  "##",
  "[",
];
const nasty = fc
  .array(fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom(...NASTY, ...COMMANDS, ":", " ", "x")))
  .map((parts) => parts.join(""));

describe("text of others as it is printed", () => {
  it("is one line, plainly visible, and no command to a CI, whatever it is", () => {
    fc.assert(
      fc.property(nasty, (text) => {
        const line = printable(text);
        expect(line).not.toMatch(UNSAFE);
        expect(isCommand(line)).toBe(false);
        expect(printable(line)).toBe(line);
      }),
      { numRuns: 500 },
    );
  });

  it("keeps its own lines where they are meant, each as harmless", () => {
    fc.assert(
      fc.property(nasty, (text) => {
        const lines = printableLines(text).split("\n");
        expect(lines).toHaveLength(text.split("\n").length);
        for (const line of lines) expect([UNSAFE.test(line), isCommand(line)]).toEqual([false, false]);
      }),
    );
  });

  it("is the same however a stream cuts it", () => {
    fc.assert(
      fc.property(fc.array(nasty), (pieces) => {
        const stream = new PrintableStream();
        const told = pieces.map((piece) => stream.take(piece)).join("") + stream.rest();
        expect(told).toBe(printableLines(pieces.join("")));
      }),
    );
  });

  it("means the same as JSON, and has nothing in it that a terminal acts on", () => {
    fc.assert(
      fc.property(fc.dictionary(nasty, nasty), (value) => {
        const text = printableJson(JSON.stringify(value, null, 2));
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(text.replaceAll("\n", "")).not.toMatch(UNSAFE);
        for (const line of text.split("\n")) expect(isCommand(line) && !line.includes('"')).toBe(false);
      }),
    );
  });

  it.each([
    ["a\u001b]0;gone\u0007b", "a\\x1b]0;gone\\x07b"],
    ["level\n::error::all is lost", "level\\n::error::all is lost"],
    ["  ::error::all is lost", "  \\x3a:error::all is lost"],
    ["say ##vso[task.complete]", "say #\\x23vso[task.complete]"],
    ["abc\u202ecba", "abc\\u202ecba"],
    ["\u{e0041}", "\\u{e0041}"],
    ["::1 and fe80::1", "::1 and fe80::1"],
    ["Zoë's café ⚠️ 日本 שלום C:\\dir", "Zoë's café ⚠️ 日本 שלום C:\\dir"],
  ])("%j reads %j", (text, line) => {
    expect(printable(text)).toBe(line);
  });
});
