import { DeleteObjectCommand } from "@aws-sdk/client-s3";
import { type Client, createClient } from "@libsql/client";

import { TenantryError } from "../../errors/tenantry-error.ts";
import { printable } from "../../output/printable.ts";
import type { Database } from "../../provider/turso/database-calls.ts";
import { revokeTokens } from "../../provider/turso/revocation.ts";
import { atOnce } from "../files/sync/at-once.ts";
import { CHANGED_THERE, isOvertaken, onlyOver } from "../files/sync/conditions.ts";
import { copyDatabase, type RowCounts } from "../handover/copied-database.ts";
import { databaseShape } from "../handover/database-shape.ts";
import { databaseSink } from "../handover/database-sink.ts";
import { withPassingCopy } from "../handover/passing-copy.ts";
import type { Holdings } from "../handover/tenant-holdings.ts";
import type { Cut } from "../history/entry.ts";
import { bringObject } from "./brought-object.ts";
import { compareFiles, compareTables, type FilesCompared, type TableCompared } from "./compared.ts";
import { snapshotErrors } from "./errors.ts";
import { EtagCheck } from "./etag-check.ts";
import { configureSurely } from "./fence.ts";
import { type BucketView, objectsIn, type ObjectSeen, readObject } from "./objects-as-of.ts";
import { refuseReplaced, RESTORE_MARK, type Restoring } from "./restore.ts";
import { asOfCut } from "./too-old.ts";
import { counted } from "../../output/counted.ts";

/** How a tenant differs from a cut of it. */
export interface WholeCompared {
  readonly cut: Cut;
  readonly files: FilesCompared;
  readonly tables: Readonly<Record<string, TableCompared>>;
}

/** What a switch has done. */
export interface Switched extends WholeCompared {
  /** What takes it back. */
  readonly undo: Cut;
  /** Files that are as they were again, and files that were not there then and are gone. */
  readonly broughtFiles: number;
  readonly removedFiles: number;
  /** Rows by table. Null: the tenant has no database. */
  readonly rows: RowCounts | null;
  /** Files that are not as they were, by name, with the reason: then the switch is not done, and the same call goes on. */
  readonly failed: Readonly<Record<string, string>>;
}

/** What happens around a switch. */
export interface SwitchSteps {
  /** Called before the first credential dies: new ones have to be asked for. */
  readonly rotate: () => void;
  /** Answers with a cut of how the tenant is, before anything of it changes. */
  readonly begin: () => Promise<Cut>;
}

/** Ends the name of the copy of a database as it is. */
const NOW_MARK = "--now";

/**
 * Compares a whole tenant with a snapshot, and changes nothing: it compares copies of both databases, so that the tenant is
 * not affected.
 */
export async function compareWhole(holdings: Holdings, cut: Cut, { signal }: Restoring): Promise<WholeCompared> {
  const { s3, bucket, tenant, turso, urlOf } = holdings;
  const database = databaseOf(holdings, cut);
  const files = await compareFiles(objectsIn({ s3, bucket, version: cut.version }, ""), objectsIn({ s3, bucket }, ""));
  if (database === undefined) return { cut, files, tables: {} };
  const serving = { tenant: tenant.id, signal };
  const copied = { turso, database, urlOf };
  const tables = await withPassingCopy({ ...copied, mark: NOW_MARK }, serving, (now) =>
    withPassingCopy({ ...copied, ...asOfCut(cut, tenant.id), mark: RESTORE_MARK }, serving, (then) =>
      compareTables(then, now, []),
    ),
  );
  return { cut, files, tables };
}

/**
 * Returns a suspended tenant to its state at a snapshot, in its own bucket and its own database: newer files and tables are
 * deleted, all others get their old content. Every token of the database is revoked first, so that nothing is written
 * meanwhile.
 *
 * A file that is neither as in the cut that `begin` answers with nor as in `cut` was written by somebody else, and stays. Broken
 * off, the same call goes on.
 *
 * Throws RESTORE_TOO_OLD, RESTORE_DATABASE_REPLACED, TURSO_ROTATES_GROUP before anything is changed, then RESTORE_NOT_EQUAL,
 * RESTORE_STILL_OPEN.
 */
