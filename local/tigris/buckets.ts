import type { Store, Table } from "../store.ts";
import type { BucketSettings } from "./bucket-settings.ts";

/** What a bucket began as. */
export interface Fork {
  readonly source: string;
  readonly snapshot: string;
  readonly snapshotAt: string;
  /** The last ms whose writes belong to it. */
  readonly until: number;
}

/** A bucket as the gateway keeps it. Its objects and tags are the engine's. */
export interface Bucket {
  readonly createdAt: string;
  readonly settings: BucketSettings;
  /** Settings that are still shown, until that moment, after a PATCH. */
  readonly before?: { readonly settings: BucketSettings; readonly until: string };
  /** Set while the bucket is soft-deleted: the engine keeps it whole, the gateway hides it. */
  readonly deleted?: { readonly at: string; readonly retentionDays: number };
  /**
   * Set before the engine is asked to create or delete the bucket, and taken away when it has answered. After a crash in
   * between, only the engine knows whether the bucket exists.
   */
  readonly unsettled?: true;
  /** What it began as a copy of. */
  readonly fork?: Fork;
  /** Set while a fork is being filled and is not visible yet. */
  readonly isFilling?: true;
}

export function buckets(store: Store): Table<Bucket> {
  return store.table<Bucket>("buckets");
}

/** A bucket that callers see. */
export function isLive(bucket: Bucket | undefined): bucket is Bucket {
  return bucket !== undefined && bucket.deleted === undefined;
}

const DAY_MS = 86_400_000;

/** A soft-deleted bucket whose time is over. Its name is free again. */
export function isForfeit({ deleted }: Bucket, now: Date): boolean {
  return deleted !== undefined && now.getTime() > Date.parse(deleted.at) + deleted.retentionDays * DAY_MS;
}
