import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";

import { Document, isMap, parseDocument } from "yaml";

import type { NoteDraft } from "./note-draft.ts";

/** A note as its file tells it. */
export interface Note {
  readonly title: string;
  readonly text: string;
  readonly tags: readonly string[];
  /** When it was first and last written, as ISO 8601; undefined where the file does not say. */
  readonly created: string | undefined;
  readonly updated: string | undefined;
}

/** `---`, YAML, `---`, then the text, which may be anything. */
const FRONT_MATTER = /^---[ \t]*\r?\n([^]*?)(?<=\n)---[ \t]*(?:\r?\n|$)/;
const FRONT_MATTER_LIMIT = 64 * 1024;

/** The ETag of a file: the hash of its bytes. */
export function hashOf(content: Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

/**
 * Reads a note's file. Anything that is UTF-8 is a note: what people put there without front matter, or with some that
 * is not YAML, is its text. Undefined: not UTF-8.
 */
export function parseNoteFile(content: Uint8Array, fallbackTitle: string): Note | undefined {
  const file = decoded(content);
  if (file === undefined) return undefined;
  const { front, text } = split(file);
  const fields = front === undefined ? {} : fieldsOf(front);
  return {
    title: oneLine(scalar(fields["title"]) ?? "") || fallbackTitle,
    text,
    tags: tagsOf(fields["tags"]),
    created: instant(fields["created"]),
    updated: instant(fields["updated"]),
  };
}

/** What `composeNoteFile` writes: a draft and when it was first and last written. */
export interface Writing extends NoteDraft {
  readonly created: string;
  readonly updated: string;
}

/** The file of a note. Front matter of the `previous` file that is not ours stays, comments included. */
export function composeNoteFile(writing: Writing, previous?: Uint8Array): Buffer {
  const kept = frontOf(previous);
  return (
    (kept === undefined ? undefined : composed(writing, kept)) ?? composed(writing, new Document({})) ?? unwritable()
  );
}

/** Undefined where what is kept gets in the way: an alias of what was replaced, a marker that ends the front matter early. */
function composed({ title, tags, created, updated, text }: Writing, front: Document): Buffer | undefined {
  for (const [key, value] of Object.entries({ title, tags, created, updated })) front.set(key, front.createNode(value));
  try {
    const file = Buffer.from(`---\n${front.toString({ lineWidth: 0 })}---\n${text}`);
    const back = parseNoteFile(file, "");
    return isDeepStrictEqual(back, { title, text, tags, created, updated }) ? file : undefined;
  } catch {
    return undefined;
  }
}

function unwritable(): never {
  throw new Error("a note changed on its way through its own front matter");
}

function frontOf(content: Uint8Array | undefined): Document | undefined {
  const file = content === undefined ? undefined : decoded(content);
  return file === undefined ? undefined : split(file).front;
}

function decoded(content: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(content);
  } catch {
    return undefined;
  }
}

function split(file: string): { front: Document | undefined; text: string } {
  const found = FRONT_MATTER.exec(file);
  const front = found === null ? undefined : documentOf(found[1] ?? "");
  return front === undefined ? { front, text: file } : { front, text: file.slice(found?.[0].length) };
}

function documentOf(yaml: string): Document | undefined {
  if (yaml.length > FRONT_MATTER_LIMIT) return undefined;
  const parsed = parseDocument(yaml);
  if (parsed.errors.length > 0) return undefined;
  if (parsed.contents === null) return new Document({});
  return isMap(parsed.contents) ? parsed : undefined;
}

function fieldsOf(front: Document): Readonly<Record<string, unknown>> {
  try {
    // Throws on aliases that unfold into more than a hundred times what was written.
    return front.toJS() as Readonly<Record<string, unknown>>;
  } catch {
    return {};
  }
}

const scalar = (value: unknown) =>
  typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? String(value) : undefined;

function oneLine(text: string): string {
  return text
    .replaceAll(/\p{Cc}+/gu, " ")
    .trim()
    .slice(0, 200)
    .toWellFormed();
}

function tagsOf(value: unknown): string[] {
  const words = Array.isArray(value) ? value.map(scalar) : typeof value === "string" ? value.split(/[\s,]+/) : [];
  return [...new Set(words.map((word) => oneLine(word ?? "")).filter((word) => word !== ""))];
}

function instant(value: unknown): string | undefined {
  const time = typeof value === "string" ? Date.parse(value) : Number.NaN;
  return Number.isNaN(time) ? undefined : new Date(time).toISOString();
}
