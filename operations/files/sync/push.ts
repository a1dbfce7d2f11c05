import { DeleteObjectCommand } from "@aws-sdk/client-s3";

import { atOnce } from "./at-once.ts";
import { CHANGED_THERE, isOvertaken, onlyOver } from "./conditions.ts";
import { isAsListed } from "./folder-listing.ts";
import type { Pair, PlannedSync, Problems } from "./planned-sync.ts";
import type { Transfer } from "./sync-plan.ts";
import type { Upload, UploadResult } from "./transfer-engine.ts";

/** Brings the folder's files into the bucket, and knows afterwards of each whether it has arrived. */
export async function push(
  pair: Pair,
  found: PlannedSync,
  { deleting, problems }: { deleting: boolean; problems: Problems },
): Promise<void> {
  const { plan, remote } = found;
  const transfers = [...plan.created, ...plan.updated, ...plan.conflicts];
  // A copy of a conflict that is there already: both versions are.
  const isThere = ({ path, as }: Transfer) => path !== as && remote.files.has(as);
  const uploads = transfers
    .filter((each) => !isThere(each))
    .map(({ path, as }): Upload => ({ path, as, replaces: remote.files.get(as)?.id }));
  const results = await pair.engine.upload(uploads, pair.dir, pair.onProgress);
  for (const each of transfers)
    note(pair, found, each, { problems, result: isThere(each) ? "there" : results.get(each.path) });
  await atOnce(deleting ? plan.gone : [], (path) => remove(pair, found, { path, problems }));
}

/** Remembers what has arrived, and names what has not. */
function note(
  { dir }: Pair,
  { local, base }: PlannedSync,
  { path, as }: Transfer,
  { problems, result }: { problems: Problems; result: UploadResult | "there" | undefined },
): void {
  const here = local.files.get(path);
  const seen = { local: here?.id, changed: here?.changed, size: here?.size };
  if (result === undefined) problems.set(path, "was not uploaded");
  else if (result !== "there" && "problem" in result) problems.set(path, result.problem);
  else if (!isAsListed(dir, path, here)) {
    problems.set(path, "changed here meanwhile");
    // The uploaded version is still ours: the next push replaces it without a conflict.
    if (path === as && result !== "there") base.set(path, { remote: result.etag });
  } else if (path !== as) base.set(path, { ...base.get(path), ...seen });
  else if (result !== "there") base.set(path, { ...seen, remote: result.etag });
}

async function remove(
  { client, access }: Pair,
  { remote, base }: PlannedSync,
  { path, problems }: { path: string; problems: Problems },
): Promise<void> {
  const condition = onlyOver(remote.files.get(path)?.id);
  try {
    await client.send(new DeleteObjectCommand({ Bucket: access.key.bucket, Key: path, ...condition }));
    base.delete(path);
  } catch (error) {
    problems.set(path, isOvertaken(error) ? CHANGED_THERE : `was not deleted: ${(error as Error).name}`);
  }
}
