/** By the resource that an aspect begins with: the settings that can stand differently at a vendor. */
export const DRIFT_SETTINGS: Readonly<Record<string, readonly string[]>> = {
  bucket: ["access", "claimed", "deletionProtection", "locations", "snapshots", "softDeleteDays"],
  key: ["enabled", "policy"],
  database: [
    "allowedIps",
    "blockReads",
    "blockWrites",
    "dbId",
    "deleteProtection",
    "engine",
    "group",
    "hostname",
    "sizeLimit",
  ],
  app: ["network", "organization"],
  addresses: ["types"],
  secrets: ["templates", "values"],
  machine: ["config", "region", "secretsVersion", "suspended", "volume"],
  volume: ["autoBackup", "encrypted", "name", "region", "sizeGb", "snapshotRetention"],
};

/** Kinds of things at the vendors that can be there although no file declares them. */
export const UNMANAGED_KINDS = ["bucket", "key", "policy", "group", "database", "app", "machine", "volume"] as const;
export type UnmanagedKind = (typeof UNMANAGED_KINDS)[number];
