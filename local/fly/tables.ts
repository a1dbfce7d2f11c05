import type { Store, Table } from "../store.ts";
import type { MachineRecord } from "./machines/record.ts";
import type { AddressRecord, AppRecord, SecretRecord, SnapshotRecord, TokenRecord, VolumeRecord } from "./records.ts";

/** Everything the embedded Fly keeps. Records of an app's parts have keys that start with `<app id>/`. */
export interface Tables {
  /** By name. */
  readonly apps: Table<AppRecord>;
  /** Names that apps of other organisations hold. */
  readonly foreignApps: Table<{ readonly organization: string }>;
  /** Names of apps that were deleted and not made again: their parts answer otherwise than those of a name never used. */
  readonly deletedApps: Table<{ readonly at: string }>;
  readonly secrets: Table<SecretRecord>;
  readonly machines: Table<MachineRecord>;
  readonly volumes: Table<VolumeRecord>;
  readonly snapshots: Table<SnapshotRecord>;
  readonly addresses: Table<AddressRecord>;
  /** By SHA-256 of the token. */
  readonly tokens: Table<TokenRecord>;
  /** What the routes below `/_embedded` have set. */
  readonly settings: Table<unknown>;
}

export function openTables(store: Store): Tables {
  return {
    apps: store.table("apps"),
    foreignApps: store.table("foreign-apps"),
    deletedApps: store.table("deleted-apps"),
    secrets: store.table("secrets"),
    machines: store.table("machines"),
    volumes: store.table("volumes"),
    snapshots: store.table("snapshots"),
    addresses: store.table("addresses"),
    tokens: store.table("tokens"),
    settings: store.table("settings"),
  };
}

/** The key of a part of an app. */
export function keyOf(app: { readonly id: string }, ...parts: readonly string[]): string {
  return [app.id, ...parts].join("/");
}

/** All records of an app's parts of one kind. */
export function partsOf<Document>(table: Table<Document>, app: { readonly id: string }): Document[] {
  return table.entries(`${app.id}/`).map(([, document]) => document);
}
