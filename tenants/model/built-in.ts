/** The values of settings that neither a tenant's file nor its plan sets. The model's descriptions show them. */
export const BUILT_IN = {
  region: "iad",
  storage: { backend: "tigris", snapshots: false, softDeleteDays: 7 },
  volume: { sizeGb: 1, snapshotRetentionDays: 5 },
  database: { engine: "turso" },
  schema: { order: "schema-first" },
  machine: {
    cpuKind: "shared",
    cpus: 1,
    memoryMb: 1024,
    port: 8080,
    autostop: "stop",
    ingress: "public",
    callers: "default",
    env: {},
  },
  mount: { path: "/app/data", durability: "write-back", memoryLimitMb: 256, statCacheTtl: "1h" },
  snapshots: { keep: "14d" },
  rotation: { keys: "90d", tokens: "30d", epoch: 1 },
} as const;
