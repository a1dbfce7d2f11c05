import { createHash } from "node:crypto";

import { type Client, createClient } from "@libsql/client";

import { TenantryError } from "../../errors/tenantry-error.ts";
import { printable } from "../../output/printable.ts";
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
import { asOfCut, orTooOld } from "./too-old.ts";

/** What a clone begins with. */
export interface CloneWish {
  readonly owner: Owner;
  /** Physical names of what the clone gets. */
  readonly names: { readonly bucket: string; readonly database: string };
  readonly cut: Cut;
  /** SQL that removes confidential data from the clone's database. */
  readonly scrub?: string | undefined;
}

/** Whom a clone begins as. */
export type Source = Pick<Holdings, "bucket" | "database" | "turso" | "urlOf"> & { readonly tigris: TigrisClient };

interface Serving {
  readonly tenant: string;
  readonly signal: AbortSignal;
}

/**
 * On the clone's bucket: how far its making is, and from what. `making`: what is under the clone's names is of a run that broke
 * off. `made`: it is whole.
 */
const TAG = "tenantry-clone";

/**
 * Makes the bucket and the database of a tenant that does not exist yet, as another was at a cut, and marks the bucket as that
 * tenant's: the next `up` takes both over and makes everything else. Until then there is no key and no token to either.
 *
 * With a scrub, the rows are copied out of a passing copy that was scrubbed: what was taken out lies in no free page and no
 * history of the clone's database either. Broken off, it goes on; of a clone that is whole nothing is touched again. Throws
 * CLONE_EXISTS, CLONE_SCRUB_FAILED, RESTORE_TOO_OLD.
 */
export async function cloneHoldings(source: Source, wish: CloneWish, signal: AbortSignal): Promise<void> {
  const { owner, names, cut, scrub } = wish;
  const { database, tigris, turso } = source;
  const serving = { tenant: owner.tenant, signal };
  const begun = await forkedBucket(source, wish, serving);
  if (begun === noteOf("made", wish)) return;
  const hasRows = database !== undefined && cut.database !== null;
  if (begun !== undefined) refuseOther(begun, wish);
  // Only a bucket that says so makes a database of that name one of ours, which may go.
  else if (hasRows && (await turso.database(names.database, serving)) !== undefined)
    throw exists(`there is a database ${names.database}`, serving);
  const note = (how: "making" | "made") =>
    tigris.buckets.tag(names.bucket, { ...ownerTags(owner), [TAG]: noteOf(how, wish) }, serving);
  await note("making");
  if (hasRows) {
    if (begun !== undefined) await turso.deleteDatabase(names.database, serving);
    const { group } = database;
    if (scrub === undefined) {
      const seed = { type: "database", name: database.name, timestamp: cut.at } as const;
      await orTooOld(cut, owner.tenant, make(source, { name: names.database, group, seed }, serving));
    } else await scrubbedDatabase(source, { database, wish, scrub }, serving);
  }
  await note("made");
}

function noteOf(how: "making" | "made", { cut, scrub = "" }: CloneWish): string {
  return [how, cut.version, cut.at, createHash("sha256").update(scrub).digest("hex").slice(0, 24)].join("/");
}

/** Files and rows have to be of one instant: what was begun as of another goes on as of that. Throws CLONE_EXISTS. */
function refuseOther(begun: string, { owner: { tenant }, names, cut }: CloneWish): void {
  const [how, version, at = ""] = begun.split("/");
  if (how === "making" && version === cut.version) return;
  const next = `Use \`--at ${at}\`, with which it began, or choose another id for the clone.`;
  throw exists(`there is a bucket ${names.bucket}`, { tenant }, /^\d{4}-/.test(at) ? next : undefined);
}

function exists(what: string, { tenant }: Pick<Serving, "tenant">, next?: string): TenantryError {
  return new TenantryError(snapshotErrors.CLONE_EXISTS, what, { tenant, next });
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
  const as = { ...asOfCut(wish.cut, serving.tenant), mark: "--clone", authorization: "full-access" } as const;
  await withPassingCopy({ turso, database, urlOf, ...as }, serving, async (copy) => {
    await applyScrub(copy, scrub, serving.tenant);
    const { hostname } = await make(source, { name, group }, serving);
    const target = await opened(source, { name, hostname }, serving);
    try {
      await copyDatabase(copy, [databaseSink(target)]);
    } finally {
      target.close();
    }
  });
  await revokeTokens(turso, { name, group }, serving);
}

async function applyScrub(copy: Client, scrub: string, tenant: string): Promise<void> {
  try {
    await copy.executeMultiple(scrub);
  } catch (cause) {
    const what = cause instanceof Error ? printable(cause.message) : "it was refused";
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

/** Forks the bucket, or finds it forked. Answers what it says of the clone; undefined: nothing yet. Throws CLONE_EXISTS. */
async function forkedBucket(
  { bucket: source, tigris: { buckets } }: Source,
  { owner, names: { bucket: name }, cut }: CloneWish,
  serving: Serving,
): Promise<string | undefined> {
  const made = await buckets.create(name, forkHeaders(source, cut.version), serving);
  const found = await buckets.tags(name, serving);
  const { held } = claimOn(found, owner);
  if (held === "by-us") return "tags" in found ? (found.tags[TAG] ?? "") : undefined;
  // A run that was killed between the two calls leaves a fork without a mark.
  const isMine = held === "by-nobody" && (made === "made" || (await buckets.forkOf(name, serving)) === source);
  if (!isMine) throw exists(`there is a bucket ${name}`, serving);
  return undefined;
}
