import { type Document, isMap, parseDocument } from "yaml";

/**
 * Whether lines can be added at the end of a tenant file, and cut out of it: its fields are on lines of their own, and
 * nothing ends the document before the file ends.
 */
export function isEditedByLines(text: string): boolean {
  const { contents, directives } = parseDocument(text);
  return isMap(contents) && contents.flow !== true && !directives.docEnd;
}

/** The text with a change of the document as a whole: its comments and its values stay, its layout may not. */
export function withDocument(text: string, change: (document: Document) => void): string {
  const document = parseDocument(text);
  change(document);
  return document.toString({ lineWidth: 0 });
}
