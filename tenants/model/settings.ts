import type { Plan } from "./tenant-file.ts";

type Section<K extends "storage" | "database" | "machine" | "mount" | "rotation"> = NonNullable<Plan[K]>;
type Volume = NonNullable<Section<"storage">["volume"]>;
/** `T` where `K` have got their values. */
type Filled<T, K extends keyof T> = Omit<T, K> & { readonly [P in K]-?: NonNullable<T[P]> };

/** File over plan over built-in defaults; what then is still open comes from the region. */
export interface Settings {
  readonly region: NonNullable<Plan["region"]>;
  readonly storage: Filled<Section<"storage">, "backend" | "snapshots" | "softDeleteDays">;
  readonly volume: Filled<Volume, keyof Volume>;
  readonly database: Filled<Section<"database">, "engine">;
  readonly machine: Filled<
    Section<"machine">,
    "cpuKind" | "cpus" | "memoryMb" | "port" | "autostop" | "ingress" | "env"
  >;
  readonly mount: Filled<Section<"mount">, keyof Section<"mount">>;
  readonly rotation: Filled<Section<"rotation">, keyof Section<"rotation">>;
}

/** Below every plan. The model's descriptions name the same values. */
export const BUILT_IN: Settings = {
  region: "iad",
  storage: { backend: "tigris", snapshots: false, softDeleteDays: 7 },
  volume: { sizeGb: 1, snapshotRetentionDays: 5 },
  database: { engine: "turso" },
  machine: {
    cpuKind: "shared",
    cpus: 1,
    memoryMb: 1024,
    port: 8080,
    autostop: "stop",
    ingress: "public",
    env: {},
  },
  mount: { path: "/app/data", durability: "write-back", memoryLimitMb: 256, statCacheTtl: "5s" },
  rotation: { keys: "90d", tokens: "30d", epoch: 1 },
};

/** Lays a file over its plan over the built-in defaults, field by field; `machine.env` name by name. */
export function layered(file: Plan, plan: Plan): Settings {
  const machine = over(BUILT_IN.machine, plan.machine, file.machine);
  return {
    region: file.region ?? plan.region ?? BUILT_IN.region,
    storage: over(BUILT_IN.storage, plan.storage, file.storage),
    volume: over(BUILT_IN.volume, plan.storage?.volume, file.storage?.volume),
    database: over(BUILT_IN.database, plan.database, file.database),
    machine: { ...machine, env: { ...plan.machine?.env, ...file.machine?.env } },
    mount: over(BUILT_IN.mount, plan.mount, file.mount),
    rotation: over(BUILT_IN.rotation, plan.rotation, file.rotation),
  };
}

/** What was parsed holds no key with the value undefined, so a later layer never wipes out an earlier one. */
function over<Base extends object, Layer extends object>(base: Base, ...layers: (Layer | undefined)[]): Base & Layer {
  return Object.assign({}, base, ...layers) as Base & Layer;
}
