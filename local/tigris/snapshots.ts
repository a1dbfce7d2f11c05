import type { Store, Table } from "../store.ts";

/** A snapshot of a bucket. It holds nothing: the engine keeps the versions, and the time tells which of them belong to it. */
export interface Snapshot {
  readonly name?: string;
  readonly createdAt: string;
  /** The last ms, by the computer's clock, whose writes belong to it. Undefined: it was taken before versions were kept. */
  readonly until?: number;
}

/** All snapshots, by `<bucket>/<version>`. Versions ascend. */
export function snapshots(store: Store): Table<Snapshot> {
  return store.table<Snapshot>("snapshots");
}
