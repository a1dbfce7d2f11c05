/** A table as GitHub reads it. Not padded, so that a changed row is a change of one line. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`);
  return lines.join("\n");
}

/** Text of ours as a table cell: what would end the cell, or be read as HTML or emphasis, is escaped. */
export function cell(text: string): string {
  return text
    .replaceAll(/\s*\n\s*/g, " ")
    .split(/(`[^`]*`)/)
    .map((part) => (part.startsWith("`") ? part : part.replaceAll("<", "&lt;").replaceAll("*", "\\*")))
    .join("")
    .replaceAll("|", "\\|");
}

/** A value as code. */
export function code(value: unknown): string {
  return cell(`\`${typeof value === "string" ? value : JSON.stringify(value)}\``);
}
