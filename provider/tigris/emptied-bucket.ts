import { TenantryError } from "../../errors/tenantry-error.ts";
import { printable } from "../../output/printable.ts";
import type { Call } from "../plugin/resource-type.ts";
import type { Serving } from "../http/serving.ts";
import type { Tags } from "./bucket-calls.ts";
import { ContentsDigest, type Stored } from "./bucket-inventory.ts";
import type { TigrisClient } from "./client.ts";
import { tigrisErrors } from "./errors.ts";
import { counted } from "../../output/counted.ts";

/** The bucket to empty, and the data to check that it holds what was exported. */
export interface Emptying {
  readonly client: TigrisClient;
  readonly name: string;
  readonly keepsVersions: boolean;
  /** Digest of what the tenant's export lists (bucket-inventory.ts). */
  readonly exported: string;
  /** The bucket's tags: an interrupted emptying has left its mark there. */
  readonly tags: Tags;
  readonly serving: Serving;
}

/** On a bucket that is being emptied: the digest, and when the newest of what it held was written, in milliseconds. */
const MARK = "tenantry-emptying";
/** S3's most for one call. */
const AT_ONCE = 1000;

/**
 * Deletes everything in a bucket, if that is exactly what the export lists, and nothing otherwise. It marks the checked
 * contents on the bucket before it deletes the first object, so that the next run can continue after a kill; any later write
 * stops that run too. Throws TIGRIS_CONTENTS_CHANGED.
 */
export async function emptyBucket(emptying: Emptying, call: Pick<Call, "log">): Promise<void> {
  const { client, name, exported, tags, serving } = emptying;
  const begun = markOf(tags, exported);
  const newest = begun ?? (await newestOfExported(emptying));
  if (newest === undefined) return;
  if (begun === undefined) await client.buckets.tag(name, { ...tags, [MARK]: `${exported}.${newest}` }, serving);
  const count = await removeAll(emptying, newest);
  call.log(
    "info",
    `bucket ${name}: ${counted(count, "object or version", "objects and versions")} deleted, all of them in the export`,
  );
}

async function removeAll(emptying: Emptying, newest: number): Promise<number> {
  const { client, name, serving } = emptying;
  let count = 0;
  for await (const page of client.buckets.inventory(name, emptying, serving)) {
    refuseNewer(emptying, page, newest);
    for (let from = 0; from < page.length; from += AT_ONCE)
      await client.buckets.removeStored(name, page.slice(from, from + AT_ONCE), serving);
    count += page.length;
  }
  return count;
}

/** Throws TIGRIS_CONTENTS_CHANGED where `emptyBucket` would, and changes nothing. */
export async function refuseChanged(emptying: Emptying): Promise<void> {
  const { client, name, exported, tags, serving } = emptying;
  const begun = markOf(tags, exported);
  if (begun === undefined) await newestOfExported(emptying);
  else for await (const page of client.buckets.inventory(name, emptying, serving)) refuseNewer(emptying, page, begun);
}

/** S3 does not show when an overwritten version was written; the version that overwrote it is always newer. */
function refuseNewer(emptying: Emptying, page: readonly Stored[], newest: number): void {
  const newer = page.find(({ kind, at }) => (kind === "object" || kind === "upload") && at > newest);
  if (newer !== undefined) throw changed(emptying, `${wordsOf(newer)} was written after the emptying began`);
}

function markOf(tags: Tags, exported: string): number | undefined {
  const [digest, newest] = (tags[MARK] ?? "").split(".");
  return digest === exported && /^\d+$/.test(newest ?? "") ? Number(newest) : undefined;
}

/** Throws TIGRIS_CONTENTS_CHANGED. Undefined: it holds nothing, as the export says. */
async function newestOfExported(emptying: Emptying): Promise<number | undefined> {
  const { client, name, exported, serving } = emptying;
  const digest = new ContentsDigest();
  let newest: Stored | undefined;
  let count = 0;
  for await (const page of client.buckets.inventory(name, emptying, serving)) {
    for (const stored of page) {
      digest.add(stored);
      if (newest === undefined || stored.at > newest.at) newest = stored;
    }
    count += page.length;
  }
  if (newest === undefined) return undefined;
  if (digest.hex() === exported) return newest.at;
  const when = new Date(newest.at).toISOString();
  throw changed(
    emptying,
    `it holds ${counted(count, "object or version", "objects and versions")}; the newest is ${wordsOf(newest)} of ${when}`,
  );
}

function wordsOf({ kind, key }: Stored): string {
  return kind === "object" ? printable(key) : `${kind} of ${printable(key)}`;
}

function changed({ name, serving: { tenant } }: Emptying, what: string): TenantryError {
  const words = `bucket ${name} does not hold what the export lists: ${what}`;
  return new TenantryError(tigrisErrors.TIGRIS_CONTENTS_CHANGED, words, {
    resource: `bucket ${name}`,
    tenant,
    call: "DeleteBucket",
  });
}
