import { isUtf8 } from "node:buffer";

/** The longest name of one file or folder that file systems take: bytes. */
export const SEGMENT_BYTES = 255;

/** The longest key that S3 takes: bytes. */
export const KEY_BYTES = 1024;

/** What a conflict's copy may add to the name of a file: `.conflict-`, whose it is, an ETag, a number, an extension. */
const CONFLICT_BYTES = 128;

/** The folder of ours in a synchronised folder. It is never carried. */
export const OWN_FOLDER = ".tenantry";

/**
 * Why no file of this path is carried, in neither direction and by no transfer engine. Undefined when it is. Decided on
 * bytes, so that both sides decide alike. What only two names together rule out, clashes.ts finds.
 */
export function whyNotCarried(path: Uint8Array | string): string | undefined {
  const bytes = Buffer.from(path);
  if (!isUtf8(bytes)) return "its name is not UTF-8";
  const text = bytes.toString();
  // What Unicode puts in the place of bytes that are no text: some storages list names so that hold control characters.
  if (text.includes("\ufffd")) return "its name contains U+FFFD, which replaces invalid text";
  if (/\p{Cc}/u.test(text)) return "a control character in its name";
  if (text.includes("\\")) return "a backslash in its name";
  const segments = text.split("/");
  if (segments.some((segment) => segment === "" || segment === "." || segment === ".."))
    return "a part of its name is empty, . or ..";
  if (segments.some((segment) => Buffer.byteLength(segment) > SEGMENT_BYTES))
    return `a part of its name is longer than ${SEGMENT_BYTES} bytes`;
  if (bytes.length > KEY_BYTES) return `its path is longer than ${KEY_BYTES} bytes`;
  if (bytes.lastIndexOf("/") > KEY_BYTES - CONFLICT_BYTES)
    return `the path of its folder is longer than ${KEY_BYTES - CONFLICT_BYTES} bytes: no room for a conflict's name`;
  return foldedName(segments[0] ?? "") === OWN_FOLDER && segments[0] !== OWN_FOLDER
    ? `its name means ${OWN_FOLDER} where case does not count`
    : undefined;
}

/** One spelling for all names that some file system takes for the same: case, composed letters, what is not shown. */
export function foldedName(name: string): string {
  return name
    .normalize("NFD")
    .replaceAll(/\p{Default_Ignorable_Code_Point}/gu, "")
    .toUpperCase()
    .toLowerCase()
    .normalize("NFC");
}

/** A name for people that may not be text: what is no text, and what would not be seen, as `\xe9`. */
export function shownName(path: Uint8Array): string {
  if (isUtf8(path)) return Buffer.from(path).toString();
  // Byte by byte, each character of more than one byte as a whole.
  return Buffer.from(path)
    .toString("latin1")
    .replaceAll(/[\xc2-\xf4][\x80-\xbf]{1,3}|[\s\S]/g, (piece) => {
      const bytes = Buffer.from(piece, "latin1");
      if (isUtf8(bytes)) return piece === "\\" ? "\\\\" : bytes.toString();
      return [...bytes].map((byte) => (byte < 0x80 ? String.fromCharCode(byte) : `\\x${byte.toString(16)}`)).join("");
    });
}
