import { setTimeout as sleep } from "node:timers/promises";

import * as z from "zod";

import { TenantryError } from "../../errors/tenantry-error.ts";
import type { ClaimState } from "../../resource-kinds/claim.ts";
import type { Call, Known, Observed, ResourceType, Existing } from "../plugin/resource-type.ts";
import { HalfDone } from "../plugin/resource-type.ts";
import type { Serving } from "../http/serving.ts";
import type { Tags } from "./bucket-calls.ts";
import {
  type BucketSettings,
  creationHeaders,
  patchBetween,
  PRIVATE,
  settingsAfterCreation,
  shownSettings,
} from "./bucket-settings.ts";
import { bucketNamedIn } from "./access-key-names.ts";
import { claimOn, ownerTags } from "./claims.ts";
import type { TigrisClient } from "./client.ts";
import { emptyBucket } from "./emptied-bucket.ts";
import { tigrisErrors } from "./errors.ts";
import { canonicalLocations, locationsInput } from "./locations.ts";

/** Inputs of `tenantry:tigris:Bucket`; docs/resources.md describes each. */
export interface BucketInputs {
  tenant: string;
  name: string;
  locations: string | readonly string[];
  snapshots?: boolean | undefined;
  softDeleteDays?: number | undefined;
  deletionProtection?: boolean | undefined;
  deletable?: boolean | undefined;
  exportedContents?: string | undefined;
  access?: string | undefined;
  claimed?: boolean | undefined;
}

/** A bucket has no state beyond its inputs. */
export type BucketState = Record<string, never>;

export interface BucketTypeOptions {
  /**
   * Milliseconds to wait before an unmarked, empty bucket counts as the remains of our own interrupted create: another
   * creator marks it in the meantime. Default 1500.
   */
  readonly settleMs?: number;
}

/** Rules: tigris-os-docs, docs/buckets/bucket-rules.md. Dots are allowed there, but break TLS on the bucket's own host. */
const BUCKET_NAME = /^(?!xn--)(?!.*-s3alias$)[a-z0-9](?:[a-z0-9-]{1,61})[a-z0-9]$/;
const DEFAULT_SOFT_DELETE_DAYS = 7;
/** Pauses between reads of a new bucket. */
const KNOWN_AFTER_MS = [100, 200, 400, 800, 1500, 3000, 3000, 3000, 3000];
/** Pauses between reads of changed settings: 20 s in all. */
const SHOWN_AFTER_MS = [100, 200, 400, 800, 1500, ...Array<number>(8).fill(2125)];

const bucketInputs = z.strictObject({
  tenant: z
    .string()
    .min(1)
    .describe("The tenant's id, part of the mark on the bucket. Default: the start of the resource's name."),
  name: z
    .string()
    .regex(BUCKET_NAME, "expected 3 to 63 characters a-z, 0-9 and -, starting and ending with a letter or digit")
    .describe("The bucket's name, global at Tigris. Changing it replaces the bucket; its objects are not moved."),
  locations: locationsInput
    .default("global")
    .describe("Location of the data: global, usa, eur, or one or two region codes. Default global. Changed in place."),
  snapshots: z
    .boolean()
    .default(false)
    .describe("Whether snapshots can be taken. Default false. Changed in place where Tigris allows it."),
  softDeleteDays: z
    .int()
    .refine((days) => days === 0 || (days >= 7 && days <= 90), "expected 0 (off) or 7 to 90 days")
    .default(DEFAULT_SOFT_DELETE_DAYS)
    .describe(
      "Days that a deleted object, or the deleted bucket, can be restored; 0 is off. Default 7. Changed in place.",
    ),
  deletionProtection: z
    .boolean()
    .default(false)
    .describe(
      "Whether Tigris refuses to delete the bucket. It costs one more call at creation, and Tigris recommends soft delete. Default false. Changed in place.",
    ),
  deletable: z
    .boolean()
    .optional()
    .describe(
      "Whether the bucket may be deleted when it is empty. Set it to true and apply it before the deletion. Default false. Changed in place, without a change at Tigris.",
    ),
  exportedContents: z
    .string()
    .regex(/^[0-9a-f]{64}$/, "expected 64 hex digits in lower case")
    .optional()
    .describe(
      "Digest of the objects in the tenant's export (`contents` of its manifest). With it and with deletable, a deletion first empties the bucket, if it contains exactly these objects. Without it, only an empty bucket is deleted. Changed in place, without a change at Tigris.",
    ),
  access: z
    .literal(PRIVATE)
    .default(PRIVATE)
    .describe("Set by the provider; do not set it. Always private. Another value shows that the bucket was opened."),
  claimed: z
    .literal(true)
    .default(true)
    .describe("Set by the provider; do not set it. False shows that the bucket lost this tenant's mark."),
});

