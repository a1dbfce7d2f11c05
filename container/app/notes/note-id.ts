import { randomBytes } from "node:crypto";

declare const checked: unique symbol;
/** A note's id: safe as a file name on every system a tenant's files may be pulled to, and as part of an address. */
export type NoteId = string & { readonly [checked]: true };

/** Lower case only, for file systems that ignore case; no dot, so that no id is `..` or the name of a temporary file. */
const NOTE_ID = /^[a-z0-9](?:[a-z0-9_-]{0,62}[a-z0-9])?$/;
const DEVICE_ON_WINDOWS = /^(?:con|prn|aux|nul|com\d|lpt\d)$/;

export const NOTE_ID_EXPECTED = "1 to 64 of a-z, 0-9, - and _, with a letter or digit at both ends";

/** Whether `text` is a note's id. */
export function isNoteId(text: string): text is NoteId {
  return NOTE_ID.test(text) && !DEVICE_ON_WINDOWS.test(text);
}

/** An id for a new note. Later ids sort after earlier ones. */
export function newNoteId(now: Date): NoteId {
  return `${now.getTime().toString(36).padStart(9, "0")}-${randomBytes(8).toString("hex")}` as NoteId;
}
