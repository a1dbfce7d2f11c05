import { existsSync } from "node:fs";

import { TenantryError } from "../../../errors/tenantry-error.ts";
import { filesErrors } from "../errors.ts";
import { lockFile } from "../sync/folder-lock.ts";
import type { Listings, Pair, PlannedSync } from "../sync/planned-sync.ts";
import { carryOut, look, planned } from "../sync/sync.ts";
import type { Base } from "../sync/sync-memory.ts";
import type { Refusal, SyncPlan, Transfer } from "../sync/sync-plan.ts";
import type { UnseenPushes } from "./unseen-pushes.ts";
import { counted } from "../../../output/counted.ts";

/** The result of one round for one file. */
export interface SyncEvent {
  readonly what: "pushed" | "pulled" | "deleted there" | "deleted here" | "conflict" | "problem";
  readonly path: string;
  /** Of a conflict: where the version is that did not get the path. */
  readonly as?: string;
  /** Of a problem. */
  readonly reason?: string;
}

/** What one round remembers for the next. */
export interface Memory {
  readonly base: Base;
  readonly unseen: UnseenPushes;
  /** Deleted here since the last meeting, as the last round saw it. */
  missing: ReadonlySet<string>;
}

export interface RoundOptions {
  /** Whether deletions are carried over. */
  readonly deleting: boolean;
  /** Whether the key may only read: then nothing leaves the folder. */
  readonly isReadOnly: boolean;
  /** Whether this is the end: then large files are no longer waited for. */
  readonly isEnding?: boolean;
}

export interface Round {
  readonly events: readonly SyncEvent[];
  readonly listings: Listings;
  /** What is not carried, and why. */
  readonly refused: readonly Refusal[];
}

/**
 * A push and then a pull. In this order a conflict converges: the push brings the local version beside the bucket's, and
 * from then on the file here counts as seen, so that the pull replaces it. What one round leaves is left to the next.
 * Throws LIVE_SIDE_GONE, SYNC_REFUSED, SYNC_TRANSFER_FAILED.
 */
export async function round(pair: Pair, memory: Memory, options: RoundOptions): Promise<Round> {
  const first = await lookHere(pair, memory);
  const outward = options.isReadOnly ? NOTHING : await push(pair, first, memory, options);
  const listings = outward.events.length === 0 ? first : await lookHere(pair, memory);
  // Somebody may have overwritten what was pushed this moment.
  if (listings !== first) keepOverwritten(listings, memory);
  const inward = await pull(pair, listings, options);
  const refused = [...outward.refused, ...inward.refused];
  return { events: [...outward.events, ...inward.events], listings, refused };
}

/** The results of one direction, and what it refuses. */
interface Way {
  readonly events: readonly SyncEvent[];
  readonly refused: readonly Refusal[];
}

const NOTHING: Way = { events: [], refused: [] };

/** What is not the same on both sides. */
export interface Differences {
  /** Changes that have not been carried; behind the names of those that never are, the reason. */
  readonly apart: readonly string[];
  /** Deleted on one side, and left on the other. */
  readonly deleted: readonly string[];
}

/** Looks once more, and changes nothing. With a read-only key, what was changed here is no difference. */
export async function differences(pair: Pair, memory: Memory, { isReadOnly }: RoundOptions): Promise<Differences> {
  const listings = await lookHere(pair, memory);
  const [{ plan: out }, back] = [
    await planned(pair, listings, "push", DRY),
    await planned(pair, listings, "pull", DRY),
  ];
  const { plan } = withoutDeletedHere(back);
  const pathsOf = (...lists: readonly (readonly Transfer[])[]) => lists.flat().map(({ path }) => path);
  const outward = isReadOnly ? [] : pathsOf(out.created, out.updated, out.conflicts);
  const deletedHere = back.plan.created.filter((each) => !plan.created.includes(each));
  const refused = [...(isReadOnly ? [] : out.refused), ...plan.refused].map(({ path, reason }) => `${path}: ${reason}`);
  const apart = [...outward, ...pathsOf(plan.created, plan.updated, plan.conflicts), ...refused];
  return {
    apart: [...new Set(apart)].sort(),
    deleted: [...pathsOf(deletedHere), ...out.deletedThere].sort(),
  };
}

const DRY = { dryRun: true };
const WET = { dryRun: false };

/** A folder that is gone, say with its disk, must not look like one whose files were all deleted. */
async function lookHere(pair: Pair, { base }: Memory): Promise<Listings> {
  const listings = await look(pair, base);
  if (isThere(pair)) return listings;
  throw new TenantryError(filesErrors.LIVE_SIDE_GONE, pair.dir, { tenant: pair.access.tenant });
}

/** Whether the folder is still the one that was taken at the start (folder-lock.ts). */
export function isThere({ dir }: Pair): boolean {
  return existsSync(lockFile(dir));
}