export async function switchHoldings(
  holdings: Holdings,
  cut: Cut,
  { rotate, begin }: SwitchSteps,
  restoring: Restoring,
): Promise<Switched> {
  const { tenant, turso, urlOf } = holdings;
  const database = databaseOf(holdings, cut);
  if (database === undefined) {
    rotate();
    const undo = await begin();
    return { cut, undo, tables: {}, rows: null, ...(await switchFiles(holdings, cut, undo, restoring)) };
  }
  const serving = { tenant: tenant.id, signal: restoring.signal };
  const as = { ...asOfCut(cut, tenant.id), mark: RESTORE_MARK };
  return withPassingCopy({ turso, database, urlOf, ...as }, serving, (copy) => {
    rotate();
    return withClosedDatabase({ ...holdings, database }, serving, async (living, takeWrites) => {
      const undo = await begin();
      const tables = await compareTables(copy, living, []);
      const files = await switchFiles(holdings, cut, undo, restoring);
      await takeWrites();
      const rows = await switchRows(copy, living, restoring);
      await refuseUnequal(copy, living, tenant.id);
      return { cut, undo, tables, rows, ...files };
    });
  });
}

/** Undefined: the tenant had no database and has none. Throws RESTORE_DATABASE_REPLACED. */
function databaseOf({ database, tenant: { id } }: Holdings, cut: Cut): Database | undefined {
  if (database !== undefined && cut.database !== null) refuseReplaced(database, cut.database, id);
  else if ((database === undefined) !== (cut.database === null))
    throw new TenantryError(snapshotErrors.RESTORE_DATABASE_REPLACED, database === undefined ? "none" : database.name, {
      tenant: id,
    });
  return database;
}

/**
 * Gives `work` exclusive access to a database: all earlier tokens are revoked, and in the end the database is blocked again.
 * It accepts writes only after a call of `takeWrites`.
 */
async function withClosedDatabase<Result>(
  { turso, urlOf, database: { name, group, hostname } }: Holdings & { readonly database: Database },
  serving: { readonly tenant: string; readonly signal: AbortSignal },
  work: (living: Client, takeWrites: () => Promise<void>) => Promise<Result>,
): Promise<Result> {
  await revokeTokens(turso, { name, group }, serving);
  const authToken = await turso.mint(name, { expiration: "1d", authorization: "full-access" }, serving);
  const living = createClient({ url: urlOf(hostname), authToken, intMode: "bigint" });
  try {
    await turso.configure(name, { block_reads: false, block_writes: true }, serving);
    return await work(living, () => turso.configure(name, { block_writes: false }, serving));
  } finally {
    living.close();
    const closed = { block_reads: true, block_writes: true };
    await configureSurely(turso, name, closed, serving.tenant, snapshotErrors.RESTORE_STILL_OPEN);
  }
}

type FilesSwitched = Pick<Switched, "files" | "broughtFiles" | "removedFiles" | "failed">;

