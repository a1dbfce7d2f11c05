import { visibleBucket } from "./bucket-lookup.ts";
import type { Bucket } from "./buckets.ts";
import { callerOf, demand } from "./caller.ts";
import type { Call } from "./call.ts";
import { forkInfo, forksOf } from "./forks.ts";
import type { Gateway } from "./gateway.ts";
import { jsonAnswer } from "./s3-answer.ts";
import type { S3Target } from "./s3-operation.ts";

/**
 * `GET /<bucket>?metadata[&with-size=true]`, as @tigrisdata/storage (bucket/info.ts) and the Terraform provider
 * (internal/types) read it. For every key that may list the bucket. The size is counted, where Tigris estimates it.
 */
export async function getBucketMetadata(
  gateway: Gateway,
  call: Call,
  target: S3Target,
  name: string,
): Promise<Response> {
  const caller = await callerOf(gateway, call);
  const bucket = visibleBucket(gateway, name);
  await demand(gateway, caller, "s3:ListBucket", name);
  const size = target.query.get("with-size") === "true" ? await sizeOf(gateway, name, bucket) : {};
  return jsonAnswer({
    name,
    created_at: bucket.createdAt,
    ...shownSettings(bucket, gateway.clock()),
    ForkInfo: forkInfo(gateway, name),
    ...size,
  });
}

/** The settings as they are seen at that moment. */
export function shownSettings({ settings, before }: Bucket, now: Date): Bucket["settings"] {
  return before !== undefined && now.toISOString() < before.until ? before.settings : settings;
}

/** Headers that HeadBucket answers beside those of S3. */
export function headHeaders(gateway: Gateway, name: string, { settings, fork }: Bucket): Record<string, string> {
  return {
    ...(settings.type === 1 ? { "X-Tigris-Enable-Snapshot": "true" } : {}),
    ...(forksOf(gateway, name).length > 0 ? { "X-Tigris-Is-Fork-Parent": "true" } : {}),
    ...(fork === undefined
      ? {}
      : { "X-Tigris-Fork-Source-Bucket": fork.source, "X-Tigris-Fork-Source-Bucket-Snapshot": fork.snapshot }),
  };
}

async function sizeOf({ engine }: Gateway, name: string, { settings }: Bucket) {
  const { objects, bytes } = await engine.size(name);
  return {
    estimated_unique_rows: objects,
    estimated_rows: objects,
    estimated_size: bytes,
    tier_sizes: { [settings.storage_class]: bytes },
  };
}
