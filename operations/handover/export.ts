import { createWriteStream, readFileSync, type WriteStream } from "node:fs";
import { once } from "node:events";
import { join } from "node:path";
import { Readable } from "node:stream";

import * as sdk from "@aws-sdk/client-s3";
import { createClient } from "@libsql/client";

import { TenantryError } from "../../errors/tenantry-error.ts";
import { type BesideObjects, besidesObjects, ContentsDigest } from "../../provider/tigris/bucket-inventory.ts";
import type { StackContext } from "../../stack/context.ts";
import type { Tenant } from "../../tenants/model/tenant.ts";
import { recordedIn } from "../engine/recorded-tenants.ts";
import { resourcesIfMade } from "../engine/stack-state.ts";
import { parseEntry } from "../history/entry.ts";
import { historyLog } from "../history/open-log.ts";
import { copyDatabase, type RowCounts } from "./copied-database.ts";
import { databaseSink } from "./database-sink.ts";
import { handoverErrors } from "./errors.ts";
import type { ExportPlace } from "./export-place.ts";
import { type Known, ObjectExport, versionName } from "./exported-objects.ts";
import {
  fileHash,
  type FileLine,
  FORMAT,
  hashOf,
  headOf,
  type LeftLine,
  MANIFEST,
  type ManifestEnd,
  type ManifestHead,
  type ManifestLine,
  manifestLine,
  manifestTexts,
  type ObjectLine,
  parsedLine,
  storedOf,
  type VersionLine,
} from "./manifest.ts";
import { withPassingCopy } from "./passing-copy.ts";
import { sqlSink } from "./sql-sink.ts";
import { type Holdings, holdingsOf } from "./tenant-holdings.ts";
import { counted } from "../../output/counted.ts";

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
 * Writes all objects, the database, the settings and the history of a tenant to a place, and a manifest of it last. Done again,
 * it fetches only what is missing or has changed since. Throws EXPORT_FOLDER_IN_USE, EXPORT_INTO_TENANT, EXPORT_OBJECT_FAILED,
 * EXPORT_NO_VERSIONS, EXPORT_BUCKET_FAILED, and what `holdingsOf` and `withPassingCopy` throw.
 */
export async function exportTenant(
  context: StackContext,
  id: string,
  place: ExportPlace,
  surroundings: Surroundings & ExportWish,
): Promise<Exported> {
  const { stack, projectDir } = context;
  if (place.bucket !== undefined && (await tenantBuckets(context)).has(place.bucket))
    throw new TenantryError(handoverErrors.EXPORT_INTO_TENANT, place.bucket, { tenant: id });
  const holdings = await holdingsOf(context, id, surroundings.signal);
  try {
    const tenantFile = readFileSync(join(projectDir, "tenants", stack, `${id}.yaml`), "utf8");
    const history = await historyLog(context).lines();
    return await exportHoldings({ stack, holdings, tenantFile, history }, place, surroundings);
  } finally {
    holdings.close();
  }
}

/** Buckets of this stack's tenants, to which they have keys. */
async function tenantBuckets(context: StackContext): Promise<ReadonlySet<unknown>> {
  const stored = await resourcesIfMade(context);
  return new Set(stored.flatMap(({ type, inputs }) => (type === "tenantry:tigris:Bucket" ? [inputs["name"]] : [])));
}

/** What an export may hold besides. */
export interface ExportWish {
  /** The older versions of objects too. Default: they are only listed. */
  readonly versions?: boolean;
}

/** The same of what was looked up already. */
export async function exportHoldings(
  handed: Handed,
  place: ExportPlace,
  surroundings: Surroundings & ExportWish,
): Promise<Exported> {
  const { bucket, database, tenant } = handed.holdings;
  if (surroundings.versions === true && !keepsVersions(tenant))
    throw new TenantryError(handoverErrors.EXPORT_NO_VERSIONS, bucket, { tenant: tenant.id });
  const head: ManifestHead = {
    kind: "export",
    format: FORMAT,
    stack: handed.stack,
    tenant: tenant.id,
    bucket,
    database: database?.name ?? null,
    startedAt: surroundings.now().toISOString(),
  };
  await claim(place, head);
  try {
    const known = await knownOf(place);
    const written = await place.made([MANIFEST], (fileOf) =>
      writeAll({ handed, place, known, surroundings, head }, fileOf(MANIFEST)),
    );
    await place.journal.remove();
    return { ...written, tenant: tenant.id, manifest: manifestName(place) };
  } catch (error) {
    // The next run goes on from what has arrived. Why this one ended counts more than whether that could be noted.
    await place.journal.flush().catch(() => undefined);
    throw error;
  } finally {
    place.tidy();
  }
}

