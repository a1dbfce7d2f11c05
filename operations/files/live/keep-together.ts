import { printable } from "../../../output/printable.ts";
import { TenantryError } from "../../../errors/tenantry-error.ts";
import { filesErrors } from "../errors.ts";
import type { Pair } from "../sync/planned-sync.ts";
import { memoryOf } from "../sync/sync.ts";
import { forgotten } from "../sync/sync-memory.ts";
import { folderWatch } from "./folder-watch.ts";
import { patientRounds, type Reporting } from "./patient-rounds.ts";
import { differences, isThere, type Memory, type RoundOptions } from "./round.ts";
import { unseenPushes } from "./unseen-pushes.ts";

export interface LiveOptions extends RoundOptions, Reporting {
  /** How often the bucket is looked at: milliseconds. */
  readonly everyMs: number;
  /** How long the machine may know an old version. Milliseconds. */
  readonly seenWithinMs: number;
  /** Ends it, after one more round. */
  readonly stopped: AbortSignal;
}

/** How often `tenantry live` looks at the bucket unless it is told otherwise. Milliseconds. */
export const LOOKS_EVERY_MS = 1000;

/** What a machine may take to upload a change, beside what it may take to see one. */
const UPLOAD_MS = 5000;

/** After so long without a change looks become rarer, but not rarer than the second. */
const IDLE_AFTER_MS = 60_000;
const IDLE_EVERY_MS = 2000;
const NAMED = 20;

/**
 * Keeps a folder and a bucket together until `stopped`, then returns what a deletion on one side has left on the other.
 * The folder must be ours alone (folder-lock.ts). Failures that pass are told once, and tried again.
 * Throws LIVE_SIDE_GONE, SYNC_REFUSED for a key that opens nothing any more, and at the end LIVE_APART.
 */
export async function keepTogether(pair: Pair, options: LiveOptions): Promise<readonly string[]> {
  const base = memoryOf(pair);
  if (base.damage !== undefined) options.note(forgotten(base.damage));
  const windowMs = options.seenWithinMs + UPLOAD_MS;
  const memory: Memory = { base, unseen: unseenPushes(windowMs), missing: new Set() };
  const next = patientRounds(pair, memory, options);
  const watch = folderWatch(pair.dir);
  try {
    for (let changed = Date.now(); !options.stopped.aborted;) {
      const done = await next(options);
      if (isThere(pair)) base.flush();
      if (done !== undefined) watch.follow(done.listings.local.files.keys());
      if (done?.events.some(({ what }) => what !== "problem") === true) changed = Date.now();
      const isIdle = Date.now() - changed > IDLE_AFTER_MS;
      await watch.pause(isIdle ? Math.max(options.everyMs, IDLE_EVERY_MS) : options.everyMs, options.stopped);
    }
    return await ending(pair, memory, options, next);
  } finally {
    watch.close();
    // Otherwise the record of the lost folder would be used for its replacement.
    if (isThere(pair)) base.flush();
  }
}

/** Throws LIVE_APART. */
async function ending(
  pair: Pair,
  memory: Memory,
  options: RoundOptions,
  next: ReturnType<typeof patientRounds>,
): Promise<readonly string[]> {
  const last = { ...options, isEnding: true };
  const refuse = (words: string, cause?: unknown) =>
    new TenantryError(filesErrors.LIVE_APART, words, { tenant: pair.access.tenant, cause });
  // Twice, because what was deleted here has to be missing twice.
  const isReached = (await next(last)) !== undefined && (await next(last)) !== undefined;
  if (!isReached) throw refuse(`${pair.access.key.bucket} does not answer, so its content could not be read`);
  const { apart, deleted } = await differences(pair, memory, options).catch((error: unknown) => {
    throw refuse(`${pair.access.key.bucket} does not answer, so its content could not be read`, error);
  });
  if (apart.length === 0) return deleted;
  const more = apart.length > NAMED ? `\n  and ${apart.length - NAMED} more` : "";
  throw refuse(`${apart.slice(0, NAMED).map(printable).join("\n  ")}${more}`);
}
