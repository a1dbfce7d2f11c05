import { type Bucket, isForfeit } from "./buckets.ts";
import { fill } from "./forks.ts";
import type { Gateway } from "./gateway.ts";

/** Finds out from the engine whether a bucket exists whose creation or deletion was cut short. */
export async function settle(gateway: Gateway, name: string): Promise<void> {
  const bucket = gateway.buckets.get(name);
  if (bucket?.unsettled === undefined) return;
  if (!(await gateway.engine.exists(name))) {
    forget(gateway, name);
    return;
  }
  if (bucket.settings.type === 1) await gateway.engine.keepVersions(name);
  // What had arrived of the copy is written over.
  if (bucket.isFilling === true && bucket.fork !== undefined) await fill(gateway, name, bucket.fork);
  gateway.buckets.put(name, settled(bucket));
}

/** Removes a bucket with all that is in it, at the engine and here. */
export async function wipe(gateway: Gateway, name: string): Promise<void> {
  const bucket = gateway.buckets.get(name);
  if (bucket !== undefined) gateway.buckets.put(name, { ...bucket, unsettled: true });
  await gateway.engine.destroy(name);
  forget(gateway, name);
}

/** What a crash or the passing of time left to do. Run once, before anything is served. */
export async function settleAll(gateway: Gateway): Promise<void> {
  const unsettled = gateway.buckets.entries().filter(([, bucket]) => bucket.unsettled !== undefined);
  await Promise.all(unsettled.map(([name]) => settle(gateway, name)));
  const now = gateway.clock();
  const forfeit = gateway.buckets.entries().filter(([, bucket]) => isForfeit(bucket, now));
  await Promise.all(forfeit.map(([name]) => wipe(gateway, name)));
}

/** Takes a bucket that is gone at the engine off the gateway's books. */
export function forget({ store, buckets, snapshots }: Gateway, name: string): void {
  store.atomically(() => {
    buckets.remove(name);
    for (const [snapshot] of snapshots.entries(`${name}/`)) snapshots.remove(snapshot);
  });
}

function settled({ createdAt, settings, deleted, fork }: Bucket): Bucket {
  return {
    createdAt,
    settings,
    ...(deleted === undefined ? {} : { deleted }),
    ...(fork === undefined ? {} : { fork }),
  };
}
