import type { BucketMetadata, BucketPatch } from "./bucket-calls.ts";
import { shownLocations, wireLocations } from "./locations.ts";

/** The declared settings of a bucket, in the form in which they are stored and compared. */
export interface BucketSettings {
  /** Canonical: `global`, `usa`, `eur`, `fra`, `fra,iad`. */
  readonly locations: string;
  readonly snapshots: boolean;
  /** Days; 0 is off. */
  readonly softDeleteDays: number;
  readonly deletionProtection: boolean;
  /** `private`, or what opens the bucket. */
  readonly access: string;
}

export const PRIVATE = "private";
/** Tigris' own when soft delete is on and no number is shown. Source: tigris-os-docs, docs/buckets/soft-delete.md. */
const DEFAULT_RETENTION_DAYS = 7;
const CLOSED = { "X-Amz-Acl": "private", "X-Amz-Acl-Public-List-Objects-Enabled": "false" };

/** CreateBucket's headers. Source: @tigrisdata/storage, bucket/create.ts; soft delete: tigris-os-docs, docs/buckets/soft-delete.md. */
export function creationHeaders(settings: BucketSettings): Record<string, string> {
  const regions = wireLocations(settings.locations);
  return {
    ...CLOSED,
    ...(regions === "" ? {} : { "X-Tigris-Regions": regions }),
    ...(settings.snapshots ? { "X-Tigris-Enable-Snapshot": "true" } : {}),
    ...(settings.softDeleteDays === 0 ? {} : { "X-Tigris-Soft-Delete": String(settings.softDeleteDays) }),
  };
}

/** What is set right after CreateBucket: no header sets the deletion protection. */
export function settingsAfterCreation(settings: BucketSettings): BucketSettings {
  return { ...settings, deletionProtection: false };
}

/** What Tigris shows, as settings. */
export function shownSettings(metadata: BucketMetadata): BucketSettings {
  const { soft_delete: softDelete, protection } = metadata;
  return {
    locations: shownLocations(metadata.object_regions),
    snapshots: metadata.type === 1,
    softDeleteDays: softDelete?.enabled === true ? (softDelete.retention_days ?? DEFAULT_RETENTION_DAYS) : 0,
    deletionProtection: protection?.protected === true,
    access: shownAccess(metadata),
  };
}

/** Objects can be opened by the bucket's ACL, or one by one where ACLs of objects are allowed. */
function shownAccess({ md, acl_settings: objects }: BucketMetadata): string {
  const acl = md?.["X-Amz-Acl"] ?? PRIVATE;
  const openings = [acl === PRIVATE ? undefined : acl, objects?.allow_object_acl === true ? "object-acls" : undefined];
  return openings.filter((opening) => opening !== undefined).join("+") || PRIVATE;
}

/** The PATCH that brings `live` to `wanted`; undefined when there is nothing to do. Source: @tigrisdata/storage, bucket/update.ts. */
export function patchBetween(live: BucketSettings, wanted: BucketSettings): BucketPatch | undefined {
  const differs = (key: keyof BucketSettings) => live[key] !== wanted[key];
  const { softDeleteDays: days } = wanted;
  const body = {
    ...(differs("locations") ? { object_regions: wireLocations(wanted.locations) } : {}),
    ...(differs("snapshots") ? { type: wanted.snapshots ? 1 : 0 } : {}),
    ...(differs("softDeleteDays")
      ? { soft_delete: days === 0 ? { enabled: false } : { enabled: true, retention_days: days } }
      : {}),
    ...(differs("deletionProtection") ? { protection: { protected: wanted.deletionProtection } } : {}),
    ...(differs("access") ? { acl_settings: { allow_object_acl: false } } : {}),
  };
  if (Object.keys(body).length === 0) return undefined;
  return { body, headers: differs("access") ? CLOSED : {} };
}
