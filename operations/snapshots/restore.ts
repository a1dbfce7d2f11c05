import { type Client, createClient, type InStatement } from "@libsql/client";

import { TenantryError } from "../../errors/tenantry-error.ts";
import { printable } from "../../output/printable.ts";
import { atOnce } from "../files/sync/at-once.ts";
import { rowPages, type RowValues } from "../handover/database-rows.ts";
import { databaseShape, quoted, type TableShape } from "../handover/database-shape.ts";
import { withPassingCopy } from "../handover/passing-copy.ts";
import type { Holdings } from "../handover/tenant-holdings.ts";
import type { Cut } from "../history/entry.ts";
import { bringObject } from "./brought-object.ts";
import { compareFiles, compareTables, type FilesCompared, type TableCompared } from "./compared.ts";
import { LEDGER } from "../../tenants/schemas/ledger-name.ts";
import { snapshotErrors } from "./errors.ts";
import { objectsIn } from "./objects-as-of.ts";
import { asOfCut } from "./too-old.ts";
import { counted } from "../../output/counted.ts";

/** Ends the name of the copy that a restore reads. */
export const RESTORE_MARK = "--restore";

/** What of a cut is wanted, and how. */
export interface RestoreWish {
  /** Only files below it; empty: all. */
  readonly prefix: string;
  /** Only these tables; empty: all. */
  readonly tables: readonly string[];
  /** Compare only. */
  readonly dryRun: boolean;
}

/** What a restore has compared and brought back; with `dryRun` nothing was, and all counts of it are 0. */
export interface Restored {
  readonly cut: Cut;
  readonly files: FilesCompared;
  readonly tables: Readonly<Record<string, TableCompared>>;
  /** What was brought back. */
  readonly broughtFiles: number;
  /** Where older versions of changed files were laid, below which each has its own name. */
  readonly beside: string;
  readonly broughtBeside: number;
  readonly broughtRows: Readonly<Record<string, number>>;
  /** Files that could not be brought back, by name, with the reason. They stop no other. */
  readonly failed: Readonly<Record<string, string>>;
}

