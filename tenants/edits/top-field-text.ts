import { isMap, isScalar, type Node, parseDocument, stringify } from "yaml";

import { lineAfter } from "./text-lines.ts";
import { isEditedByLines, withDocument } from "./whole-document.ts";

/** The fields of a tenant file that hold one word or one line. */
export type LineField = "state" | "reason" | "expires" | "hold" | "purgeAfter";

/**
 * The text of a valid tenant file with this field; all else stays as it is, comments included. Undefined takes the field
 * out with its line. A new field comes behind `state` where the file has that on a line, else at the end.
 */
export function withField(text: string, field: LineField, value: string | undefined): string {
  if (!isEditedByLines(text)) {
    return withDocument(text, (document) => {
      if (value === undefined) document.delete(field);
      else document.set(field, value);
    });
  }
  const written = placeOf(text, field);
  const line = (of: string) => stringify(of, { lineWidth: 0 }).trimEnd();
  if (value === undefined)
    return written === undefined ? text : text.slice(0, written.line) + text.slice(lineAfter(text, written.end));
  if (written !== undefined) return text.slice(0, written.start) + line(value) + text.slice(written.end);
  const state = placeOf(text, "state");
  const at = state === undefined ? text.length : lineAfter(text, state.end);
  const before = text.slice(0, at);
  return `${before}${before === "" || before.endsWith("\n") ? "" : "\n"}${field}: ${line(value)}\n${text.slice(at)}`;
}

/** Where the field's value lies, and where its line begins. Undefined: the file does not have the field. */
function placeOf(text: string, field: string): { line: number; start: number; end: number } | undefined {
  const root = parseDocument(text).contents;
  const pair = isMap(root) ? root.items.find(({ key }) => isScalar(key) && key.value === field) : undefined;
  if (pair === undefined) return undefined;
  const [key = 0] = (pair.key as Node).range ?? [];
  const [start = 0, end = 0] = (pair.value as Node).range ?? [];
  return { line: key, start, end };
}
