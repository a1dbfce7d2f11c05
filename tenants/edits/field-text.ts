import { withDocument } from "./whole-document.ts";

/** A field of a tenant file and what it is to say; undefined takes it out. */
export interface FileEdit {
  readonly path: readonly string[];
  readonly value: unknown;
}

/** The text of a tenant file with these fields changed. Comments stay; the rest may be laid out anew. */
export function adoptedText(text: string, edits: readonly FileEdit[]): string {
  return withDocument(text, (document) => {
    for (const { path, value } of edits) {
      // What the file does not say cannot be taken out of it; the text then stays as it is.
      if (value === undefined && !document.hasIn(path)) continue;
      if (value === undefined) document.deleteIn(path);
      else document.setIn(path, value);
    }
  });
}
