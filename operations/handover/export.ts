import {
  createReadStream,
  createWriteStream,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  type WriteStream,
} from "node:fs";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";

import * as sdk from "@aws-sdk/client-s3";
import { createClient } from "@libsql/client";

import { TenantryError } from "../../errors/tenantry-error.ts";
import { besidesObjects, ContentsDigest } from "../../provider/tigris/bucket-inventory.ts";
import { makeFolder } from "../../stack/made-folder.ts";
import type { StackContext } from "../../stack/context.ts";
import { recordedIn } from "../engine/recorded-tenants.ts";
import { parseEntry } from "../history/entry.ts";
import { historyLog } from "../history/open-log.ts";
import { copyDatabase, type RowCounts } from "./copied-database.ts";
import { databaseSink } from "./database-sink.ts";
import { handoverErrors } from "./errors.ts";
import { ObjectExport } from "./exported-objects.ts";
import {
  fileHash,
  FORMAT,
  type LeftLine,
  MANIFEST,
  type ManifestEnd,
  type ManifestHead,
  manifestHead,
  manifestLine,
  type ObjectLine,
  parsedLine,
  storedOf,
} from "./manifest.ts";
import { withPassingCopy } from "./passing-copy.ts";
import { sqlSink } from "./sql-sink.ts";
import { type Holdings, holdingsOf } from "./tenant-holdings.ts";

/** What has been fetched so far, a line each: an export that broke off goes on from it. */
const JOURNAL = "journal.jsonl";
const SQLITE = "database.sqlite";
const SQL = "database.sql";

export interface Exported extends Pick<ManifestEnd, "objects" | "bytes" | "rows"> {
  readonly tenant: string;
  readonly manifest: string;
  /** SHA-256 of the manifest. */
  readonly sha256: string;
  /** Digest of what the bucket held. */
  readonly contents: string;
  /** Older versions, delete markers and unfinished uploads: the manifest lists them, and their content is not in the export. */
  readonly left: number;
  /** Bytes that had to be fetched; the rest was in the folder already. */
  readonly fetched: number;
}

/** What an export is done with besides the tenant: for progress, and to break it off. */
export interface Surroundings {
  readonly tell: (what: string) => void;
  readonly signal: AbortSignal;
  readonly now: () => Date;
}

/** What an export needs besides what the vendors hold. */
export interface Handed {
  readonly stack: string;
  readonly holdings: Holdings;
  /** The tenant's file as it is. */
  readonly tenantFile: string;
  /** Lines of the stack's history. */
  readonly history: readonly string[];
}

/**
 * Writes all objects, the database, the settings and the history of a tenant into a folder, and a manifest of it. Done again,
 * it fetches only what is missing or has changed since. Throws EXPORT_FOLDER_IN_USE, EXPORT_OBJECT_FAILED, and what
 * `holdingsOf` and `withPassingCopy` throw.
 */
export async function exportTenant(
  context: StackContext,
  id: string,
  dir: string,
  surroundings: Surroundings,
): Promise<Exported> {
  const { stack, projectDir } = context;
  const holdings = await holdingsOf(context, id, surroundings.signal);
  try {
    const tenantFile = readFileSync(join(projectDir, "tenants", stack, `${id}.yaml`), "utf8");
    const history = await historyLog(context).lines();
    return await exportHoldings({ stack, holdings, tenantFile, history }, dir, surroundings);
  } finally {
    holdings.close();
  }
}

/** The same of what was looked up already. */
export async function exportHoldings(handed: Handed, dir: string, surroundings: Surroundings): Promise<Exported> {
  const { bucket, database, tenant } = handed.holdings;
  const { now } = surroundings;
  const head: ManifestHead = {
    kind: "export",
    format: FORMAT,
    stack: handed.stack,
    tenant: tenant.id,
    bucket,
    database: database?.name ?? null,
    startedAt: now().toISOString(),
  };
  openFolder(dir, head);
  const known = await knownObjects(dir);
  if (!existsSync(join(dir, JOURNAL))) writeFileSync(join(dir, JOURNAL), manifestLine(head), { mode: 0o600 });
  const manifest = createWriteStream(join(dir, `${MANIFEST}.new`), { mode: 0o600, flush: true });
  const write = async (text: string) => {
    if (!manifest.write(text)) await once(manifest, "drain");
  };
  try {
    await write(manifestLine(head));
    const digest = new ContentsDigest();
    const listed = async (line: ObjectLine | LeftLine) => {
      const stored = storedOf(line);
      if (stored !== undefined) digest.add(stored);
      await write(manifestLine(line));
    };
    const { paths, fetched, ...sums } = await writeObjects(handed.holdings, dir, known, surroundings, listed);
    const left = await writeLeft(handed.holdings, listed);
    const contents = digest.hex();
    const rows = database === undefined ? null : await writeDatabase(handed.holdings, dir, surroundings);
    writeSettings(handed, dir);
    const files = [...(database === undefined ? [] : [SQLITE, SQL]), TENANT, SETTINGS, HISTORY];
    for (const path of files) await write(manifestLine({ kind: "file", path, ...(await fileHash(join(dir, path))) }));
    await write(manifestLine({ kind: "end", ...sums, contents, rows, finishedAt: now().toISOString() }));
    await ended(manifest);
    removeGone(dir, known, paths);
    renameSync(join(dir, `${MANIFEST}.new`), join(dir, MANIFEST));
    rmSync(join(dir, JOURNAL));
    const { sha256 } = await fileHash(join(dir, MANIFEST));
    return { tenant: tenant.id, ...sums, rows, manifest: join(dir, MANIFEST), sha256, contents, left, fetched };
  } finally {
    await ended(manifest);
  }
}

