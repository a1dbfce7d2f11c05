import { join } from "node:path";

import { TenantryError } from "../../errors/tenantry-error.ts";
import { ownerTags } from "../../provider/tigris/claims.ts";
import type { TigrisClient } from "../../provider/tigris/client.ts";
import { forkHeaders } from "../../provider/tigris/snapshot-calls.ts";
import type { TursoClient } from "../../provider/turso/client.ts";
import type { Serving } from "../../provider/http/serving.ts";
import type { Owner } from "../../resource-kinds/claim.ts";
import { runLedger, type RunLedger } from "../../stack/run-ledger.ts";
import { copyName, removeCopies } from "../handover/passing-copy.ts";
import type { Cut } from "../history/entry.ts";
import { snapshotErrors } from "./errors.ts";

/** Ends the names of what a run restores for a test. No tenant is called so: an id holds no two dashes in a row. */
export function scratchMark(run: string): string {
  return `--verify-${run}`;
}
const SCRATCH_NAME = /--verify-([0-9a-f]{12})$/;
/** On the bucket: of which one it is a copy for a test. */
const TAG = "tenantry-scratch";
/** S3's most for the name of a bucket. */
const LONGEST_NAME = 63;
/** S3's most for one call. */
const AT_ONCE = 1000;
/** No test of one stack's restores takes as long. */
const LONGEST_MS = 24 * 3_600_000;

/** The active tests of restores. @param home the folder for what is not in git */
export function scratchLedger(home: string, now: () => Date): RunLedger {
  return runLedger(join(home, "restore-tests"), LONGEST_MS, now);
}

/** What is forked, for whom, and by which run. */
export interface ScratchWish {
  readonly tigris: TigrisClient;
  readonly cut: Pick<Cut, "bucket" | "version">;
  readonly owner: Owner;
  /** Two runs at once have names of their own. */
  readonly run: string;
}

/**
 * Lets `read` work on a bucket as of a snapshot: a temporary fork without keys, which is emptied and deleted afterwards, also
 * after an interruption. Throws VERIFY_SCRATCH_TAKEN, VERIFY_SCRATCH_LEFT.
 */
export async function withScratchBucket<Result>(
  { tigris: { buckets }, cut, owner, run }: ScratchWish,
  serving: Serving & { readonly signal: AbortSignal },
  read: (bucket: string) => Promise<Result>,
): Promise<Result> {
  const scratch = { name: bucketName(cut.bucket, run), source: cut.bucket };
  const made = await buckets.create(scratch.name, forkHeaders(cut.bucket, cut.version), serving);
  if (made === "taken" && !(await isScratch(buckets, scratch, serving)))
    throw new TenantryError(snapshotErrors.VERIFY_SCRATCH_TAKEN, `bucket ${scratch.name}`, serving);
  try {
    await buckets.tag(scratch.name, { ...ownerTags(owner), [TAG]: cut.bucket }, serving);
    return await read(scratch.name);
  } finally {
    await removeBucket(buckets, scratch.name, { tenant: owner.tenant });
  }
}

function bucketName(source: string, run: string): string {
  return copyName(source, LONGEST_NAME, scratchMark(run));
}

interface Scratch {
  readonly name: string;
  readonly source: string;
}

/** Where runs that were killed may have left something. */
export interface Sources {
  readonly tigris: TigrisClient;
  readonly turso: TursoClient;
  readonly ledger: RunLedger;
  readonly buckets: readonly string[];
  readonly databases: readonly string[];
}

/**
 * Deletes what runs that have ended have left of copies of these buckets and databases. What a run is still at stays, and so does what
 * is no copy of them. Two calls where there is nothing. Throws VERIFY_SCRATCH_LEFT.
 */
export async function removeEndedScratch(
  { tigris: { buckets }, turso, ledger, ...sources }: Sources,
  serving: Serving,
): Promise<void> {
  const [names, databases] = await Promise.all([buckets.names(serving), turso.databases(serving)]);
  const there = new Set(names);
  const [inDatabases, inBuckets] = [databases.map(({ name }) => name), names].map(runsIn);
  const ended = (runs = new Set<string>()) => [...runs].filter((run) => ledger.isOver(run));
  for (const run of ended(inDatabases)) await removeCopies(turso, sources.databases, scratchMark(run), serving);
  for (const run of ended(inBuckets))
    for (const source of sources.buckets) {
      const scratch = { name: bucketName(source, run), source };
      if (there.has(scratch.name) && (await isScratch(buckets, scratch, serving)))
        await removeBucket(buckets, scratch.name, serving);
    }
  // Of another tenant there may be more, which the run that looks for it finds by this line.
  for (const run of ledger.cutOff())
    if (inDatabases?.has(run) !== true && inBuckets?.has(run) !== true) ledger.leave(run);
}

function runsIn(names: readonly string[]): Set<string> {
  return new Set(names.flatMap((name) => SCRATCH_NAME.exec(name)?.[1] ?? []));
}

/** A run that was killed between two calls leaves a fork without a mark. */
async function isScratch(
  buckets: TigrisClient["buckets"],
  { name, source }: Scratch,
  serving: Serving,
): Promise<boolean> {
  const found = await buckets.tags(name, serving);
  const isMarked = "tags" in found && (Object.keys(found.tags).length === 0 || found.tags[TAG] === source);
  return isMarked && (await buckets.forkOf(name, serving)) === source;
}

async function removeBucket(buckets: TigrisClient["buckets"], name: string, serving: Serving): Promise<void> {
  for await (const page of buckets.inventory(name, { keepsVersions: true }, serving))
    for (let from = 0; from < page.length; from += AT_ONCE)
      await buckets.removeStored(name, page.slice(from, from + AT_ONCE), serving);
  if ((await buckets.remove(name, serving)) === "not-empty")
    throw new TenantryError(snapshotErrors.VERIFY_SCRATCH_LEFT, `bucket ${name}`, serving);
}
