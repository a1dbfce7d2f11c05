import type { TenantFile } from "./tenant-file.ts";
import type { KeptStorage, Tenant, TenantDatabase, TenantStorage } from "./tenant.ts";

/**
 * The tenant as a file that leaves nothing to defaults. Resolving it gives the same tenant, whatever the plans say; only
 * where the tenant has no `database.sizeLimit` or `machine.healthPath`, no file can take a plan's away.
 */
export function tenantFileOf(tenant: Tenant): TenantFile {
  const {
    owner,
    state,
    reason,
    expires,
    hold,
    manifest,
    labels,
    purgeAfter,
    region,
    plan,
    storage,
    kept,
    database,
    machine,
    mount,
    access,
    rotation,
    snapshots,
    driftIgnored,
  } = tenant;
  return {
    owner,
    state,
    ...(reason === undefined ? {} : { reason }),
    ...(expires === undefined ? {} : { expires }),
    ...(hold === undefined ? {} : { hold }),
    ...(manifest === undefined ? {} : { manifest }),
    ...(labels === undefined ? {} : { labels: { ...labels } }),
    ...(purgeAfter === undefined ? {} : { purgeAfter }),
    region,
    plan,
    storage: kept === undefined ? writtenStorage(storage) : withKept(storage, kept),
    database: writtenDatabase(database),
    machine: { ...machine, env: { ...machine.env } },
    mount: writtenMount(mount),
    access: access.map((entry) => ({ ...entry })),
    rotation,
    ...(snapshots === undefined ? {} : { snapshots }),
    ...(driftIgnored === undefined ? {} : { drift: { ignore: driftIgnored.map((rule) => ({ ...rule })) } }),
  };
}

type Written<K extends keyof TenantFile> = NonNullable<TenantFile[K]>;

function writtenDatabase(database: TenantDatabase): Written<"database"> {
  if (database.engine === "none") return database;
  const { schema: declared, ...rest } = database;
  if (declared === undefined) return rest;
  const { check, ...schema } = declared;
  const checked = check === undefined ? {} : { check: { command: [...check.command] } };
  if (schema.from !== undefined) return { ...rest, schema: { ...schema, ...checked } };
  const { command, mayShrink } = schema;
  return { ...rest, schema: { ...schema, command: [...command], mayShrink: [...mayShrink], ...checked } };
}

function writtenStorage(storage: TenantStorage): Written<"storage"> {
  if (storage.backend !== "tigris") return storage;
  const [first, ...others] = storage.locations;
  const codes = storage.locations.filter((code) => code !== "global" && code !== "usa" && code !== "eur");
  return { ...storage, locations: first !== undefined && others.length === 0 ? first : codes };
}

function withKept(storage: TenantStorage, kept: readonly KeptStorage[]): Written<"storage"> {
  const guards = Object.fromEntries(kept.map(({ backend, guard }) => [backend, guard]));
  const settings = kept.map(({ guard: _, ...each }) => writtenStorage(each));
  return Object.assign({}, ...settings, writtenStorage(storage), { kept: guards }) as Written<"storage">;
}

function writtenMount(mount: Tenant["mount"]): Written<"mount"> {
  const { path } = mount;
  if (mount.by === "fly") return { path };
  const { durability, memoryLimitMb, statCacheTtl } = mount;
  return { path, durability, memoryLimitMb, statCacheTtl };
}
