import { styleText } from "node:util";

import Table from "cli-table3";

import { printable, printableJson, printableLines } from "./printable.ts";
import { stepAside } from "./progress.ts";

type Style = Parameters<typeof styleText>[0];

/** Colours `text` when standard output is a terminal that wants colours. */
export function paint(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stdout });
}

/** A plain table for people: no frames, columns as wide as their widest cell. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const bare = Object.fromEntries(
    [
      "top",
      "top-mid",
      "top-left",
      "top-right",
      "bottom",
      "bottom-mid",
      "bottom-left",
      "bottom-right",
      "left",
      "left-mid",
    ]
      .concat(["mid", "mid-mid", "right", "right-mid"])
      .map((part) => [part, ""]),
  );
  const lines = new Table({
    head: head.map((cell) => paint("bold", cell)),
    chars: { ...bare, middle: "  " },
    style: { head: [], border: [], "padding-left": 0, "padding-right": 0 },
  });
  lines.push(...rows.map((row) => row.map((cell) => exceptPaint(cell, printable))));
  return lines
    .toString()
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n");
}

/** Prints a value for programs: JSON, one document. What a terminal would act on is in it as `\\u001b`. */
export function printJson(value: unknown): void {
  stepAside();
  process.stdout.write(`${printableJson(JSON.stringify(value, null, 2))}\n`);
}

/** One document of a stream of them, each on a line of its own: for verbs that go on until they are told to end. */
export function printJsonLine(value: unknown): void {
  stepAside();
  process.stdout.write(`${printableJson(JSON.stringify(value))}\n`);
}

/** Prints one line to standard output. */
export function printLine(line = ""): void {
  stepAside();
  process.stdout.write(`${exceptPaint(line, printableLines)}\n`);
}

/** A line about what is going on, not part of the result: goes to standard error. */
export function note(line: string): void {
  stepAside();
  process.stderr.write(`${exceptPaint(line, printableLines)}\n`);
}

const ESCAPE = "\u001b";
/** Bold and the eight colours, and their ends. */
const PAINT = new RegExp(`(${ESCAPE}\\[(?:1|22|3[0-79])m)`);

/** The last hold: whatever came into a line unescaped is escaped here, but for colours, where `paint` gives them. */
function exceptPaint(text: string, escape: (text: string) => string): string {
  if (paint("bold", "x") === "x") return escape(text);
  return text
    .split(PAINT)
    .map((part, index) => (index % 2 === 1 ? part : escape(part)))
    .join("");
}
