import { callerOf, demand } from "./caller.ts";
import type { Call } from "./call.ts";
import type { Gateway } from "./gateway.ts";
import { xmlAnswer } from "./s3-answer.ts";
import type { S3Target } from "./s3-operation.ts";

/** By operation: how S3 calls the list. */
const LISTS: Readonly<Record<string, string>> = {
  ListObjectsV2: "ListBucketResult",
  ListObjectVersions: "ListVersionsResult",
};

/** Whether a list is to be of what soft delete keeps, in the place of what is there (@tigrisdata/storage, `list` with `deleted`). */
export function isOfDeleted(target: S3Target, operation: string): boolean {
  return Object.hasOwn(LISTS, operation) && target.header("x-tigris-soft-delete") === "true";
}

/** What soft delete keeps of a bucket's objects: nothing, for a deleted object is gone here (delete-bucket.ts). */
export async function listDeleted(gateway: Gateway, call: Call, bucket: string, operation: string): Promise<Response> {
  await demand(gateway, await callerOf(gateway, call), "s3:ListBucket", bucket);
  return xmlAnswer(LISTS[operation] ?? "", { Name: bucket, KeyCount: 0, IsTruncated: false });
}