/**
 * `tenantry:tigris:Bucket`: a private bucket with the owner's mark on it. Its id is its name. The bucket is the tenant's
 * claim: the tenant's other resources are adopted only under this mark. It is never deleted by force, and a deletion empties
 * it only of what the tenant's export lists.
 *
 * Source: @tigrisdata/storage 3.21 (bucket/create.ts, info.ts, update.ts, remove.ts); S3's bucket tags for the mark.
 */
export function bucketType(
  client: TigrisClient,
  { settleMs = 1500 }: BucketTypeOptions = {},
): ResourceType<BucketInputs, BucketState> {
  return {
    token: "tenantry:tigris:Bucket",
    inputs: bucketInputs,
    replaceOn: ["name"],
    outputs: [],
    create: (inputs, call) => create(client, inputs, call, settleMs),
    read: (id, known, call) => read(client, id, known, call),
    update: (id, _known, news, call) => update(client, id, news, call),
    delete: (id, known, call) => remove(client, id, known, call),
  };
}

/** What an operation on one bucket works with. */
interface Work {
  readonly client: TigrisClient;
  readonly name: string;
  readonly tenant: string;
  readonly call: Call;
  readonly serving: Serving;
}

function workOn(client: TigrisClient, name: string, tenant: string, call: Call): Work {
  return { client, name, tenant, call, serving: { tenant, signal: call.signal } };
}

async function create(
  client: TigrisClient,
  inputs: BucketInputs,
  call: Call,
  settleMs: number,
): Promise<Existing<BucketState>> {
  const work = workOn(client, inputs.name, inputs.tenant, call);
  const wanted = settingsOf(inputs);
  const existing = { id: inputs.name, state: {} };
  const made = await client.buckets.create(inputs.name, creationHeaders(wanted), work.serving);
  // S3 answers 200 to its owner's second CreateBucket in one of its regions, and Tigris does not say what it answers: an
  // existing mark must not be overwritten.
  const isNew = made === "made" && (await claimOnceKnown(work)).held === "by-nobody";
  const [tags, live] = isNew ? [{}, settingsAfterCreation(wanted)] : await adopt(work, settleMs);
  try {
    await bring(work, tags, live, wanted);
  } catch (error) {
    throw error instanceof Error ? new HalfDone(existing, error) : error;
  }
  return existing;
}

/**
 * Decides whether an existing bucket with the name may be ours, and returns its tags and settings if so.
 *
 * An unmarked and empty bucket of our own organisation counts as the remains of a create that was interrupted between its two
 * calls: adopting it loses nothing, and a refusal would require a manual clean-up after every such crash. A bucket with keys
 * had a mark that somebody removed: adopting it would also adopt its owner's other resources.
 */
async function adopt(work: Work, settleMs: number): Promise<[Tags, BucketSettings]> {
  const { client, name, call, serving } = work;
  let claim = await claimOf(work);
  if (claim.held === "by-nobody") {
    if (!(await client.buckets.isEmpty(name, serving))) {
      throw nameTaken(work, "a bucket of your own organisation holds it, unmarked and with objects in it");
    }
    await sleep(settleMs, undefined, { signal: call.signal });
    claim = await claimOf(work);
    if (claim.held === "by-nobody") {
      if (await hasKeys(work)) {
        throw nameTaken(work, "a bucket of your own organisation holds it, unmarked and with a key's policy for it");
      }
      call.log("warning", `bucket ${name} was unmarked and empty, as after an interrupted run: it is adopted`);
    }
  }
  if (claim.held === "gone") {
    throw new TenantryError(tigrisErrors.TIGRIS_NAME_RESERVED, `the name ${name} is not free, but no bucket has it`, {
      resource: `bucket ${name}`,
      tenant: work.tenant,
      call: "CreateBucket",
    });
  }
  if (claim.held === "by-other") throw nameTaken(work, `${claim.who} seems to hold it`);
  return [claim.tags, await currentSettings(work)];
}

