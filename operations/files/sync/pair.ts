import type { S3Client } from "@aws-sdk/client-s3";
import type { Door } from "../key-forms.ts";
import type { Courier, OnProgress } from "./courier.ts";
import type { LocalFile } from "./folder-listing.ts";
import type { Base } from "./sync-base.ts";
import type { Listing } from "./version.ts";
import type { Direction, SyncPlan } from "./sync-plan.ts";

/** A folder and a bucket that are to be brought together. */
export interface Pair {
  readonly dir: string;
  readonly door: Door;
  readonly client: S3Client;
  readonly courier: Courier;
  readonly onProgress: OnProgress;
}

/** What both sides hold now, and what they held when they last met. */
export interface Sight {
  readonly local: Listing<LocalFile>;
  readonly remote: Listing;
  readonly base: Base;
}

/** What was found on both sides, and what is to be done about it. */
export interface Prospect extends Sight {
  readonly direction: Direction;
  readonly plan: SyncPlan;
  /** Files that only reading both would tell apart; counted as conflicts. Empty unless nothing may be downloaded. */
  readonly unsure: readonly string[];
}

/** What could not be done, by path. */
export type Problems = Map<string, string>;
