import { TenantryError } from "../../errors/tenantry-error.ts";
import { printable } from "../../output/printable.ts";
import type { Held } from "../../provider/tigris/bucket-contents.ts";
import { tigrisClient } from "../../provider/tigris/client.ts";
import { tursoClient, type TursoClient } from "../../provider/turso/client.ts";
import type { Accounts } from "../../stack/accounts.ts";
import type { StoredResource } from "../engine/stack-state.ts";
import { teardownErrors } from "./errors.ts";
import { MOST_ROWS, rowsIn, SCHEMA, tablesToAsk } from "./tables.ts";
import { counted } from "../../output/counted.ts";

/** What one of a tenant's resources holds. */
export interface Holding {
  readonly kind: "bucket" | "database";
  readonly name: string;
  /** What somebody may miss, in words: `2 files, like notes/a.md`. Empty when it holds nothing. */
  readonly holds: readonly string[];
  /** Rows that are not a tenant's data, in words. */
  readonly besides: readonly string[];
}

/** How long the token lasts that a database is read with. */
const TOKEN_LIFE = "5m";

/**
 * Looks into the bucket and the database of a tenant, as far as they exist: every file, version, unfinished upload and
 * deleted file that can be restored, and every table, by a token that only reads and ends after minutes. What cannot be
 * read throws: unknown is not empty.
 */
export async function holdingsOf(
  { tigris, turso }: Pick<Accounts, "tigris" | "turso">,
  tenant: string,
  stored: readonly StoredResource[],
): Promise<Holding[]> {
  const looks = stored.flatMap(({ type, id = "" }) => {
    if (type === "tenantry:tigris:Bucket") return [bucketHolding(tigrisClient(tigris), id, tenant)];
    return type === "tenantry:turso:Database" ? [databaseHolding(tursoClient(turso), id, tenant)] : [];
  });
  const found = await Promise.all(looks);
  return found.filter((holding) => holding !== undefined);
}

/** Throws DROP_HOLDS_DATA, with this advice instead of its own, when any of these holds something. Pure. */
export function refuseHolders(tenant: string, holdings: readonly Holding[], next?: string): void {
  const full = holdings.filter(({ holds }) => holds.length > 0);
  if (full.length === 0) return;
  const lines = full.map(({ kind, name, holds }) => `${kind} ${name} holds ${holds.join("; ")}`);
  throw new TenantryError(teardownErrors.DROP_HOLDS_DATA, lines.join("\n  "), { tenant, next });
}

async function bucketHolding(
  { buckets }: ReturnType<typeof tigrisClient>,
  name: string,
  tenant: string,
): Promise<Holding | undefined> {
  const metadata = await buckets.metadata(name, { tenant });
  if (metadata === undefined) return undefined;
  // As `type` Tigris keeps whether a bucket has snapshots, and with them versions.
  const held = await buckets.contents(name, { keepsVersions: metadata.type === 1 }, { tenant });
  return { kind: "bucket", name, holds: held.map(inWords), besides: [] };
}

const PLURAL: Readonly<Record<Held["kind"], string>> = {
  file: "files",
  version: "older versions",
  "unfinished upload": "unfinished uploads",
  "deleted file": "deleted files that can be restored",
};

function inWords({ kind, count, more, first }: Held): string {
  const many = `${count}${more ? " or more" : ""} ${PLURAL[kind]}`;
  return `${count === 1 && !more ? `1 ${kind}` : many}${first === "" ? "" : `, like ${printable(first)}`}`;
}

async function databaseHolding(turso: TursoClient, name: string, tenant: string): Promise<Holding | undefined> {
  const found = await turso.database(name, { tenant });
  if (found === undefined) return undefined;
  const token = await turso.mint(name, { expiration: TOKEN_LIFE, authorization: "read-only" }, { tenant });
  const ask = (statements: readonly string[]) => turso.query(found.hostname, token, statements, { tenant });
  const [schema = []] = await ask([SCHEMA]);
  const tables = tablesToAsk(schema.map(([table, sql]) => ({ name: String(table), sql: String(sql) })));
  const counts = tables.length === 0 ? [] : await ask(tables.map(rowsIn));
  const filled = tables.flatMap((table, at) => {
    const rows = Number(counts[at]?.[0]?.[0]);
    return rows === 0 ? [] : [{ ...table, rows }];
  });
  return {
    kind: "database",
    name,
    holds: filled.flatMap(({ name, ledgerOf, rows }) => (ledgerOf === undefined ? [rowsInWords(rows, name)] : [])),
    besides: filled.flatMap(({ name, ledgerOf, rows }) =>
      ledgerOf === undefined ? [] : [`${rowsInWords(rows, name)}, a migration tool's own list (${ledgerOf})`],
    ),
  };
}

function rowsInWords(rows: number, table: string): string {
  const many = rows > MOST_ROWS ? `more than ${MOST_ROWS} rows` : counted(rows, "row");
  return `${many} in table ${printable(table)}`;
}
