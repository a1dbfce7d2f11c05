import type { Store, Table } from "../store.ts";
import type { BucketRole } from "./role-document.ts";

/** An access key as the organisation keeps it. Holds the secret: never print one. */
export interface AccessKey {
  readonly id: string;
  readonly secret: string;
  readonly name: string;
  readonly createdAt: string;
  readonly status: "active" | "inactive";
  readonly roles: readonly BucketRole[];
}

/** All keys but root's, by their id. */
export function accessKeys(store: Store): Table<AccessKey> {
  return store.table<AccessKey>("access-keys");
}
