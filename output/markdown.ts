import { printable, printableLines } from "./printable.ts";

export function clip(text: string, most: number): string {
  if (sizeOf(text) <= most) return text;
  return `${Buffer.from(text)
    .subarray(0, most - 3)
    .toString()
    .replace(/\uFFFD+$/, "")}…`;
}

export function value(text: string | undefined): string {
  return text === undefined ? "–" : `\`${cell(text)}\``;
}

/** Keeps a value inside its cell: a pipe or a back-tick would end it. */
export function cell(text: string): string {
  return printable(text).replaceAll("|", "\\|").replaceAll("`", "'");
}

/** Our text around text from elsewhere, outside of code: no tag, no link, no mention. Back-ticks stay. */
export function prose(text: string): string {
  return printable(text.replaceAll(/\s*\n\s*/g, " "))
    .replaceAll("<", "&lt;")
    .replaceAll("[", "\\[")
    .replaceAll(/(?<!\w)@(?=\w)/g, "@<!-- -->");
}

export function quote(text: string): string[] {
  return printableLines(text)
    .split("\n")
    .map((line) => `> ${prose(line)}`);
}

/** UTF-8 bytes: whatever a limit counts, it is not more. */
export const sizeOf = (text: string): number => Buffer.byteLength(text);
