import type { Store, Table } from "../store.ts";

/**
 * A snapshot of a bucket. Only that it was taken is recorded: the engine keeps one version of each object, so nothing can be
 * read as of a snapshot, and no fork can start from one. Such requests are answered with NotImplemented.
 */
export interface Snapshot {
  readonly name?: string;
  readonly createdAt: string;
}

/** All snapshots, by `<bucket>/<version>`. Versions ascend. */
export function snapshots(store: Store): Table<Snapshot> {
  return store.table<Snapshot>("snapshots");
}