/** That a side has lost everything is more likely a mishap than a wish. Throws LIVE_SIDE_GONE. */
function refuseEmptied({ access }: Pair, { files }: Listings["remote"], gone: readonly string[], side: string): void {
  if (files.size > 0 || gone.length < 2) return;
  throw new TenantryError(filesErrors.LIVE_SIDE_GONE, `all of ${side}, ${counted(gone.length, "file")}`, {
    tenant: access.tenant,
  });
}

async function push(pair: Pair, listings: Listings, memory: Memory, options: RoundOptions): Promise<Way> {
  const { base, unseen } = memory;
  keepOverwritten(listings, memory);
  const found = await planned(pair, listings, "push", WET);
  const { plan } = options.isEnding === true ? found : withoutUnfinished(found);
  // Some editors take a file away for a moment: it has to be missing twice.
  const gone = options.deleting ? plan.gone.filter((path) => memory.missing.has(path)) : [];
  memory.missing = new Set(plan.gone);
  refuseEmptied(pair, listings.local, gone, pair.dir);
  const sent = [...plan.created, ...plan.updated].map(({ path }) => ({ path, before: base.get(path)?.remote }));
  return carried(pair, { ...found, plan: { ...plan, gone } }, () => {
    // Also of those with a problem: one that was saved once more meanwhile has arrived, and one without an answer may have.
    for (const { path, before } of sent) {
      const now = base.get(path)?.remote;
      unseen.note(path, (now === before ? listings.local.files.get(path)?.id : now) ?? "", Date.now());
    }
    return { carried: "pushed", gone: "deleted there" };
  });
}

/** What was overwritten unseen counts as changed here: the pull leaves it, and the next push keeps it as a conflict. */
function keepOverwritten({ remote }: Listings, { base, unseen }: Memory): void {
  for (const path of unseen.overwritten(remote.files, base, Date.now()))
    base.set(path, { ...base.get(path), local: undefined });
}

async function pull(pair: Pair, listings: Listings, { deleting, isReadOnly }: RoundOptions): Promise<Way> {
  const found = withoutDeletedHere(await planned(pair, listings, "pull", WET));
  // The next push settles a conflict, unless there is none.
  const conflicts = isReadOnly ? found.plan.conflicts : [];
  const gone = deleting ? found.plan.gone : [];
  refuseEmptied(pair, listings.remote, gone, pair.access.key.bucket);
  const plan = { ...found.plan, conflicts, gone };
  return carried(pair, { ...found, plan }, () => ({ carried: "pulled", gone: "deleted here" }));
}

type Words = Readonly<Record<"carried" | "gone", SyncEvent["what"]>>;

async function carried(pair: Pair, found: PlannedSync, after: () => Words): Promise<Way> {
  const { created, updated, conflicts, gone, refused } = found.plan;
  if ([created, updated, conflicts, gone].every((each) => each.length === 0)) return { events: [], refused };
  const problems = await carryOut(pair, found, { deleting: gone.length > 0 });
  const words = after();
  const isDone = (path: string) => !problems.has(path);
  const events = [
    ...[...created, ...updated].map(({ path }): SyncEvent => ({ what: words.carried, path })),
    ...conflicts.map(({ path, as }): SyncEvent => ({ what: "conflict", path, as })),
    ...gone.map((path): SyncEvent => ({ what: words.gone, path })),
  ]
    .filter(({ path }) => isDone(path))
    .concat([...problems].map(([path, reason]): SyncEvent => ({ what: "problem", path, reason })));
  return { events, refused };
}

/** Bytes from which on a file has to be left alone for a while before it is uploaded: it may still be copied here. */
const LARGE = 5_000_000;
const UNFINISHED_MS = 2000;

function withoutUnfinished(found: PlannedSync): PlannedSync {
  const isFinished = ({ path, version }: Transfer) => {
    const age = Date.now() - (found.local.files.get(path)?.changed ?? 0);
    return version.size < LARGE || age < 0 || age > UNFINISHED_MS;
  };
  return narrowed(found, isFinished);
}

/** What was deleted here is not restored while the bucket's version is the one that was here. */
function withoutDeletedHere(found: PlannedSync): PlannedSync {
  return narrowed(found, ({ path, version }) => {
    const known = found.base.get(path);
    const wasHere = known?.local !== undefined && known.remote === version.id;
    return found.local.files.has(path) || !wasHere;
  });
}

function narrowed(found: PlannedSync, isWanted: (transfer: Transfer) => boolean): PlannedSync {
  const narrow = (kind: "created" | "updated" | "conflicts") => found.plan[kind].filter(isWanted);
  const plan: SyncPlan = {
    ...found.plan,
    created: narrow("created"),
    updated: narrow("updated"),
    conflicts: narrow("conflicts"),
  };
  return { ...found, plan };
}
