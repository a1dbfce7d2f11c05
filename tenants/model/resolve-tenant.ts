import { TenantryError } from "../../errors/tenantry-error.ts";
import { tenantErrors } from "../errors.ts";
import { REGIONS } from "../regions.ts";
import type { Region, Regions } from "../regions.ts";
import { BUILT_IN } from "./built-in.ts";
import { canonicalDuration } from "./duration.ts";
import { layered } from "./settings.ts";
import type { TenantSettings } from "./settings.ts";
import { canonicalSize } from "./size.ts";
import { type Backend, BACKENDS } from "./storage.ts";
import type { Tenant, TenantDatabase, TenantMachine, TenantMount, TenantSchema, TenantStorage } from "./tenant.ts";
import type { Plans, TenantFile } from "./tenant-file.ts";

/** The plan of a tenant whose file names none. */
export const DEFAULT_PLAN = "standard";

/**
 * Fills in everything a file leaves open: from its plan, then from the built-in defaults, then from its region.
 * The file must have passed `parseTenant`'s checks, which also name a plan that is missing.
 */
export function resolveTenant(id: string, file: TenantFile, plans: Plans, regions: Regions = REGIONS): Tenant {
  const settings = layered(file, plans[file.plan ?? DEFAULT_PLAN] ?? {});
  const region = regions[settings.region];
  return {
    id,
    owner: file.owner,
    state: file.state ?? "active",
    ...(file.reason === undefined ? {} : { reason: file.reason }),
    ...(file.expires === undefined ? {} : { expires: file.expires }),
    ...(file.hold === undefined ? {} : { hold: file.hold }),
    ...(file.manifest === undefined ? {} : { manifest: file.manifest }),
    ...labelsOf(file),
    ...(file.purgeAfter === undefined ? {} : { purgeAfter: file.purgeAfter }),
    region: settings.region,
    plan: file.plan ?? DEFAULT_PLAN,
    storage: storageOf(settings.storage.backend, settings, region),
    ...keptOf(file, settings, region),
    database: databaseOf(settings, region),
    machine: machineOf(id, settings, region),
    mount: mountOf(settings),
    access: (file.access ?? []).map(({ name, mode }) => ({ name, mode: mode ?? "read-only" })),
    rotation: {
      keys: canonicalDuration(settings.rotation.keys),
      tokens: canonicalDuration(settings.rotation.tokens),
      epoch: settings.rotation.epoch,
    },
    ...snapshotsOf(settings),
    ...(file.drift?.ignore === undefined || file.drift.ignore.length === 0 ? {} : { driftIgnored: file.drift.ignore }),
  };
}

/** In one order, so that another order in the file is no difference. */
function labelsOf({ labels }: TenantFile): Pick<Tenant, "labels"> {
  const sorted = Object.entries(labels ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  return sorted.length === 0 ? {} : { labels: Object.fromEntries(sorted) };
}

function storageOf(backend: Backend, { storage, volume }: TenantSettings, region: Region): TenantStorage {
  const { locations = region.bucket, snapshots, softDeleteDays, awsRegion = region.aws } = storage;
  switch (backend) {
    case "tigris":
      return {
        backend,
        locations: Array.isArray(locations) ? locations.toSorted() : [locations],
        snapshots,
        softDeleteDays,
      };
    case "aws-s3":
      return { backend, awsRegion, softDeleteDays };
    case "fly-volume":
      return { backend, volume };
  }
}

/** A plan's schedule is left out of a tenant whose bucket keeps no snapshots. */
function snapshotsOf({ storage, snapshots }: TenantSettings): Pick<Tenant, "snapshots" | "quiesce"> {
  if (storage.backend !== "tigris" || !storage.snapshots) return {};
  const { every, keep, quiesce } = snapshots;
  return {
    ...(every === undefined ? {} : { snapshots: { every: canonicalDuration(every), keep: canonicalDuration(keep) } }),
    ...(quiesce === undefined ? {} : { quiesce }),
  };
}

/** The settings of what is kept are beside those of what is used: they were its own before the move. */
function keptOf({ storage }: TenantFile, settings: TenantSettings, region: Region): Pick<Tenant, "kept"> {
  const kept = BACKENDS.flatMap((backend) => {
    const guard = storage?.kept?.[backend];
    return guard === undefined ? [] : [{ ...storageOf(backend, settings, region), guard }];
  });
  return kept.length === 0 ? {} : { kept };
}

function databaseOf({ database }: TenantSettings, region: Region): TenantDatabase {
  const { engine, location = region.database, sizeLimit, schema } = database;
  if (engine === "none") return { engine };
  const limit = sizeLimit === undefined ? {} : { sizeLimit: canonicalSize(sizeLimit) };
  const resolved = schemaOf(schema);
  return { engine, location, ...limit, ...(resolved === undefined ? {} : { schema: resolved }) };
}

function schemaOf(schema: TenantSettings["database"]["schema"]): TenantSchema | undefined {
  if (schema?.version === undefined) return undefined;
  const { from, command, mayShrink = [], version, order = BUILT_IN.schema.order, check } = schema;
  const rest = { version, order, ...(check?.command === undefined ? {} : { check: { command: check.command } }) };
  if (command !== undefined) return { command, mayShrink, ...rest };
  return from === undefined ? undefined : { from, ...rest };
}

function machineOf(tenant: string, { machine }: TenantSettings, region: Region): TenantMachine {
  const { image, env, healthPath, ...others } = machine;
  if (image === undefined)
    throw new TenantryError(tenantErrors.TENANT_FILES_INVALID, "machine.image is not set", { tenant });
  const sorted = Object.fromEntries(Object.entries(env).sort(([a], [b]) => (a < b ? -1 : 1)));
  const health = healthPath === undefined ? {} : { healthPath };
  return { ...others, image, region: machine.region ?? region.machine, env: sorted, ...health };
}

function mountOf({ storage, mount }: TenantSettings): TenantMount {
  const { path, durability, memoryLimitMb, statCacheTtl } = mount;
  if (storage.backend === "fly-volume") return { by: "fly", path };
  return { by: "tigrisfs", path, durability, memoryLimitMb, statCacheTtl: canonicalDuration(statCacheTtl) };
}