interface Work {
  readonly handed: Handed;
  readonly place: ExportPlace;
  readonly known: Known;
  readonly surroundings: Surroundings & ExportWish;
  readonly head: ManifestHead;
}

/** Writes everything to its place, and lists it in the file of the manifest. */
async function writeAll(work: Work, file: string): Promise<Omit<Exported, "tenant" | "manifest">> {
  const { handed, place, known, surroundings, head } = work;
  const { database } = handed.holdings;
  const manifest = createWriteStream(file, { mode: 0o600, flush: true });
  const write = async (line: ManifestLine) => {
    if (!manifest.write(manifestLine(line))) await once(manifest, "drain");
  };
  try {
    await write(head);
    const digest = new ContentsDigest();
    const listed = async (line: ObjectLine | VersionLine | LeftLine) => {
      const stored = storedOf(line);
      if (stored !== undefined) digest.add(stored);
      await write(line);
    };
    const { paths, fetched, left, ...sums } = await writeContents(work, listed);
    const contents = digest.hex();
    const rows = database === undefined ? null : await writeDatabase(work, write);
    await writeSettings(work, write);
    await write({ kind: "end", ...sums, contents, rows, finishedAt: surroundings.now().toISOString() });
    await ended(manifest);
    await removeGone(place, known, paths);
    const { sha256 } = await fileHash(file);
    return { ...sums, rows, sha256, contents, left, fetched };
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

function manifestName({ name }: ExportPlace): string {
  return name.endsWith("/") ? `${name}${MANIFEST}` : join(name, MANIFEST);
}

/** Begins the journal. Throws EXPORT_FOLDER_IN_USE when the place holds anything that this tenant's export did not write. */
async function claim(place: ExportPlace, head: ManifestHead): Promise<void> {
  await place.open();
  const noted = await headOf(place.journal.lines(), place);
  if (!(await place.isEmpty())) {
    const before = noted ?? (await headOf(manifestTexts(place), place));
    if (before?.stack !== head.stack || before.tenant !== head.tenant)
      throw new TenantryError(handoverErrors.EXPORT_FOLDER_IN_USE, place.name, { tenant: head.tenant });
  }
  if (noted !== undefined) return;
  await place.journal.add(manifestLine(head));
  await place.journal.flush();
}

/** What an earlier run has fetched, whether it was finished or not. */
async function knownOf(place: ExportPlace): Promise<Known> {
  const objects = new Map<string, ObjectLine>();
  const versions = new Map<string, VersionLine>();
  for (const texts of [manifestTexts(place), place.journal.lines()]) {
    // The last line of a journal may be cut off.
    for await (const text of texts) {
      const line = parsedLine(text);
      if (line?.kind === "object") objects.set(line.key, line);
      if (line?.kind === "version") versions.set(versionName(line.key, line.id), line);
    }
  }
  return { objects, versions };
}

interface WrittenContents extends Pick<ManifestEnd, "objects" | "bytes"> {
  readonly fetched: number;
  readonly left: number;
  readonly paths: ReadonlySet<string>;
}

async function writeContents(
  { handed: { holdings }, place, known, surroundings }: Work,
  write: (line: ObjectLine | VersionLine | LeftLine) => Promise<void>,
): Promise<WrittenContents> {
  const { s3, bucket, tenant } = holdings;
  const { tell, signal } = surroundings;
  const sizeOf = await place.sizes();
  const fetching = new ObjectExport({ client: s3, bucket, place, sizeOf, tell });
  const paths = new Set<string>();
  let [objects, bytes, left] = [0, 0, 0];
  for await (const line of fetching.objects(known.objects)) {
    signal.throwIfAborted();
    await write(line);
    paths.add(line.path);
    [objects, bytes] = [objects + 1, bytes + line.size];
  }
  for await (const page of besidesObjects({ sdk, s3, options: {} }, bucket, keepsVersions(tenant))) {
    signal.throwIfAborted();
    const versions = page.flatMap((each) => (each.kind === "version" ? [each] : []));
    const wanted = surroundings.versions === true ? versions : [];
    for (const line of await fetching.versions(wanted, known.versions)) {
      await write(line);
      paths.add(line.path);
    }
    for (const each of page) {
      if (each.kind === "version" && surroundings.versions === true) continue;
      await write(leftLine(each));
      left += 1;
    }
  }
  if (fetching.failed.size > 0) throw objectsFailed(fetching.failed, tenant.id);
  return { objects, bytes, fetched: fetching.bytes, left, paths };
}

function objectsFailed(failed: ReadonlyMap<string, string>, tenant: string): TenantryError {
  const named = [...failed].slice(0, 10).map(([key, why]) => `${JSON.stringify(key)}: ${why}`);
  const rest = failed.size - named.length;
  const text = [...named, ...(rest > 0 ? [`and ${rest} more`] : [])].join("\n  ");
  return new TenantryError(handoverErrors.EXPORT_OBJECT_FAILED, text, { tenant });
}

/** What is in the bucket and not in the export: listed, so that the purge of the tenant knows what it gives up. */
function leftLine(each: BesideObjects): LeftLine {
  const modified = new Date(each.at).toISOString();
  const id = each.kind === "upload" ? each.uploadId : each.versionId;
  return { kind: "left", what: each.kind, key: each.key, id, modified };
}

function keepsVersions({ storage }: Tenant): boolean {
  return storage.backend === "tigris" && storage.snapshots;
}

/** As SQLite file, which is exact, and as SQL, which people and other programs read. */
async function writeDatabase(
  { handed: { holdings }, place, surroundings: { tell, signal } }: Work,
  write: (line: FileLine) => Promise<void>,
): Promise<RowCounts> {
  const { turso, database, urlOf, tenant } = holdings;
  if (database === undefined) return {};
  return place.made([SQLITE, SQL], async (fileOf) => {
    const text = createWriteStream(fileOf(SQL), { mode: 0o600, flush: true });
    const file = createClient({ url: `file:${fileOf(SQLITE)}`, intMode: "bigint" });
    let rows: RowCounts;
    try {
      rows = await withPassingCopy({ turso, database, urlOf }, { signal, tenant: tenant.id }, (copy) =>
        copyDatabase(copy, [databaseSink(file), sqlSink(text)], (count) => {
          signal.throwIfAborted();
          tell(counted(count, "row"));
        }),
      );
    } finally {
      file.close();
      await ended(text);
    }
    for (const path of [SQLITE, SQL]) await write({ kind: "file", path, ...(await fileHash(fileOf(path))) });
    return rows;
  });
}

/** The tenant's file as it is, every setting with what exists, and what the history says of the tenant. No secret. */
async function writeSettings(
  { handed: { holdings, tenantFile, history }, place }: Work,
  write: (line: FileLine) => Promise<void>,
): Promise<void> {
  const { tenant, resources } = holdings;
  const exists = recordedIn(resources).get(tenant.id) ?? null;
  const own = history.filter((each) => parseEntry(each)?.tenant === tenant.id);
  const texts = {
    "tenant.yaml": tenantFile,
    "settings.json": `${JSON.stringify({ declared: tenant, exists }, null, 2)}\n`,
    "history.jsonl": own.map((each) => `${each}\n`).join(""),
  };
  for (const [path, text] of Object.entries(texts)) {
    const content = [Buffer.from(text)];
    await place.write(path, Readable.from(content));
    await write({ kind: "file", path, ...(await hashOf(Readable.from(content))) });
  }
}

/** Content that is no longer in the bucket: an earlier run of this export wrote it. */
async function removeGone(place: ExportPlace, { objects, versions }: Known, paths: ReadonlySet<string>): Promise<void> {
  const known = [...objects.values(), ...versions.values()].map(({ path }) => path);
  await place.remove(known.filter((path) => !paths.has(path)));
}
