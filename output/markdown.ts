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

/** Keeps a value inside its cell: a pipe, a back-tick or a line break would end it. */
export function cell(text: string): string {
  return text
    .replaceAll("|", "\\|")
    .replaceAll("`", "'")
    .replaceAll(/\s*\n\s*/g, " ");
}

export function quote(text: string): string[] {
  return text.split("\n").map((line) => `> ${line}`);
}

/** UTF-8 bytes: whatever a limit counts, it is not more. */
export const sizeOf = (text: string): number => Buffer.byteLength(text);
