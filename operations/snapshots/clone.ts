import { type Client, createClient } from "@libsql/client";

import { TenantryError } from "../../errors/tenantry-error.ts";
import { VendorError } from "../../provider/http/vendor-error.ts";
import { claimOn, ownerTags } from "../../provider/tigris/claims.ts";
import type { TigrisClient } from "../../provider/tigris/client.ts";
import { forkHeaders } from "../../provider/tigris/snapshot-calls.ts";
import type { Database, DatabaseRequest } from "../../provider/turso/database-calls.ts";
import { makeOrFind } from "../../provider/turso/make-or-find.ts";
import { revokeTokens } from "../../provider/turso/revocation.ts";
import type { Owner } from "../../resource-kinds/claim.ts";
import { copyDatabase } from "../handover/copied-database.ts";
import { databaseSink } from "../handover/database-sink.ts";
import { withPassingCopy } from "../handover/passing-copy.ts";
import type { Holdings } from "../handover/tenant-holdings.ts";
import type { Cut } from "../history/entry.ts";
import { snapshotErrors } from "./errors.ts";
import { orTooOld } from "./too-old.ts";

/** What a clone begins with. */
export interface CloneWish {
  readonly owner: Owner;
  /** Physical names of what the clone gets. */
  readonly names: { readonly bucket: string; readonly database: string };
  readonly cut: Cut;
  /** SQL that takes out of the clone's database what nobody may see. */
  readonly scrub?: string | undefined;
}

/** Whom a clone begins as. */
export type Source = Pick<Holdings, "bucket" | "database" | "turso" | "urlOf"> & { readonly tigris: TigrisClient };

interface Serving {
  readonly tenant: string;
  readonly signal: AbortSignal;
}

/** Only what a clone was made of by an earlier run has this table; the finished one does not. */
const MARK = "_tenantry_clone";

/**
 * Makes the bucket and the database of a tenant that does not exist yet, as another was at a cut, and marks the bucket as that
 * tenant's: the next `up` takes both over and makes everything else. Until then there is no key and no token to either.
 *
 * With a scrub, the rows are copied out of a passing copy that was scrubbed: what was taken out lies in no free page and no
 * history of the clone's database either. Broken off, it goes on. Throws CLONE_EXISTS, CLONE_SCRUB_FAILED, RESTORE_TOO_OLD.
 */
export async function cloneHoldings(source: Source, wish: CloneWish, signal: AbortSignal): Promise<void> {
  const { owner, names, cut, scrub } = wish;
  const serving = { tenant: owner.tenant, signal };
  await forkBucket(source, wish, serving);
  const { database } = source;
  if (database === undefined || cut.database === null) return;
  await removeLeftover(source, names.database, database, serving);
  const { group } = database;
  if (scrub === undefined) {
    const seed = { type: "database", name: database.name, timestamp: cut.at } as const;
    await orTooOld(cut, owner.tenant, make(source, { name: names.database, group, seed }, serving));
  } else await scrubbedDatabase(source, { database, wish, scrub }, serving);
}

function make({ turso }: Source, request: DatabaseRequest, serving: Serving): Promise<Pick<Database, "hostname">> {
  const steps = {
    make: () => turso.createDatabase(request, serving),
    find: () => turso.database(request.name, serving),
  };
  return makeOrFind(steps, serving.signal).then((outcome) => ("made" in outcome ? outcome.made : outcome.found));
}

async function scrubbedDatabase(
  source: Source,
  { database, wish, scrub }: { database: Database; wish: CloneWish; scrub: string },
  serving: Serving,
): Promise<void> {
  const { turso, urlOf } = source;
  const { name, group } = { name: wish.names.database, group: database.group };
  const as = { mark: "--clone", timestamp: wish.cut.at, authorization: "full-access" } as const;
  const passing = withPassingCopy({ turso, database, urlOf, ...as }, serving, async (copy) => {
    await applyScrub(copy, scrub, serving.tenant);
    const { hostname } = await make(source, { name, group }, serving);
    const target = await opened(source, { name, hostname }, serving);
    try {
      await target.execute(`CREATE TABLE IF NOT EXISTS ${MARK}(at TEXT)`);
      await copyDatabase(copy, [databaseSink(target)]);
      await target.execute(`DROP TABLE ${MARK}`);
    } finally {
      target.close();
    }
  });
  await orTooOld(wish.cut, serving.tenant, passing);
  await revokeTokens(turso, { name, group }, serving);
}

async function applyScrub(copy: Client, scrub: string, tenant: string): Promise<void> {
  try {
    await copy.executeMultiple(scrub);
  } catch (cause) {
    const what = cause instanceof Error ? cause.message : "it was refused";
    throw new TenantryError(snapshotErrors.CLONE_SCRUB_FAILED, what, { tenant });
  }
}

async function opened(
  { turso, urlOf }: Source,
  { name, hostname }: { name: string; hostname: string },
  serving: Serving,
): Promise<Client> {
  const authToken = await turso.mint(name, { expiration: "1d", authorization: "full-access" }, serving);
  return createClient({ url: urlOf(hostname), authToken, intMode: "bigint" });
}

/** Deletes what a run that broke off has made. Throws CLONE_EXISTS for any other database of that name. */
async function removeLeftover(source: Source, name: string, of: Database, serving: Serving): Promise<void> {
  const { turso } = source;
  const found = await turso.database(name, serving);
  if (found === undefined) return;
  if (found.parent?.id !== of.dbId && !(await isHalfMade(source, found, serving)))
    throw new TenantryError(snapshotErrors.CLONE_EXISTS, `there is a database ${name}`, { tenant: serving.tenant });
  await turso.deleteDatabase(name, serving);
}

async function isHalfMade(source: Source, { name, hostname }: Database, serving: Serving): Promise<boolean> {
  const client = await opened(source, { name, hostname }, serving);
  try {
    const { rows } = await client.execute("SELECT name FROM sqlite_schema");
    return rows.length === 0 || rows.some((row) => row[0] === MARK);
  } catch (error) {
    if (VendorError.hasStatus(error, 404)) return false;
    throw error;
  } finally {
    client.close();
  }
}

async function forkBucket(
  { bucket: source, tigris: { buckets } }: Source,
  { owner, names: { bucket: name }, cut }: CloneWish,
  serving: Serving,
): Promise<void> {
  const made = await buckets.create(name, forkHeaders(source, cut.version), serving);
  const { held } = claimOn(await buckets.tags(name, serving), owner);
  if (held === "by-us") return;
  // A run that was killed between the two calls leaves a fork without a mark.
  const isMine = held === "by-nobody" && (made === "made" || (await buckets.forkOf(name, serving)) === source);
  if (!isMine)
    throw new TenantryError(snapshotErrors.CLONE_EXISTS, `there is a bucket ${name}`, { tenant: owner.tenant });
  await buckets.tag(name, ownerTags(owner), serving);
}
