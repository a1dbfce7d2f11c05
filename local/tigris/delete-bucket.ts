import { refuseForeign } from "./bucket-lookup.ts";
import type { Bucket } from "./buckets.ts";
import { callerOf, demand } from "./caller.ts";
import type { Call } from "./call.ts";
import { forksOf } from "./forks.ts";
import type { Gateway } from "./gateway.ts";
import { Refusal } from "./refusal.ts";
import { emptyAnswer } from "./s3-answer.ts";
import type { S3Target } from "./s3-operation.ts";
import { forget, settle, wipe } from "./settlement.ts";

const FORCE = ["tigris-force-delete", "x-tigris-force-delete"];

/**
 * DeleteBucket. A bucket with objects needs `Tigris-Force-Delete`; one with soft delete is only hidden and keeps its name until
 * its retention is over or `X-Tigris-Force-Hard-Delete` comes. `protection.protected` is kept but not enforced: Tigris does
 * not document that it is. Soft delete of single objects is not emulated: what is deleted in a bucket is gone.
 */
export function deleteBucket(gateway: Gateway, call: Call, target: S3Target, name: string): Promise<Response> {
  // The JavaScript SDK writes it the first way, the one for Python the second.
  const isForced = FORCE.some((name) => target.header(name) === "true");
  const isHard = target.header("x-tigris-force-hard-delete") === "true";
  return gateway.turns.run(name, async () => {
    refuseForeign(gateway, name);
    await settle(gateway, name);
    const bucket = gateway.buckets.get(name);
    if (bucket === undefined) return gateway.forwarding.ask(call.env.incoming, await call.req.text());
    const forks = forksOf(gateway, name);
    const isLeft = gateway.switches.read("versionsHold") || bucket.settings.type !== 1;
    if (bucket.deleted === undefined && !isForced && !isSoft(bucket) && forks.length === 0 && isLeft)
      return leaveToEngine(gateway, call, name, bucket);

    await demand(gateway, await callerOf(gateway, call), "s3:DeleteBucket", name);
    // Its code is not documented.
    if (forks.length > 0) throw new Refusal(409, "BucketHasForks", `The bucket has forks: ${forks.join(", ")}.`);
    if (bucket.deleted !== undefined) {
      // As @tigrisdata/storage has it: a plain DeleteBucket on a soft-deleted bucket does nothing.
      if (isHard) await wipe(gateway, name);
    } else {
      await removeLive(gateway, name, bucket, isForced);
    }
    return emptyAnswer(204);
  });
}

async function leaveToEngine(gateway: Gateway, call: Call, name: string, bucket: Bucket): Promise<Response> {
  gateway.buckets.put(name, { ...bucket, unsettled: true });
  const answer = await gateway.forwarding.ask(call.env.incoming, await call.req.text());
  if (answer.ok) forget(gateway, name);
  else gateway.buckets.put(name, bucket);
  return answer;
}

async function removeLive(gateway: Gateway, name: string, bucket: Bucket, isForced: boolean): Promise<void> {
  if (!isForced && !(await gateway.engine.isEmpty(name))) {
    throw new Refusal(409, "BucketNotEmpty", "The bucket you tried to delete is not empty.");
  }
  if (!isForced && gateway.switches.read("versionsHold") && !(await gateway.engine.hasNoVersions(name)))
    throw new Refusal(409, "BucketNotEmpty", "You must delete all versions in the bucket.");
  if (isSoft(bucket)) {
    const retentionDays = bucket.settings.soft_delete?.retention_days ?? 0;
    gateway.buckets.put(name, { ...bucket, deleted: { at: gateway.clock().toISOString(), retentionDays } });
  } else {
    await wipe(gateway, name);
  }
}

function isSoft({ settings }: Bucket): boolean {
  return settings.soft_delete?.enabled === true;
}
