import { createHash } from "node:crypto";
import { createReadStream, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

import * as z from "zod";

import { TenantryError } from "../../errors/tenantry-error.ts";
import type { Stored } from "../../provider/tigris/bucket-inventory.ts";
import { handoverErrors } from "./errors.ts";

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
const objectLine = z.strictObject({
  kind: z.literal("object"),
  key: z.string(),
  ...file,
  etag: z.string(),
  modified: z.iso.datetime(),
  contentType: z.string().optional(),
  metadata: z.record(z.string(), z.string()).optional(),
});
/** `database.sqlite`, `database.sql`, `tenant.yaml`, `settings.json`, `history.jsonl`. */
const fileLine = z.strictObject({ kind: z.literal("file"), ...file });
/** What an export knows of and does not hold: older versions of objects, delete markers, uploads that nobody finished. */
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
const line = z.discriminatedUnion("kind", [headLine, objectLine, leftLine, fileLine, endLine]);

export type ManifestHead = z.infer<typeof headLine>;
export type ObjectLine = z.infer<typeof objectLine>;
export type FileLine = z.infer<typeof fileLine>;
export type ManifestEnd = z.infer<typeof endLine>;
export type LeftLine = z.infer<typeof leftLine>;
export type ManifestLine = z.infer<typeof line>;

/** A line of the manifest as it is written. */
export function manifestLine(entry: ManifestLine): string {
  return `${JSON.stringify(entry)}\n`;
}

/** The lines of a manifest, or of a journal, one after the other. Throws EXPORT_UNREADABLE for a line that is none. */
export async function* manifestLines(fileName: string): AsyncGenerator<ManifestLine> {
  for await (const text of createInterface({ input: createReadStream(fileName), crlfDelay: Infinity })) {
    const parsed = parsedLine(text);
    if (parsed === undefined) throw new TenantryError(handoverErrors.EXPORT_UNREADABLE, `${fileName}: a line is none`);
    yield parsed;
  }
}

/** Undefined: it is none, as the last line of a journal that was cut off. */
export function parsedLine(text: string): ManifestLine | undefined {
  try {
    return line.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** The first line of the manifest in a folder; undefined when there is no manifest. Throws EXPORT_UNREADABLE. */
export function manifestHead(dir: string, name = MANIFEST): ManifestHead | undefined {
  const fileName = join(dir, name);
  if (!existsSync(fileName)) return undefined;
  const [first = ""] = readFileSync(fileName, "utf8").split("\n", 1);
  const head = parsedLine(first);
  if (head?.kind !== "export") throw new TenantryError(handoverErrors.EXPORT_UNREADABLE, fileName);
  return head;
}

/** What a line says that the bucket held; undefined for a line that says something else. Pure. */
export function storedOf(line: ManifestLine): Stored | undefined {
  if (line.kind === "object") {
    const { kind, key, etag, size, modified } = line;
    return { kind, key, etag, size, at: Date.parse(modified) };
  }
  if (line.kind !== "left") return undefined;
  const { what: kind, key, id, modified } = line;
  const at = Date.parse(modified);
  return kind === "upload" ? { kind, key, uploadId: id, at } : { kind, key, versionId: id, at };
}

/** SHA-256 of a file, in hex; and how long it is. Memory stays flat. */
export async function fileHash(fileName: string): Promise<{ sha256: string; size: number }> {
  const hash = createHash("sha256");
  let size = 0;
  for await (const piece of createReadStream(fileName) as AsyncIterable<Buffer>) {
    hash.update(piece);
    size += piece.length;
  }
  return { sha256: hash.digest("hex"), size };
}
