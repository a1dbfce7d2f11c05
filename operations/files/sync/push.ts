import { DeleteObjectCommand } from "@aws-sdk/client-s3";

import { atOnce } from "./at-once.ts";
import { listBucket } from "./bucket-listing.ts";
import { CHANGED_THERE, isOvertaken, onlyOver } from "./conditions.ts";
import type { Landing, Shipment } from "./courier.ts";
import { isAsListed } from "./folder-listing.ts";
import type { Pair, Problems, Prospect } from "./pair.ts";
import { isSame } from "./version.ts";

/** Brings the folder's files into the bucket, and knows afterwards of each whether it has arrived. */
export async function push(
  pair: Pair,
  found: Prospect,
  { deleting, problems }: { deleting: boolean; problems: Problems },
): Promise<void> {
  const { plan, local, remote, base } = found;
  const carried = [...plan.created, ...plan.updated, ...plan.conflicts]
    .filter(({ path, as }) => path === as || !remote.files.has(as))
    .map(({ path, as }): Shipment => ({ path, as, replaces: remote.files.get(as)?.id }));
  const failure = await ship(pair, found, { carried, problems });
  if (failure !== undefined) throw failure as Error;
  for (const { path } of plan.conflicts) {
    // Without its copy in the bucket, the next pull must not take the file for one that nobody has changed.
    if (problems.has(path)) continue;
    const here = local.files.get(path);
    base.set(path, { ...base.get(path), local: here?.id, changed: here?.changed, size: here?.size });
  }
  await atOnce(deleting ? plan.gone : [], (path) => remove(pair, found, { path, problems }));
}

/** Uploads, and notes what each has become. What stopped the courier is returned: by then some may have arrived. */
async function ship(
  { dir, door, client, courier, onProgress }: Pair,
  { local, remote, base }: Prospect,
  { carried, problems }: { carried: readonly Shipment[]; problems: Problems },
): Promise<unknown> {
  let landed: ReadonlyMap<string, Landing> = new Map();
  let failure: unknown;
  try {
    landed = await courier.upload(carried, dir, onProgress);
  } catch (error) {
    failure = error;
  }
  const isTold = carried.every(({ path }) => landed.has(path));
  const now = isTold ? remote : await listBucket(client, door.key.bucket);
  for (const { path, as } of carried) {
    const here = local.files.get(path);
    const landing = landed.get(path) ?? landingSeen(here, remote.files.get(as), now.files.get(as));
    if ("problem" in landing) problems.set(path, landing.problem);
    else if (!isAsListed(dir, path, here)) {
      // What has arrived is a version of ours all the same: the next push replaces it, and finds no conflict.
      problems.set(path, "changed here meanwhile");
      if (path === as) base.set(path, { remote: landing.etag });
    } else if (path === as)
      base.set(path, { local: here?.id, remote: landing.etag, changed: here?.changed, size: here?.size });
  }
  return failure;
}

type Seen = Parameters<typeof isSame>[0] | undefined;

/** For a courier that isn't told: whether what the bucket holds now is what was sent. */
function landingSeen(here: Seen, before: Seen, there: Seen): Landing {
  const hasArrived =
    there !== undefined && there.id !== before?.id && here !== undefined && isSame(here, there) !== false;
  return hasArrived ? { etag: there.id } : { problem: "did not arrive as it was here when this began" };
}

async function remove(
  { client, door }: Pair,
  { remote, base }: Prospect,
  { path, problems }: { path: string; problems: Problems },
): Promise<void> {
  const condition = onlyOver(remote.files.get(path)?.id);
  try {
    await client.send(new DeleteObjectCommand({ Bucket: door.key.bucket, Key: path, ...condition }));
    base.delete(path);
  } catch (error) {
    problems.set(path, isOvertaken(error) ? CHANGED_THERE : `was not deleted: ${(error as Error).name}`);
  }
}