/** Waits until all of it is in the file. */
async function ended(stream: WriteStream): Promise<void> {
  if (stream.closed) return;
  stream.end();
  await once(stream, "close");
}

const [TENANT, SETTINGS, HISTORY] = ["tenant.yaml", "settings.json", "history.jsonl"];

/** Throws EXPORT_FOLDER_IN_USE when the folder holds anything that this tenant's export did not write. */
function openFolder(dir: string, { stack, tenant }: { stack: string; tenant: string }): void {
  makeFolder(dir, 0o700);
  if (readdirSync(dir).length === 0) return;
  const before = manifestHead(dir, JOURNAL) ?? manifestHead(dir);
  if (before?.stack !== stack || before.tenant !== tenant)
    throw new TenantryError(handoverErrors.EXPORT_FOLDER_IN_USE, dir, { tenant });
}

/** What an earlier run has fetched, by key, whether it was finished or not. */
async function knownObjects(dir: string): Promise<Map<string, ObjectLine>> {
  const known = new Map<string, ObjectLine>();
  for (const name of [MANIFEST, JOURNAL]) {
    if (!existsSync(join(dir, name))) continue;
    // The last line of a journal may be cut off.
    for await (const text of createInterface({ input: createReadStream(join(dir, name)), crlfDelay: Infinity })) {
      const line = parsedLine(text);
      if (line?.kind === "object") known.set(line.key, line);
    }
  }
  return known;
}

interface WrittenObjects {
  readonly objects: number;
  readonly bytes: number;
  readonly fetched: number;
  readonly paths: ReadonlySet<string>;
}

async function writeObjects(
  { s3, bucket, tenant }: Holdings,
  dir: string,
  known: ReadonlyMap<string, ObjectLine>,
  { tell, signal }: Surroundings,
  write: (line: ObjectLine) => Promise<void>,
): Promise<WrittenObjects> {
  const fetching = new ObjectExport({ client: s3, bucket, dir, journal: join(dir, JOURNAL) });
  const paths = new Set<string>();
  let bytes = 0;
  try {
    for await (const line of fetching.objects(known, tell)) {
      signal.throwIfAborted();
      await write(line);
      paths.add(line.path);
      bytes += line.size;
    }
  } finally {
    fetching.close();
  }
  if (fetching.failed.size > 0) {
    const named = [...fetching.failed].slice(0, 10).map(([key, why]) => `${JSON.stringify(key)}: ${why}`);
    const rest = fetching.failed.size - named.length;
    const text = [...named, ...(rest > 0 ? [`and ${rest} more`] : [])].join("\n  ");
    throw new TenantryError(handoverErrors.EXPORT_OBJECT_FAILED, text, { tenant: tenant.id });
  }
  return { objects: paths.size, bytes, fetched: fetching.bytes, paths };
}

/** What is in the bucket beside its objects: listed, so that the purge of the tenant knows what it gives up. */
async function writeLeft({ s3, bucket, tenant }: Holdings, write: (line: LeftLine) => Promise<void>): Promise<number> {
  const { storage } = tenant;
  const keepsVersions = storage.backend === "tigris" && storage.snapshots;
  let left = 0;
  for await (const page of besidesObjects({ sdk, s3, options: {} }, bucket, keepsVersions)) {
    for (const each of page) {
      const modified = new Date(each.at).toISOString();
      const id = each.kind === "upload" ? each.uploadId : each.versionId;
      await write({ kind: "left", what: each.kind, key: each.key, id, modified });
    }
    left += page.length;
  }
  return left;
}

/** As SQLite file, which is exact, and as SQL, which people and other programs read. */
async function writeDatabase(
  { turso, database, urlOf, tenant }: Holdings,
  dir: string,
  { tell, signal }: Surroundings,
): Promise<RowCounts> {
  if (database === undefined) return {};
  for (const name of [SQLITE, `${SQLITE}-journal`, `${SQLITE}-wal`, `${SQLITE}-shm`])
    rmSync(join(dir, name), { force: true });
  const text = createWriteStream(join(dir, SQL), { mode: 0o600, flush: true });
  const file = createClient({ url: `file:${join(dir, SQLITE)}`, intMode: "bigint" });
  try {
    return await withPassingCopy({ turso, database, urlOf }, { signal, tenant: tenant.id }, (copy) =>
      copyDatabase(copy, [databaseSink(file), sqlSink(text)], (rows) => {
        signal.throwIfAborted();
        tell(`${rows} rows`);
      }),
    );
  } finally {
    file.close();
    await ended(text);
  }
}

/** The tenant's file as it is, every setting with what exists, and what the history says of the tenant. No secret. */
function writeSettings({ holdings: { tenant, resources }, tenantFile, history }: Handed, dir: string): void {
  const write = (name: string, text: string) => {
    writeFileSync(join(dir, name), text, { mode: 0o600 });
  };
  write(TENANT, tenantFile);
  const exists = recordedIn(resources).get(tenant.id) ?? null;
  write(SETTINGS, `${JSON.stringify({ declared: tenant, exists }, null, 2)}\n`);
  const lines = history.filter((each) => parseEntry(each)?.tenant === tenant.id);
  write(HISTORY, lines.map((each) => `${each}\n`).join(""));
}

/** Content of objects that are no longer in the bucket: an earlier run of this export wrote it. */
function removeGone(dir: string, known: ReadonlyMap<string, ObjectLine>, paths: ReadonlySet<string>): void {
  for (const { path } of known.values()) if (!paths.has(path)) rmSync(join(dir, path), { force: true });
}
