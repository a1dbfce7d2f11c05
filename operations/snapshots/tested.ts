import { GetObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { type Client, LibsqlError } from "@libsql/client";

import { printable } from "../../output/printable.ts";
import type { TigrisClient } from "../../provider/tigris/client.ts";
import type { Owner } from "../../resource-kinds/claim.ts";
import { atOnce } from "../files/sync/at-once.ts";
import { asText } from "../handover/database-shape.ts";
import { withPassingCopy } from "../handover/passing-copy.ts";
import type { Holdings } from "../handover/tenant-holdings.ts";
import type { Cut } from "../history/entry.ts";
import { rowCounts } from "./compared.ts";
import { EtagCheck } from "./etag-check.ts";
import { listedFiles } from "./holds.ts";
import { type ObjectSeen, objectsIn } from "./objects-as-of.ts";
import { refuseReplaced, type Restoring } from "./restore.ts";
import { scratchMark, withScratchBucket } from "./scratch.ts";
import { asOfCut } from "./too-old.ts";
import { counted } from "../../output/counted.ts";

/** Something that a restore point does not hold as it should. `name` is the app's own: of a file or a table. */
export interface RestoreFault {
  readonly kind: "list of files" | "file" | "table" | "database";
  readonly name: string;
  readonly said: string;
}

/** A fault in words, on one line. Pure. */
export function faultLine({ kind, name, said }: RestoreFault): string {
  return printable(`${kind}${name === "" ? "" : ` ${name}`}: ${said}`);
}

/** How the test of a restore point has ended. */
export interface RestoreTest {
  readonly cut: Cut;
  /** Files that were restored and read to the end, and their bytes. */
  readonly files: number;
  readonly bytes: number;
  /** How many could be compared only by size, because their ETags do not depend on the content alone. */
  readonly bySizeOnly: number;
  /** Rows restored by table. Null: the tenant has no database. */
  readonly rows: Readonly<Record<string, number>> | null;
  /** Whether rows were counted when the snapshot was taken; else there is nothing to hold the restored ones against. */
  readonly isCounted: boolean;
  readonly faults: readonly RestoreFault[];
}

/** Whom a test is of, and by which run: two at once have names of their own for what they restore. */
export type Tested = Holdings & { readonly tigris: TigrisClient; readonly owner: Owner; readonly run: string };

/**
 * Restores a cut beside the living tenant, the files into a fork of its bucket and the rows into a copy of its database, holds
 * both against what the cut held, and removes them. Nobody gets a key to either, and the tenant's own are only read.
 *
 * Throws RESTORE_TOO_OLD, RESTORE_DATABASE_REPLACED, VERIFY_SCRATCH_TAKEN, VERIFY_SCRATCH_LEFT, and what the vendors refuse.
 */
export async function testRestore(tested: Tested, cut: Cut, restoring: Restoring): Promise<RestoreTest> {
  const serving = { tenant: tested.tenant.id, signal: restoring.signal };
  const rows = await testRows(tested, cut, serving);
  const files = await withScratchBucket({ ...tested, cut }, serving, (scratch) =>
    testFiles(tested.s3, cut, scratch, restoring),
  );
  return { cut, ...files, ...rows, faults: [...files.faults, ...rows.faults] };
}

type FilesTested = Pick<RestoreTest, "files" | "bytes" | "bySizeOnly" | "faults">;

async function testFiles(s3: S3Client, cut: Cut, scratch: string, { tell, signal }: Restoring): Promise<FilesTested> {
  const { bucket, version, holds } = cut;
  const then: ObjectSeen[] = [];
  for await (const file of objectsIn({ s3, bucket, version }, "")) then.push(file);
  const faults: RestoreFault[] = [];
  if (holds !== undefined) {
    const { files, list } = await listedFiles(then);
    if (files !== holds.files || list !== holds.list)
      faults.push(listFault(`${counted(holds.files, "file")} when it was taken; now ${files}, or other files`));
  }
  const restored = new Map<string, number>();
  for await (const { key, size } of objectsIn({ s3, bucket: scratch }, "")) restored.set(key, size);
  let [files, bytes, bySizeOnly] = [0, 0, 0];
  await atOnce(then, async (file) => {
    signal.throwIfAborted();
    const size = restored.get(file.key);
    restored.delete(file.key);
    const found = size === undefined ? "is missing" : await contentFound(s3, scratch, file, signal);
    files += 1;
    bytes += file.size;
    if (found === "by size") bySizeOnly += 1;
    else if (found !== "whole") faults.push({ kind: "file", name: file.key, said: found });
    tell(`${files} of ${then.length} files`);
  });
  // The last files are read side by side: none of them begins after the run was broken off.
  signal.throwIfAborted();
  if (restored.size > 0)
    faults.push(listFault(`${counted(restored.size, "file was", "files were")} restored that are not in it`));
  return { files, bytes, bySizeOnly, faults };
}

function listFault(said: string): RestoreFault {
  return { kind: "list of files", name: "", said };
}

/** Attempts for a file whose content broke off on the way. */
const ATTEMPTS = 3;

/** `whole`, `by size`, or what is wrong. */
async function contentFound(s3: S3Client, bucket: string, file: ObjectSeen, signal: AbortSignal): Promise<string> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await contentRead(s3, bucket, file, signal);
    } catch (error) {
      signal.throwIfAborted();
      if ((error as { name?: string }).name === "NoSuchKey") return "is missing";
      if (attempt === ATTEMPTS) return `cannot be read: ${error instanceof Error ? error.message : String(error)}`;
    }
  }
}