/** What a restore works with besides the tenant. */
export interface Restoring {
  readonly tell: (what: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Restores what a snapshot has and the tenant lacks: missing files, and rows whose key is missing. It overwrites nothing: for
 * a changed file it stores the older version beside it, and a changed row stays. It compares the database with a copy as of
 * the snapshot, and deletes the copy at the end.
 *
 * Throws RESTORE_TOO_OLD, RESTORE_DATABASE_REPLACED, RESTORE_NO_SUCH_TABLE.
 */
export async function restoreCut(
  holdings: Holdings,
  cut: Cut,
  wish: RestoreWish,
  restoring: Restoring,
): Promise<Restored> {
  const { s3, bucket, tenant } = holdings;
  const then = { s3, bucket, version: cut.version };
  const files = await compareFiles(objectsIn(then, wish.prefix), objectsIn({ s3, bucket }, wish.prefix));
  const rows = await restoreRows(holdings, cut, wish, restoring);
  const beside = `restored-${cut.at.replaceAll(/[:.]/g, "-")}/`;
  const failed: Record<string, string> = {};
  const bring = async (keys: readonly string[], place: string) => {
    let brought = 0;
    await atOnce(keys, async (key) => {
      restoring.signal.throwIfAborted();
      try {
        if (await bringObject(s3, { ...then, key, to: `${place}${key}` })) brought += 1;
      } catch (error) {
        restoring.signal.throwIfAborted();
        failed[key] = error instanceof Error ? error.message : String(error);
      }
      restoring.tell(`${tenant.id}: ${brought} of ${keys.length} files`);
    });
    return brought;
  };
  const isDry = wish.dryRun;
  return {
    cut,
    files,
    ...rows,
    beside,
    broughtFiles: isDry ? 0 : await bring(files.gone, ""),
    broughtBeside: isDry ? 0 : await bring(files.changed, beside),
    failed,
  };
}

async function restoreRows(
  holdings: Holdings,
  cut: Cut,
  { tables: only, dryRun }: RestoreWish,
  { tell, signal }: Restoring,
): Promise<Pick<Restored, "tables" | "broughtRows">> {
  const { turso, database, urlOf, tenant } = holdings;
  if (database === undefined || cut.database === null) {
    refuseUnknown(only, {}, tenant.id);
    return { tables: {}, broughtRows: {} };
  }
  refuseReplaced(database, cut.database, tenant.id);
  const serving = { tenant: tenant.id, signal };
  const authorization = dryRun ? "read-only" : "full-access";
  const authToken = await turso.mint(database.name, { expiration: "1d", authorization }, serving);
  const living = createClient({ url: urlOf(database.hostname), authToken, intMode: "bigint" });
  try {
    const as = { ...asOfCut(cut, tenant.id), mark: RESTORE_MARK };
    return await withPassingCopy({ turso, database, urlOf, ...as }, serving, async (copy) => {
      const tables = await compareTables(copy, living, only);
      refuseUnknown(only, tables, tenant.id);
      if (dryRun) return { tables, broughtRows: {} };
      const broughtRows = await bringRows(copy, living, only, (rows) => {
        signal.throwIfAborted();
        tell(`${tenant.id}: ${counted(rows, "row")} looked at`);
      });
      return { tables, broughtRows };
    });
  } finally {
    living.close();
  }
}

/** Throws RESTORE_DATABASE_REPLACED where a database is not the one that a cut was taken of. */
export function refuseReplaced(
  { name, dbId }: { readonly name: string; readonly dbId: string },
  cut: { readonly dbId: string },
  tenant: string,
): void {
  if (dbId !== cut.dbId) throw new TenantryError(snapshotErrors.RESTORE_DATABASE_REPLACED, name, { tenant });
}

/** Throws RESTORE_NO_SUCH_TABLE for a table that was named and is neither there nor was. */
function refuseUnknown(only: readonly string[], tables: Readonly<Record<string, TableCompared>>, tenant: string): void {
  const unknown = only.filter((name) => !Object.hasOwn(tables, name));
  if (unknown.length > 0)
    throw new TenantryError(snapshotErrors.RESTORE_NO_SUCH_TABLE, `no table ${unknown.map(printable).join(", ")}`, {
      tenant,
    });
}

async function bringRows(
  copy: Client,
  living: Client,
  only: readonly string[],
  tell: (rows: number) => void,
): Promise<Record<string, number>> {
  const [{ tables }, here] = await Promise.all([databaseShape(copy), databaseShape(living)]);
  const known = new Set(here.tables.map(({ name }) => name));
  const brought: Record<string, number> = {};
  let looked = 0;
  for (const table of tables) {
    if (table.type === "shadow" || (only.length > 0 && !only.includes(table.name))) continue;
    // Which migrations it has had, the database knows for itself: a line from then would claim one that was taken back.
    if (table.name === LEDGER) continue;
    if (!known.has(table.name) && table.sql !== undefined) await living.migrate([table.sql]);
    let count = 0;
    for await (const rows of rowPages(copy, table)) {
      const results = await living.migrate(inserts(table, rows));
      count += results.reduce((sum, { rowsAffected }) => sum + rowsAffected, 0);
      tell((looked += rows.length));
    }
    brought[table.name] = count;
  }
  return brought;
}

/** How many values one statement carries: SQLite takes 32 766. */
const MOST_VALUES = 8000;

function inserts({ name, columns }: TableShape, rows: readonly RowValues[]): InStatement[] {
  const each = Math.max(1, Math.floor(MOST_VALUES / columns.length));
  const row = `(${columns.map(() => "?").join(", ")})`;
  const head = `INSERT OR IGNORE INTO ${quoted(name)} (${columns.map(quoted).join(", ")}) VALUES`;
  const parts = Array.from({ length: Math.ceil(rows.length / each) }, (_, at) =>
    rows.slice(at * each, (at + 1) * each),
  );
  return parts.map((part) => ({ sql: `${head} ${part.map(() => row).join(", ")}`, args: part.flat() }));
}
