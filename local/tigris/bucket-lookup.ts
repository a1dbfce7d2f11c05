import { type Bucket, isLive } from "./buckets.ts";
import type { Gateway } from "./gateway.ts";
import { Refusal } from "./refusal.ts";

/** The bucket of that name as callers see it. Throws a Refusal when it is another organisation's or not there. */
export function visibleBucket(gateway: Gateway, name: string): Bucket {
  const bucket = gateway.buckets.get(name);
  refuseForeign(gateway, name);
  if (!isLive(bucket)) throw noSuchBucket();
  return bucket;
}

/** Throws a Refusal when the name is another organisation's. */
export function refuseForeign(gateway: Gateway, name: string): void {
  if (gateway.foreign.get(name) !== undefined) throw new Refusal(403, "AccessDenied", "Access Denied.");
}

export function noSuchBucket(): Refusal {
  return new Refusal(404, "NoSuchBucket", "The specified bucket does not exist.");
}
