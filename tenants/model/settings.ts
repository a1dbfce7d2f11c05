import { BUILT_IN } from "./built-in.ts";
import type { Plan } from "./tenant-file.ts";

type SectionName = "storage" | "database" | "machine" | "mount" | "snapshots" | "rotation";
type Section<K extends SectionName> = NonNullable<Plan[K]>;
type Volume = NonNullable<Section<"storage">["volume"]>;
/** `T` where `K` have got their values. */
type Filled<T, K extends keyof T> = Omit<T, K> & { readonly [P in K]-?: NonNullable<T[P]> };

type BuiltIn = typeof BUILT_IN;
/** A section whose settings with a built-in default have a value. */
type Resolved<K extends SectionName> = Filled<Section<K>, keyof BuiltIn[K] & keyof Section<K>>;

/** File over plan over built-in defaults; what then is still open comes from the region. */
export interface TenantSettings {
  readonly region: NonNullable<Plan["region"]>;
  readonly storage: Resolved<"storage">;
  readonly volume: Filled<Volume, keyof Volume>;
  readonly database: Resolved<"database">;
  readonly machine: Resolved<"machine">;
  readonly mount: Resolved<"mount">;
  readonly snapshots: Resolved<"snapshots">;
  readonly rotation: Resolved<"rotation">;
}

/** Lays a file over its plan over the built-in defaults, field by field; `machine.env` name by name. */
export function layered(file: Plan, plan: Plan): TenantSettings {
  const machine = over(BUILT_IN.machine, plan.machine, file.machine);
  return {
    region: file.region ?? plan.region ?? BUILT_IN.region,
    storage: over(BUILT_IN.storage, plan.storage, file.storage),
    volume: over(BUILT_IN.volume, plan.storage?.volume, file.storage?.volume),
    database: databaseOf(file.database, plan.database),
    machine: { ...machine, env: { ...plan.machine?.env, ...file.machine?.env } },
    mount: over(BUILT_IN.mount, plan.mount, file.mount),
    snapshots: over(BUILT_IN.snapshots, plan.snapshots, file.snapshots),
    rotation: over(BUILT_IN.rotation, plan.rotation, file.rotation),
  };
}

/** A tenant that pins a version keeps the folder of its plan. */
function databaseOf(file: Plan["database"], plan: Plan["database"]): TenantSettings["database"] {
  const database = over(BUILT_IN.database, plan, file);
  if (plan?.schema === undefined && file?.schema === undefined) return database;
  return { ...database, schema: over(BUILT_IN.schema, plan?.schema, file?.schema) };
}

/** What was parsed holds no key with the value undefined, so a later layer never wipes out an earlier one. */
function over<Base extends object, Layer extends object>(base: Base, ...layers: (Layer | undefined)[]): Base & Layer {
  return Object.assign({}, base, ...layers) as Base & Layer;
}
