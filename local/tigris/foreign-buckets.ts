import type { Store, Table } from "../store.ts";

/** A bucket of another organisation. Bucket names are global, so it takes its name away from everybody. */
export interface ForeignBucket {
  readonly owner: string;
}

/**
 * The names that other organisations hold. Nothing on the wire writes this table: a test plants an entry, and from then on
 * CreateBucket of that name answers 409 BucketAlreadyExists and every other call on it 403 AccessDenied.
 */
export function foreignBuckets(store: Store): Table<ForeignBucket> {
  return store.table<ForeignBucket>("foreign-buckets");
}