/** Whether a key was made for it: that comes after the mark. */
async function hasKeys({ client, name, serving }: Work): Promise<boolean> {
  const policies = await client.iam.policies(serving);
  return policies.some((policy) => bucketNamedIn(policy.name) === name);
}

async function read(
  client: TigrisClient,
  id: string,
  known: Known<BucketInputs, BucketState> | undefined,
  call: Call,
): Promise<Observed<BucketInputs, BucketState> | undefined> {
  const tenant = known?.inputs.tenant ?? tenantOf(call);
  const found = await lookAt(workOn(client, id, tenant, call));
  if (found === undefined) return undefined;
  if (known === undefined && found.claim.held === "by-other") {
    call.log(
      "warning",
      `bucket ${id} carries the mark of ${found.claim.who}; every \`up\` refuses it until the mark is removed`,
    );
  }
  const { deletable, exportedContents } = known?.inputs ?? {};
  const kept = {
    ...(deletable === undefined ? {} : { deletable }),
    ...(exportedContents === undefined ? {} : { exportedContents }),
  };
  return { id, state: {}, inputs: { tenant, name: id, ...kept, ...found.live, claimed: found.claim.held === "by-us" } };
}

async function update(client: TigrisClient, id: string, news: BucketInputs, call: Call): Promise<BucketState> {
  const work = workOn(client, id, news.tenant, call);
  const found = await lookAt(work);
  if (found === undefined) throw gone(work);
  if (found.claim.held === "by-other") throw notOurs(work, `${found.claim.who} seems to hold it`);
  await bring(work, found.tags, found.live, settingsOf(news));
  return {};
}

async function remove(
  client: TigrisClient,
  id: string,
  { inputs: { tenant, deletable, exportedContents } }: Known<BucketInputs, BucketState>,
  call: Call,
): Promise<void> {
  const work = workOn(client, id, tenant, call);
  const context = { resource: `bucket ${id}`, tenant, call: "DeleteBucket" };
  const found = await lookAt(work);
  if (found === undefined) return;
  if (found.claim.held === "by-other") throw notOurs(work, `not deleted: ${found.claim.who} seems to hold it`);
  // One flag turns off the engine's own protection, and soft-deleted files are not visible.
  if (deletable !== true) {
    const what = `bucket ${id} is kept: no file declares its deletion`;
    throw new TenantryError(tigrisErrors.TIGRIS_DELETE_PROTECTED, what, context);
  }
  // Tigris does not document that it enforces the protection, so it is enforced here.
  if (found.live.deletionProtection) {
    throw new TenantryError(tigrisErrors.TIGRIS_DELETE_PROTECTED, `bucket ${id} is protected`, context);
  }
  if (exportedContents !== undefined) {
    const { tags, live } = found;
    const about = { client, name: id, keepsVersions: live.snapshots, exported: exportedContents, tags };
    await emptyBucket({ ...about, serving: work.serving }, call);
  }
  if ((await client.buckets.remove(id, work.serving)) === "not-empty") {
    throw new TenantryError(tigrisErrors.TIGRIS_BUCKET_NOT_EMPTY, `bucket ${id} still holds objects`, context);
  }
}

/** What is set on a bucket that the state file knows. Undefined when it is gone. */
async function lookAt(work: Work): Promise<{ claim: ClaimState; tags: Tags; live: BucketSettings } | undefined> {
  const { client, name, tenant, call, serving } = work;
  const [found, metadata] = await Promise.all([
    client.buckets.tags(name, serving),
    // The tags decide: S3 defines its answers for a bucket that does not exist or is not ours.
    client.buckets.metadata(name, serving).catch((error: unknown) => ({ failed: error })),
  ]);
  if ("gone" in found) return undefined;
  if ("foreign" in found) throw notOurs(work, "it belongs to another organisation at Tigris", found.refusal);
  if (metadata === undefined) throw gone(work);
  if ("failed" in metadata) throw metadata.failed;
  return { claim: claimOn(found, call.owner(tenant)), tags: found.tags, live: shownSettings(metadata) };
}

