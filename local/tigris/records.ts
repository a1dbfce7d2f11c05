import type { Store, Table } from "../store.ts";
import { type AccessKey, accessKeys } from "./access-keys.ts";
import { type Bucket, buckets } from "./buckets.ts";
import { type ForeignBucket, foreignBuckets } from "./foreign-buckets.ts";
import { type Attachments, attachments, type Policy, policies } from "./policies.ts";
import { type Snapshot, snapshots } from "./snapshots.ts";

/** The gateway's durable tables. */
export interface Records {
  readonly store: Store;
  readonly keys: Table<AccessKey>;
  readonly policies: Table<Policy>;
  readonly attachments: Attachments;
  readonly buckets: Table<Bucket>;
  readonly snapshots: Table<Snapshot>;
  readonly foreign: Table<ForeignBucket>;
}

export function openRecords(store: Store): Records {
  return {
    store,
    keys: accessKeys(store),
    policies: policies(store),
    attachments: attachments(store),
    buckets: buckets(store),
    snapshots: snapshots(store),
    foreign: foreignBuckets(store),
  };
}
