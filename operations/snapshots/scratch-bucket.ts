import { TenantryError } from "../../errors/tenantry-error.ts";
import { ownerTags } from "../../provider/tigris/claims.ts";
import type { TigrisClient } from "../../provider/tigris/client.ts";
import { forkHeaders } from "../../provider/tigris/snapshot-calls.ts";
import type { Serving } from "../../provider/http/serving.ts";
import type { Owner } from "../../resource-kinds/claim.ts";
import { copyName } from "../handover/passing-copy.ts";
import type { Cut } from "../history/entry.ts";
import { snapshotErrors } from "./errors.ts";

/** Ends the names of what is restored for a test. No tenant is called so: an id holds no two dashes in a row. */
export const SCRATCH_MARK = "--verify";
/** On the bucket: of which one it is a copy for a test. */
const TAG = "tenantry-scratch";
/** S3's most for the name of a bucket. */
const LONGEST_NAME = 63;
/** S3's most for one call. */
const AT_ONCE = 1000;

/** What is forked, and for whom. */
export interface ScratchWish {
  readonly tigris: TigrisClient;
  readonly cut: Pick<Cut, "bucket" | "version">;
  readonly owner: Owner;
}

/**
 * Lets `read` look at a bucket as it was at a cut: a fork of its own, to which nobody gets a key, and which is emptied and deleted
 * afterwards, also when the work was broken off. What a run that was killed has left is deleted first. Throws
 * VERIFY_SCRATCH_TAKEN, VERIFY_SCRATCH_LEFT.
 */
export async function withScratchBucket<Result>(
  { tigris: { buckets }, cut, owner }: ScratchWish,
  serving: Serving & { readonly signal: AbortSignal },
  read: (bucket: string) => Promise<Result>,
): Promise<Result> {
  const name = copyName(cut.bucket, LONGEST_NAME, SCRATCH_MARK);
  const scratch = { buckets, name, source: cut.bucket };
  await removeScratch(scratch, serving);
  try {
    await buckets.create(name, forkHeaders(cut.bucket, cut.version), serving);
    await buckets.tag(name, { ...ownerTags(owner), [TAG]: cut.bucket }, serving);
    return await read(name);
  } finally {
    await removeScratch(scratch, { tenant: owner.tenant });
  }
}

interface Scratch {
  readonly buckets: TigrisClient["buckets"];
  readonly name: string;
  readonly source: string;
}

/** Deletes a scratch bucket, if there is one. What is not marked as one, and is no fork of the tenant's bucket, stays. */
async function removeScratch({ buckets, name, source }: Scratch, serving: Serving): Promise<void> {
  const found = await buckets.tags(name, serving);
  if ("gone" in found) return;
  // A run that was killed between two calls leaves a fork without a mark.
  const isMarked = "tags" in found && (Object.keys(found.tags).length === 0 || found.tags[TAG] === source);
  if (!isMarked || (await buckets.forkOf(name, serving)) !== source)
    throw new TenantryError(snapshotErrors.VERIFY_SCRATCH_TAKEN, `bucket ${name}`, serving);
  for await (const page of buckets.inventory(name, { keepsVersions: true }, serving))
    for (let from = 0; from < page.length; from += AT_ONCE)
      await buckets.removeStored(name, page.slice(from, from + AT_ONCE), serving);
  if ((await buckets.remove(name, serving)) === "not-empty")
    throw new TenantryError(snapshotErrors.VERIFY_SCRATCH_LEFT, `bucket ${name}`, serving);
}
