import type { SwitchBoard } from "../switches.ts";
import type { Bucket } from "./buckets.ts";
import type { Call } from "./call.ts";
import type { Records } from "./records.ts";
import { Refusal } from "./refusal.ts";
import type { S3Target } from "./s3-operation.ts";
import type { switches } from "./switches.ts";

/** Whether what is written to a bucket may be seen late elsewhere. Source: tigris-os-docs, docs/buckets/locations.md. */
export function isEventual({ settings }: Bucket): boolean {
  const { object_regions: regions } = settings;
  return regions === "" || regions === "global" || regions.includes(",");
}

const WRITES = new Set(["PutObject", "CopyObject", "CompleteMultipartUpload", "PutBucketTagging"]);
const READS: Readonly<Record<string, () => Refusal>> = {
  GetObject: () => new Refusal(404, "NoSuchKey", "The specified key does not exist."),
  HeadObject: () => new Refusal(404, "NoSuchKey", "The specified key does not exist."),
  GetBucketTagging: () => new Refusal(404, "NoSuchTagSet", "The TagSet does not exist."),
};

interface Parts extends Pick<Records, "buckets"> {
  readonly switches: SwitchBoard<typeof switches>;
  readonly clock: () => Date;
}

/**
 * Reads of a bucket that is global or in two regions as another region answers them, while `staleReadsMs` is set: an object or
 * a tag that was written a moment ago is not there yet, unless the request asks with `X-Tigris-Consistent`. Lists, and what was
 * written over, are always shown as they are.
 */
export class Staleness {
  readonly #written = new Map<string, number>();

  /** Notes a write, and throws a Refusal for a read that comes too early. */
  meet(gateway: Parts, call: Call, { bucket = "", key = "" }: S3Target, operation: string): void {
    const lag = gateway.switches.read("staleReadsMs");
    if (lag === 0) return;
    const record = gateway.buckets.get(bucket);
    if (record === undefined || !isEventual(record)) return;
    const [what, now] = [`${bucket}/${key}`, gateway.clock().getTime()];
    if (WRITES.has(operation)) this.#written.set(what, now);
    const refusal = READS[operation];
    const at = this.#written.get(what);
    if (refusal === undefined || at === undefined || call.req.header("x-tigris-consistent") === "true") return;
    if (now - at < lag) throw refusal();
    this.#written.delete(what);
  }
}
