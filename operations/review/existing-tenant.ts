import { parseUrn } from "../../resource-kinds/urn.ts";
import type { Tenant, TenantMachine } from "../../tenants/model/tenant.ts";
import type { PreviewStep } from "../engine/preview-digest.ts";

type Inputs = Readonly<Record<string, unknown>>;

/**
 * A tenant as it stands, as far as that can be told from its resources and costs anything; what can't is taken as declared.
 * Undefined when nothing of it stands. Pure.
 */
export function existingTenant(declared: Tenant, steps: readonly PreviewStep[]): Tenant | undefined {
  const standing = new Map<string, Inputs>();
  for (const { urn, oldState } of steps) {
    if (oldState?.inputs !== undefined) standing.set(parseUrn(urn).types.at(-1) ?? "", oldState.inputs);
  }
  const machine = standing.get("tenantry:fly:Machine");
  if (machine === undefined) return undefined;
  return {
    ...declared,
    state: machine["suspended"] === true ? "suspended" : "active",
    machine: machineOf(declared.machine, machine),
    storage: storageOf(declared, standing),
    database: databaseOf(declared, standing),
  };
}

function machineOf(declared: TenantMachine, { region, config }: Inputs): TenantMachine {
  const { guest, services } = (config ?? {}) as {
    guest?: { cpu_kind?: TenantMachine["cpuKind"]; cpus?: number; memory_mb?: number };
    services?: { autostop?: TenantMachine["autostop"] }[];
  };
  return {
    ...declared,
    region: (region ?? declared.region) as TenantMachine["region"],
    cpuKind: guest?.cpu_kind ?? declared.cpuKind,
    cpus: guest?.cpus ?? declared.cpus,
    memoryMb: guest?.memory_mb ?? declared.memoryMb,
    autostop: services?.[0]?.autostop ?? declared.autostop,
  };
}

function storageOf({ storage }: Tenant, standing: ReadonlyMap<string, Inputs>): Tenant["storage"] {
  const [bucket, volume] = [standing.get("tenantry:tigris:Bucket"), standing.get("tenantry:fly:Volume")];
  if (volume !== undefined) {
    const days = volume["snapshotRetention"] as number;
    return { backend: "fly-volume", volume: { sizeGb: volume["sizeGb"] as number, snapshotRetentionDays: days } };
  }
  if (bucket === undefined) return storage;
  const locations = [bucket["locations"] ?? "global"].flat() as string[];
  const { snapshots, softDeleteDays } = bucket as { snapshots: boolean; softDeleteDays: number };
  return { backend: "tigris", locations: locations as never, snapshots, softDeleteDays };
}

function databaseOf({ database }: Tenant, standing: ReadonlyMap<string, Inputs>): Tenant["database"] {
  if (!standing.has("tenantry:turso:Database")) return { engine: "none" };
  return database.engine === "turso" ? database : { engine: "turso", location: "aws-us-east-1" };
}
