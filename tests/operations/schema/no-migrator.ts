/** Of a subject whose schema is a folder of migrations. */
export const NO_MIGRATOR = {
  site: {
    image: "app:1",
    region: "iad",
    guest: { cpu_kind: "shared", cpus: 1, memory_mb: 256 },
    envOf: () => ({}),
  },
  lastMigration: undefined,
} as const;

/** Of an access to databases alone. */
export const NO_MACHINES = { runOnce: () => Promise.reject(new Error("there are no machines here")) };
