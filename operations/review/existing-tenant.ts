import { parseUrn } from "../../resource-kinds/urn.ts";
import type { Tenant, TenantMachine } from "../../tenants/model/tenant.ts";
import type { PreviewStep } from "../engine/preview-digest.ts";

type Inputs = Readonly<Record<string, unknown>>;

/**
 * A tenant's current settings that affect its cost, as far as its resources show them; the others are taken from the
 * declaration. Undefined when nothing of it exists. Pure.
 */
export function existingTenant(declared: Tenant, steps: readonly PreviewStep[]): Tenant | undefined {
  const existing = new Map<string, Inputs>();
  for (const { urn, oldState } of steps) {
    if (oldState?.inputs !== undefined) existing.set(parseUrn(urn).types.at(-1) ?? "", oldState.inputs);
  }
  const machine = existing.get("tenantry:fly:Machine");
  if (machine === undefined) return undefined;
  return {
    ...declared,
    state: machine["suspended"] === true ? "suspended" : "active",
    machine: machineOf(declared.machine, machine),
    storage: storageOf(declared, existing),
    database: databaseOf(declared, existing),
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

function storageOf({ storage }: Tenant, existing: ReadonlyMap<string, Inputs>): Tenant["storage"] {
  const [bucket, volume] = [existing.get("tenantry:tigris:Bucket"), existing.get("tenantry:fly:Volume")];
  if (volume !== undefined) {
    const days = volume["snapshotRetention"] as number;
    return { backend: "fly-volume", volume: { sizeGb: volume["sizeGb"] as number, snapshotRetentionDays: days } };
  }
  if (bucket === undefined) return storage;
  const locations = [bucket["locations"] ?? "global"].flat() as string[];
  const { snapshots, softDeleteDays } = bucket as { snapshots: boolean; softDeleteDays: number };
  return { backend: "tigris", locations: locations as never, snapshots, softDeleteDays };
}

function databaseOf({ database }: Tenant, existing: ReadonlyMap<string, Inputs>): Tenant["database"] {
  if (!existing.has("tenantry:turso:Database")) return { engine: "none" };
  return database.engine === "turso" ? database : { engine: "turso", location: "aws-us-east-1" };
}
