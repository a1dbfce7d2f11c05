import { type Client, createClient } from "@libsql/client";

import { TenantryError } from "../../errors/tenantry-error.ts";
import type { TursoClient } from "../../provider/turso/client.ts";
import type { Database } from "../../provider/turso/database-calls.ts";
import { makeOrFind } from "../../provider/turso/make-or-find.ts";
import type { Serving } from "../../provider/http/serving.ts";
import { handoverErrors } from "./errors.ts";

/** What is copied, and how. */
export interface PassingCopy {
  readonly turso: TursoClient;
  readonly database: Database;
  /** The address of a database from its hostname. */
  readonly urlOf: (hostname: string) => string;
  /** Ends the copy's name. Default: `--export`. */
  readonly mark?: string;
  /** ISO time that the copy is of. Default: now. */
  readonly timestamp?: string;
  /** Default: read-only. */
  readonly authorization?: "read-only" | "full-access";
  /** Around the call that makes the copy: says in the caller's words why that was refused. */
  readonly making?: <Made>(made: Promise<Made>) => Promise<Made>;
}

/** How long the token for the copy holds. */
const EXPIRATION = "1d";

/**
 * Lets `read` work on a copy of a database as of one instant, and deletes the copy afterwards. Turso ends a transaction after
 * 5 s, so a large database cannot be read in one. A copy also needs no fence, and makes a suspended tenant's blocked database
 * readable. The remains of an interrupted run are deleted first.
 */
export async function withPassingCopy<Result>(
  { turso, database, urlOf, mark = "--export", timestamp, authorization = "read-only", making = itself }: PassingCopy,
  serving: Serving & { readonly signal: AbortSignal },
  read: (copy: Client, at: { readonly url: string; readonly authToken: string }) => Promise<Result>,
): Promise<Result> {
  const name = copyName(database.name, turso.longestName, mark);
  await removeLeftover(turso, name, database, serving);
  const seed = { type: "database", name: database.name, timestamp } as const;
  const steps = {
    make: () => turso.createDatabase({ name, group: database.group, seed }, serving),
    find: () => ownCopy(turso, name, database, serving),
  };
  const made = await making(makeOrFind(steps, serving.signal));
  try {
    const { hostname } = "made" in made ? made.made : made.found;
    const authToken = await turso.mint(name, { expiration: EXPIRATION, authorization }, serving);
    const at = { url: urlOf(hostname), authToken };
    const client = createClient({ ...at, intMode: "bigint" });
    try {
      return await read(client, at);
    } finally {
      client.close();
    }
  } finally {
    // Also when the work was broken off: the copy is ours, and costs.
    await turso.deleteDatabase(name, { tenant: serving.tenant });
  }
}

const itself = <Made>(made: Made) => made;

/** No tenant's database is called so: a tenant's id holds no two dashes in a row. */
export function copyName(database: string, longest: number, mark = "--export"): string {
  return `${database.slice(0, longest - mark.length).replace(/-+$/, "")}${mark}`;
}

/** Deletes the copies of these databases that killed runs have left, for any purpose. One call if there is none. */
export async function removeCopies(
  turso: TursoClient,
  databases: readonly string[],
  mark: string,
  serving: Serving,
): Promise<readonly string[]> {
  const sources = new Map(databases.map((name) => [copyName(name, turso.longestName, mark), name]));
  const there = (await turso.databases(serving)).flatMap(({ name }) => (sources.has(name) ? [name] : []));
  const removed: string[] = [];
  for (const name of there) {
    const [copy, source] = await Promise.all([
      turso.database(name, serving),
      turso.database(sources.get(name) ?? "", serving),
    ]);
    if (copy === undefined || source === undefined || copy.parent?.id !== source.dbId) continue;
    await turso.deleteDatabase(name, serving);
    removed.push(name);
  }
  return removed;
}

async function removeLeftover(turso: TursoClient, name: string, of: Database, serving: Serving): Promise<void> {
  if ((await ownCopy(turso, name, of, serving)) !== undefined) await turso.deleteDatabase(name, serving);
}

/** Undefined: there is none. Throws EXPORT_COPY_NAME_TAKEN when what has the name is no copy of this database. */
async function ownCopy(
  turso: TursoClient,
  name: string,
  of: Database,
  serving: Serving,
): Promise<Database | undefined> {
  const found = await turso.database(name, serving);
  if (found === undefined || found.parent?.id === of.dbId) return found;
  throw new TenantryError(handoverErrors.EXPORT_COPY_NAME_TAKEN, name, { tenant: serving.tenant });
}
