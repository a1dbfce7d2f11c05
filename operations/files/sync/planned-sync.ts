import type { S3Client } from "@aws-sdk/client-s3";
import type { BucketAccess } from "../key-forms.ts";
import type { Spelling } from "./file-system-spelling.ts";
import type { LocalFile } from "./folder-listing.ts";
import type { Base } from "./sync-memory.ts";
import type { Direction, SyncPlan } from "./sync-plan.ts";
import type { OnProgress, TransferEngine } from "./transfer-engine.ts";
import type { Listing } from "./version.ts";

/** A folder and a bucket that are to be brought together. */
export interface Pair {
  readonly dir: string;
  readonly access: BucketAccess;
  readonly client: S3Client;
  readonly engine: TransferEngine;
  readonly onProgress: OnProgress;
}

/** What both sides hold now, and what they held when they last met. */
export interface Listings {
  readonly local: Listing<LocalFile>;
  readonly remote: Listing;
  readonly base: Base;
  readonly spelling: Spelling;
}

/** What was found on both sides, and what is to be done about it. */
export interface PlannedSync extends Listings {
  readonly direction: Direction;
  readonly plan: SyncPlan;
  /**
   * Files that only a comparison of their contents could distinguish; they count as conflicts. Empty unless nothing may be
   * downloaded.
   */
  readonly unsure: readonly string[];
}

/** What could not be done, by path. */
export type Problems = Map<string, string>;
