import { setTimeout as sleep } from "node:timers/promises";

import type { ObjectHistory, ObjectVersion } from "./engine-versions.ts";
import type { Gateway } from "./gateway.ts";
import { Refusal } from "./refusal.ts";
import type { Snapshot } from "./snapshots.ts";

/** Takes a snapshot of a bucket that keeps versions: what was written before it belongs to it, nothing that is begun afterwards does. */
export async function takeSnapshot(
  { snapshots, clock, engine }: Gateway,
  bucket: string,
  name?: string,
): Promise<{ version: string; snapshot: Snapshot }> {
  await engine.keepVersions(bucket);
  const until = Date.now();
  // A write of this very ms that is still to come must not belong to it.
  while (Date.now() <= until) await sleep(1);
  let nanoseconds = BigInt(clock().getTime()) * 1_000_000n;
  while (snapshots.get(`${bucket}/${nanoseconds}`) !== undefined) nanoseconds += 1n;
  const snapshot = { ...(name === undefined ? {} : { name }), createdAt: clock().toISOString(), until };
  const version = nanoseconds.toString();
  snapshots.put(`${bucket}/${version}`, snapshot);
  return { version, snapshot };
}

/** A snapshot that can be read. Throws a Refusal. */
export function snapshotOf({ snapshots }: Gateway, bucket: string, version: string): Snapshot & { until: number } {
  const found = snapshots.get(`${bucket}/${version}`);
  if (found === undefined) throw new Refusal(404, "NoSuchSnapshot", "The bucket has no such snapshot.");
  const { until } = found;
  if (until === undefined)
    throw new Refusal(501, "NotImplemented", "This snapshot was taken before the embedded Tigris kept versions.");
  return { ...found, until };
}

/** The version that an object had at a moment; undefined: it was not there. */
export function versionAt({ versions }: ObjectHistory, until: number): Kept | undefined {
  const order = ({ id, at }: ObjectVersion) => (at === 0 ? "" : id);
  const [newest] = versions.filter(({ at }) => at <= until).sort((one, other) => (order(one) < order(other) ? 1 : -1));
  return newest?.content === undefined ? undefined : { id: newest.id, ...newest.content };
}

/** A version of an object as a snapshot has it: what it holds, and the id it is read by. */
export interface Kept extends NonNullable<ObjectVersion["content"]> {
  readonly id: string;
}
