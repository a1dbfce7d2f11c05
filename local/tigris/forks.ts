import { visibleBucket } from "./bucket-lookup.ts";
import { type Fork, isLive } from "./buckets.ts";
import { callerOf, demand } from "./caller.ts";
import type { Call } from "./call.ts";
import type { Gateway } from "./gateway.ts";
import { Refusal } from "./refusal.ts";
import { MANAGE_BUCKET } from "./role-document.ts";
import type { HeaderOf } from "./bucket-settings.ts";
import { snapshotOf, takeSnapshot, versionAt } from "./taken-snapshots.ts";

/** Names the bucket that a new one is to begin as a copy of, and the snapshot of it. */
const FORK = "x-tigris-fork-source-bucket";
const FORK_SNAPSHOT = "x-tigris-fork-source-bucket-snapshot";

/** Reads the headers of CreateBucket. Undefined: no fork is asked for. Throws a Refusal. */
export async function forkAsked(
  gateway: Gateway,
  call: Call,
  header: HeaderOf,
  name: string,
): Promise<Fork | undefined> {
  const source = header(FORK);
  if (source === undefined) return undefined;
  const caller = await callerOf(gateway, call);
  // What is refused of the headers, only a caller who may create buckets is told.
  await demand(gateway, caller, "s3:CreateBucket", name);
  await demand(gateway, caller, MANAGE_BUCKET, source);
  if (visibleBucket(gateway, source).settings.type !== 1)
    throw new Refusal(400, "InvalidRequest", "Snapshots are not enabled on the bucket to fork.");
  const given = header(FORK_SNAPSHOT);
  const { version, snapshot } =
    given === undefined
      ? await takeSnapshot(gateway, source)
      : { version: given, snapshot: snapshotOf(gateway, source, given) };
  const { createdAt: snapshotAt, until = 0 } = snapshot;
  return { source, snapshot: version, snapshotAt, until };
}

/** Copies at the same time. */
const AT_ONCE = 16;

/** Fills a new bucket. Tigris shares the objects and copies nothing; here they are copied one by one. */
export async function fill({ engine }: Gateway, name: string, { source, until }: Fork): Promise<void> {
  const running = new Set<Promise<void>>();
  for await (const history of engine.histories(source, "")) {
    const kept = versionAt(history, until);
    if (kept === undefined) continue;
    const copying = engine.copyVersion(source, history.key, kept.id, name).finally(() => running.delete(copying));
    running.add(copying);
    if (running.size >= AT_ONCE) await Promise.race(running);
  }
  await Promise.all(running);
}

/** The buckets that began as this one and are still there. */
export function forksOf({ buckets }: Gateway, name: string): string[] {
  return buckets
    .entries()
    .filter(([, bucket]) => isLive(bucket) && bucket.fork?.source === name)
    .map(([fork]) => fork);
}

/** As `?metadata` and lists of buckets show it (@tigrisdata/storage, bucket/info.ts); undefined: it has to do with no fork. */
export function forkInfo(gateway: Gateway, name: string): object | undefined {
  const bucket = gateway.buckets.get(name);
  const HasChildren = forksOf(gateway, name).length > 0;
  if (bucket?.fork === undefined) return HasChildren ? { HasChildren } : undefined;
  const { source, snapshot, snapshotAt } = bucket.fork;
  const parent = {
    BucketName: source,
    ForkCreatedAt: bucket.createdAt,
    Snapshot: snapshot,
    SnapshotCreatedAt: snapshotAt,
  };
  return { HasChildren, Parents: [parent] };
}
