import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";

import * as z from "zod";

import { TenantryError } from "../../errors/tenantry-error.ts";
import type { Stored } from "../../provider/tigris/bucket-inventory.ts";
import { handoverErrors } from "./errors.ts";
import { type ExportPlace, linesOf, type Pieces } from "./export-place.ts";

export const FORMAT = "tenantry.export/1";
/** The file that lists every exported file, a line each. A tenant file names its SHA-256 before the tenant is purged. */
export const MANIFEST = "manifest.jsonl";

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
/** Below the export's folder, and never out of it. */
const path = z.string().regex(/^(?!\/)(?!(?:.*\/)?\.{1,2}(?:\/|$))[^\0]+$/);
const file = { path, size: z.int().nonnegative(), sha256 };

const headLine = z.strictObject({
  kind: z.literal("export"),
  format: z.literal(FORMAT),
  stack: z.string(),
  tenant: z.string(),
  /** Physical names. Null: the tenant has none. */
  bucket: z.string(),
  database: z.string().nullable(),
  startedAt: z.iso.datetime(),
});
/** What is known of an object, or of an older version of one, and where its content is. */
const content = {
  key: z.string(),
  ...file,
  etag: z.string(),
  modified: z.iso.datetime(),
  contentType: z.string().optional(),
  metadata: z.record(z.string(), z.string()).optional(),
};
const objectLine = z.strictObject({ kind: z.literal("object"), ...content });
/** `database.sqlite`, `database.sql`, `tenant.yaml`, `settings.json`, `history.jsonl`. */
const fileLine = z.strictObject({ kind: z.literal("file"), ...file });
/** An older version of an object, and its content. */
const versionLine = z.strictObject({ kind: z.literal("version"), id: z.string(), ...content });
/** What an export lists but does not contain: older versions of objects, delete markers, unfinished uploads. */
const leftLine = z.strictObject({
  kind: z.literal("left"),
  what: z.enum(["version", "marker", "upload"]),
  key: z.string(),
  /** The version's id, or the upload's. */
  id: z.string(),
  modified: z.iso.datetime(),
});
const endLine = z.strictObject({
  kind: z.literal("end"),
  objects: z.int().nonnegative(),
  bytes: z.int().nonnegative(),
  /** Digest of all that the bucket held (provider/tigris/bucket-inventory.ts). Absent: an older tenantry wrote this. */
  contents: sha256.optional(),
  /** Rows by table. Null: the tenant has no database. */
  rows: z.record(z.string(), z.int().nonnegative()).nullable(),
  finishedAt: z.iso.datetime(),
});
const line = z.discriminatedUnion("kind", [headLine, objectLine, versionLine, leftLine, fileLine, endLine]);

export type ManifestHead = z.infer<typeof headLine>;
export type ObjectLine = z.infer<typeof objectLine>;
export type VersionLine = z.infer<typeof versionLine>;
export type FileLine = z.infer<typeof fileLine>;
export type ManifestEnd = z.infer<typeof endLine>;
export type LeftLine = z.infer<typeof leftLine>;
export type ManifestLine = z.infer<typeof line>;

/** A line of the manifest as it is written. */
export function manifestLine(entry: ManifestLine): string {
  return `${JSON.stringify(entry)}\n`;
}

/** The lines of an export's manifest, one after the other. Throws EXPORT_UNREADABLE for a line that is none. */
export async function* manifestLines(place: ExportPlace): AsyncGenerator<ManifestLine> {
  for await (const text of manifestTexts(place)) {
    const parsed = parsedLine(text);
    if (parsed === undefined)
      throw new TenantryError(handoverErrors.EXPORT_UNREADABLE, `${MANIFEST} in ${place.name}: a line is invalid`);
    yield parsed;
  }
}

/** The same as text, and nothing where there is no manifest. */
export async function* manifestTexts(place: ExportPlace): AsyncGenerator<string> {
  const content = await place.read(MANIFEST);
  if (content !== undefined) yield* linesOf(content);
}

/** Undefined: it is none, as the last line of a journal that was cut off. */
export function parsedLine(text: string): ManifestLine | undefined {
  try {
    return line.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** The first of these lines, which says whose export it is; undefined where there is none. Throws EXPORT_UNREADABLE. */
export async function headOf(texts: AsyncIterable<string>, place: ExportPlace): Promise<ManifestHead | undefined> {
  for await (const first of texts) {
    const head = parsedLine(first);
    if (head?.kind !== "export") throw new TenantryError(handoverErrors.EXPORT_UNREADABLE, place.name);
    return head;
  }
  return undefined;
}

/** What a line says that the bucket held; undefined for a line that says something else. Pure. */
export function storedOf(line: ManifestLine): Stored | undefined {
  if (line.kind === "object") {
    const { kind, key, etag, size, modified } = line;
    return { kind, key, etag, size, at: Date.parse(modified) };
  }
  if (line.kind === "version")
    return { kind: "version", key: line.key, versionId: line.id, at: Date.parse(line.modified) };
  if (line.kind !== "left") return undefined;
  const { what: kind, key, id, modified } = line;
  const at = Date.parse(modified);
  return kind === "upload" ? { kind, key, uploadId: id, at } : { kind, key, versionId: id, at };
}

/** SHA-256 of a file, in hex; and how long it is. Memory stays flat. */
export function fileHash(fileName: string): Promise<{ sha256: string; size: number }> {
  return hashOf(createReadStream(fileName));
}

/** The same of content in pieces. */
export async function hashOf(pieces: Pieces): Promise<{ sha256: string; size: number }> {
  const hash = createHash("sha256");
  let size = 0;
  for await (const piece of pieces) {
    hash.update(piece);
    size += piece.length;
  }
  return { sha256: hash.digest("hex"), size };
}