async function switchFiles(
  { s3, bucket, tenant }: Holdings,
  cut: Cut,
  undo: Cut,
  { tell, signal }: Restoring,
): Promise<FilesSwitched> {
  const [then, before, now] = [
    { s3, bucket, version: cut.version },
    { s3, bucket, version: undo.version },
    { s3, bucket },
  ];
  const ours = new Map<string, string[]>();
  for (const version of [undo.version, cut.version])
    for await (const { key, etag } of objectsIn({ ...now, version }, ""))
      ours.set(key, [...(ours.get(key) ?? []), etag]);
  const here = new Map<string, string>();
  const files = await compareFiles(objectsIn(then, ""), noting(objectsIn(now, ""), here));
  const failed = new Map<string, string>();
  const [brought, removed] = [new Set<string>(), new Set<string>()];
  const each = (keys: readonly string[], done: Set<string>, act: (key: string, over?: string) => Promise<boolean>) =>
    atOnce(keys, async (key) => {
      signal.throwIfAborted();
      const over = here.get(key);
      try {
        const isOurs = over === undefined || ours.get(key)?.includes(over) === true;
        const isDone = !isOurs && (await isContent({ ...then, key }, over));
        const isFree = isOurs || isDone || (await isContent({ ...before, key }, over));
        if (isFree && (isDone || (await act(key, over)))) done.add(key);
        else failed.set(key, CHANGED_THERE);
      } catch (error) {
        signal.throwIfAborted();
        failed.set(key, error instanceof Error ? error.message : String(error));
      }
      tell(`${tenant.id}: ${counted(brought.size, "file")} as before, ${removed.size} removed`);
    });
  await each([...files.gone, ...files.changed], brought, (key, over) =>
    bringObject(s3, { ...then, key, to: key, over }),
  );
  await each(files.added, removed, async (Key, over) => {
    try {
      await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key, ...onlyOver(over) }));
      return true;
    } catch (error) {
      if (!isOvertaken(error)) throw error;
      return false;
    }
  });
  // An upload in parts of another size has another ETag: of what was brought name and size are compared, content was on the way.
  const plain = (seen: AsyncIterable<ObjectSeen>) => withoutEtags(seen, brought);
  const left = await compareFiles(plain(objectsIn(then, "")), plain(objectsIn(now, "")));
  for (const key of [...left.added, ...left.changed, ...left.gone])
    if (!failed.has(key)) failed.set(key, CHANGED_THERE);
  return { files, broughtFiles: brought.size, removedFiles: removed.size, failed: Object.fromEntries(failed) };
}

/** Whether an object's content matches this ETag: an interrupted run may have uploaded it in parts of another size. */
async function isContent({ key, ...view }: BucketView & { readonly key: string }, etag: string): Promise<boolean> {
  const found = await readObject(view, key).catch((error: unknown) => {
    if ((error as { readonly name?: string }).name === "NoSuchKey") return undefined;
    throw error;
  });
  if (found === undefined) return false;
  const check = new EtagCheck(etag, found.ContentLength ?? 0);
  for await (const piece of found.Body as AsyncIterable<Uint8Array>) check.update(piece);
  return check.verdict() === true;
}

async function* noting(seen: AsyncIterable<ObjectSeen>, etags: Map<string, string>): AsyncGenerator<ObjectSeen> {
  for await (const each of seen) {
    etags.set(each.key, each.etag);
    yield each;
  }
}

async function* withoutEtags(seen: AsyncIterable<ObjectSeen>, keys: ReadonlySet<string>): AsyncGenerator<ObjectSeen> {
  for await (const each of seen) yield keys.has(each.key) ? { ...each, etag: "" } : each;
}

async function switchRows(copy: Client, living: Client, { tell, signal }: Restoring): Promise<RowCounts> {
  const { dropping } = await databaseShape(living);
  for (const statement of dropping) await living.migrate([statement]);
  return copyDatabase(copy, [databaseSink(living)], (rows) => {
    signal.throwIfAborted();
    tell(counted(rows, "row"));
  });
}

/** Throws RESTORE_NOT_EQUAL where the database does not hold what the copy of the cut holds. */
async function refuseUnequal(copy: Client, living: Client, tenant: string): Promise<void> {
  const tables = await compareTables(copy, living, []);
  const other = Object.entries(tables).filter(([, { then, now }]) => then !== now);
  const [was, is] = [await databaseShape(copy), await databaseShape(living)];
  if (other.length === 0 && JSON.stringify(sorted(was)) === JSON.stringify(sorted(is))) return;
  const named = other.map(
    ([name, { then, now }]) =>
      `${printable(name)}: ${then === null ? "no rows" : counted(then, "row")} then, ${now ?? "no"} now`,
  );
  throw new TenantryError(snapshotErrors.RESTORE_NOT_EQUAL, named.join("; ") || "the schema differs", { tenant });
}

/** In no order: tables come before what belongs to them, whatever order they were made in. */
function sorted({ tables, virtual, rest }: Awaited<ReturnType<typeof databaseShape>>): unknown {
  return [tables.map((table) => JSON.stringify(table)).sort(), [...virtual].sort(), [...rest].sort()];
}
