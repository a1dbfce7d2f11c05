import { DeleteObjectCommand } from "@aws-sdk/client-s3";

import { atOnce } from "./at-once.ts";
import { listBucket } from "./bucket-listing.ts";
import type { Pair, Problems, Prospect } from "./sync.ts";
import { isSame } from "./version.ts";

/** Brings the folder's files into the bucket, and looks there afterwards whether each has arrived. */
export async function push(
  { dir, door, client, courier, onProgress }: Pair,
  { plan, local, remote, base }: Prospect,
  { deleting, problems }: { deleting: boolean; problems: Problems },
): Promise<void> {
  const carried = [...plan.created, ...plan.updated, ...plan.conflicts].filter(
    ({ path, as }) => path === as || !remote.files.has(as),
  );
  const failure: unknown = await courier.upload(carried, dir, onProgress).then(
    () => undefined,
    (error: unknown) => error,
  );
  const now = carried.length === 0 ? remote : await listBucket(client, door.key.bucket);
  for (const { path, as } of carried) {
    const [here, before, there] = [local.files.get(path), remote.files.get(as), now.files.get(as)];
    const hasArrived =
      there !== undefined && there.id !== before?.id && here !== undefined && isSame(here, there) !== false;
    if (!hasArrived) problems.set(path, "did not arrive as it was here when this began");
    else if (path === as) base.set(path, { local: here.id, remote: there.id, changed: here.changed, size: here.size });
  }
  if (failure !== undefined) throw failure as Error;
  for (const { path } of plan.conflicts) {
    const here = local.files.get(path);
    base.set(path, { ...base.get(path), local: here?.id, changed: here?.changed, size: here?.size });
  }
  await atOnce(deleting ? plan.gone : [], async (path) => {
    const deleted = client.send(new DeleteObjectCommand({ Bucket: door.key.bucket, Key: path }));
    await deleted.then(
      () => base.delete(path),
      (error: unknown) => problems.set(path, `was not deleted: ${(error as Error).name}`),
    );
  });
}