/** Marks the bucket where it is unmarked, and changes what differs. */
async function bring(work: Work, tags: Tags, live: BucketSettings, wanted: BucketSettings): Promise<void> {
  const { client, name, serving } = work;
  const mine = ownerTags(work.call.owner(work.tenant));
  const isMarked = Object.entries(mine).every(([key, value]) => tags[key] === value);
  const patch = patchBetween(live, wanted);
  await Promise.all([
    isMarked ? undefined : client.buckets.tag(name, { ...tags, ...mine }, serving),
    patch === undefined ? undefined : client.buckets.patch(name, patch, serving),
  ]);
  if (patch !== undefined) await untilShown(work, wanted);
}

/**
 * Waits until Tigris shows the new settings: they are eventually consistent, and a refresh or another change right after this
 * one would use the old ones. The delay is not documented; Tigris' own tests retry for up to 20 s.
 */
async function untilShown(work: Work, wanted: BucketSettings): Promise<void> {
  const { client, name, call, serving } = work;
  for (const pause of SHOWN_AFTER_MS) {
    const metadata = await client.buckets.metadata(name, serving);
    if (metadata !== undefined && patchBetween(shownSettings(metadata), wanted) === undefined) return;
    await sleep(pause, undefined, { signal: call.signal });
  }
  call.log("warning", `bucket ${name}: Tigris accepted a change of its settings and still shows the old ones`);
}

/** The claim on the bucket, read live, with the tags that are beside the mark. */
async function claimOf({ client, name, tenant, call, serving }: Work) {
  const found = await client.buckets.tags(name, serving);
  return { ...claimOn(found, call.owner(tenant)), tags: "tags" in found ? found.tags : {} };
}

/** The claim on a new bucket, which Tigris may not know everywhere yet: 15 s at most. */
async function claimOnceKnown(work: Work) {
  for (const pause of KNOWN_AFTER_MS) {
    const claim = await claimOf(work);
    if (claim.held !== "gone") return claim;
    await sleep(pause, undefined, { signal: work.call.signal });
  }
  return claimOf(work);
}

async function currentSettings(work: Work): Promise<BucketSettings> {
  const metadata = await work.client.buckets.metadata(work.name, work.serving);
  if (metadata === undefined) throw gone(work);
  return shownSettings(metadata);
}

function settingsOf(inputs: BucketInputs): BucketSettings {
  const { locations, snapshots, softDeleteDays, deletionProtection } = inputs;
  return {
    locations: canonicalLocations(locations) ?? "global",
    snapshots: snapshots ?? false,
    softDeleteDays: softDeleteDays ?? DEFAULT_SOFT_DELETE_DAYS,
    deletionProtection: deletionProtection ?? false,
    access: PRIVATE,
  };
}

/** Resources of a tenant carry its id as their name, or as its first part; an import tells nothing else. */
function tenantOf({ name }: Call): string {
  return name.split("/")[0] ?? name;
}

function nameTaken({ name, tenant, call }: Work, who: string): TenantryError {
  const next =
    `Choose another \`tenantry:prefix\` or tenant id. If the bucket is meant to be this tenant's: remove its tag ` +
    `tenantry-owner, if it has one, and take it over on purpose with\n    ${call.importLine(name)}`;
  return new TenantryError(tigrisErrors.TIGRIS_NAME_TAKEN, `the name ${name} is taken: ${who}`, {
    resource: `bucket ${name}`,
    tenant,
    call: "CreateBucket",
    next,
  });
}

function notOurs({ name, tenant }: Work, why: string, cause?: Error): TenantryError {
  const context = { resource: `bucket ${name}`, tenant, ...(cause === undefined ? {} : { cause }) };
  return new TenantryError(tigrisErrors.TIGRIS_NOT_OURS, why, context);
}

function gone({ name, tenant }: Work): TenantryError {
  return new TenantryError(tigrisErrors.TIGRIS_BUCKET_GONE, `there is no bucket ${name}`, {
    resource: `bucket ${name}`,
    tenant,
  });
}