async function contentRead(
  s3: S3Client,
  bucket: string,
  { key, etag, size }: ObjectSeen,
  signal: AbortSignal,
): Promise<string> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  const check = new EtagCheck(etag, size);
  let length = 0;
  for await (const piece of Body as AsyncIterable<Uint8Array>) {
    signal.throwIfAborted();
    check.update(piece);
    length += piece.length;
  }
  if (length !== size) return `has ${length} bytes instead of ${size}`;
  const verdict = check.verdict();
  if (verdict === undefined) return "by size";
  return verdict ? "whole" : `is damaged: its content does not match its ETag ${etag}`;
}

async function testRows(
  { turso, database, urlOf, tenant, run }: Tested,
  cut: Cut,
  serving: { readonly tenant: string; readonly signal: AbortSignal },
): Promise<Pick<RestoreTest, "rows" | "isCounted" | "faults">> {
  if (cut.database === null) return { rows: null, isCounted: true, faults: [] };
  const counted = cut.holds?.rows ?? null;
  if (database === undefined)
    return { rows: null, isCounted: counted !== null, faults: [databaseFault("the tenant has none any more")] };
  refuseReplaced(database, cut.database, tenant.id);
  // To Turso a check of the integrity is a write.
  const as = { ...asOfCut(cut, tenant.id), mark: scratchMark(run), authorization: "full-access" } as const;
  return withPassingCopy({ turso, database, urlOf, ...as }, serving, async (copy) => {
    const isCounted = counted !== null;
    try {
      const broken = await brokenIn(copy);
      const rows = await rowCounts(copy);
      return { rows, isCounted, faults: [...broken, ...(isCounted ? rowFaults(counted, rows) : [])] };
    } catch (error) {
      if (!(error instanceof LibsqlError) || !/^SQLITE_(?:CORRUPT|NOTADB)/.test(error.code)) throw error;
      return { rows: {}, isCounted, faults: [databaseFault(error.message)] };
    }
  });
}

function databaseFault(said: string): RestoreFault {
  return { kind: "database", name: "", said };
}

/** What SQLite finds broken. Source: sqlite.org/pragma.html, integrity_check. */
async function brokenIn(copy: Client): Promise<RestoreFault[]> {
  const { rows } = await copy.execute("PRAGMA integrity_check");
  const said = rows.map((row) => asText(row[0]));
  return said.length === 1 && said[0] === "ok" ? [] : said.map(databaseFault);
}

/** Tables that have not the rows that they had. Pure. */
export function rowFaults(
  then: Readonly<Record<string, number>>,
  restored: Readonly<Record<string, number>>,
): RestoreFault[] {
  const names = [...new Set([...Object.keys(then), ...Object.keys(restored)])].sort();
  return names.flatMap((name): RestoreFault[] => {
    const [was, is] = [then[name], restored[name]];
    if (was === is) return [];
    return [
      {
        kind: "table",
        name,
        said: `${was === undefined ? "no rows" : counted(was, "row")} when it was taken, ${is ?? "no table"} restored`,
      },
    ];
  });
}
