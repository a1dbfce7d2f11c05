import { type StatCaches, statCaches } from "../container/freshness.ts";
import type { MachineConfig } from "../provider/fly/machine-config.ts";
import { durationSeconds } from "../tenants/model/duration.ts";
import type { Tenant, TenantMachine, TenantMount } from "../tenants/model/tenant.ts";
import type { Attachment } from "./storage/files.ts";

export type { MachineConfig } from "../provider/fly/machine-config.ts";

/** What a machine's config needs to know beyond the tenant file. */
export interface Surroundings {
  readonly stack: string;
  readonly attachment: Attachment;
  /** Undefined when the tenant has no database. */
  readonly databaseUrl: string | undefined;
}

/**
 * The machine's config as posted to the Machines API: the contract of section 6 of the design. It holds no secret and is
 * safe to commit; keys and tokens reach the machine as app secrets.
 */
export function machineConfig(tenant: Tenant, surroundings: Surroundings): MachineConfig {
  const { machine } = tenant;
  return {
    image: machine.image,
    env: machineEnv(tenant, surroundings),
    guest: guestOf(machine),
    services: [service(tenant)],
    checks: { ready: readyCheck(machine) },
    restart: { policy: "on-failure", max_retries: 10 },
    // TigrisFS retries a busy unmount for 20 s and then flushes: Fly's default of 5 s would lose writes.
    stop_config: { signal: "SIGTERM", timeout: "120s" },
    metadata: { tenant: tenant.id, stack: surroundings.stack, "managed-by": "tenantry" },
    ...mounts(tenant, surroundings.attachment),
  };
}

/** A machine's size in Fly's words. */
export function guestOf({ cpuKind, cpus, memoryMb }: TenantMachine): MachineConfig["guest"] {
  return { cpu_kind: cpuKind, cpus, memory_mb: memoryMb };
}

/** A volume is mounted by Fly; a bucket by the entrypoint. */
function mounts({ mount: { path } }: Tenant, attachment: Attachment): Pick<MachineConfig, "mounts"> {
  return "volume" in attachment ? { mounts: [{ volume: attachment.volume, path }] } : {};
}

/**
 * The entrypoint starts the app only on a mounted file system, and ends it with the mount: an open port shows that both
 * exist. Only the app can check that the mount still answers; otherwise the entrypoint detects a hung mount, later.
 */
function readyCheck({ port, healthPath }: Tenant["machine"]): NonNullable<MachineConfig["checks"]>[string] {
  const often = { interval: "15s", timeout: "5s", grace_period: "30s" };
  return healthPath === undefined
    ? { type: "tcp", port, ...often }
    : { type: "http", port, method: "GET", path: healthPath, ...often };
}

function service({ machine }: Tenant): NonNullable<MachineConfig["services"]>[number] {
  const http = { port: 80, handlers: ["http"] };
  const https = { port: 443, handlers: ["tls", "http"] };
  return {
    protocol: "tcp",
    internal_port: machine.port,
    autostop: machine.autostop,
    autostart: true,
    min_machines_running: 0,
    // Flycast and fly-replay arrive as plain HTTP from inside Fly's own network.
    ports: machine.ingress === "public" ? [{ ...http, force_https: true }, https] : [http],
    concurrency: { type: "requests", soft_limit: 20 },
  };
}

function machineEnv(tenant: Tenant, { attachment, databaseUrl }: Surroundings): Record<string, string> {
  return {
    ...tenant.machine.env,
    TENANT: tenant.id,
    ...filesEnv(attachment),
    MOUNT_PATH: tenant.mount.path,
    ...(databaseUrl === undefined ? {} : { LIBSQL_URL: databaseUrl }),
    ...tigrisfsEnv(tenant.mount),
    ...watchEnv(tenant.mount),
  };
}

function filesEnv(attachment: Attachment): Record<string, string> {
  if ("volume" in attachment) return { MOUNT_BY: "fly" };
  const { bucket, endpoint, region, pathStyle = false } = attachment;
  const place = { BUCKET_NAME: bucket, AWS_ENDPOINT_URL: endpoint, AWS_ENDPOINT_URL_S3: endpoint, AWS_REGION: region };
  return pathStyle ? { ...place, S3_PATH_STYLE: "true" } : place;
}

/** The options of TigrisFS that a tenant file sets, for a mount without a watch; the entrypoint turns each into a flag. */
export function tigrisfsEnv(mount: TenantMount): Record<string, string> {
  if (mount.by !== "tigrisfs") return {};
  return {
    TIGRISFS_MEMORY_LIMIT: String(mount.memoryLimitMb),
    TIGRISFS_STAT_CACHE_TTL: cachesOf(mount).unwatched,
    // Otherwise a look-up of an unknown name also lists up to 1 000 objects that follow (docs/tigrisfs.md).
    TIGRISFS_NO_PRELOAD_DIR: "true",
    // Without a limit a missing bucket or a refused key hangs every caller for good.
    TIGRISFS_READ_RETRY_ATTEMPTS: "5",
    ...(mount.durability === "fsync-on-close" ? { TIGRISFS_FSYNC_ON_CLOSE: "true" } : {}),
  };
}

/**
 * The cache time if the entrypoint watches the bucket. It is a separate variable, so that an older image, whose entrypoint
 * has no watch, keeps the short cache.
 */
export function watchEnv(mount: TenantMount): Record<string, string> {
  if (mount.by !== "tigrisfs") return {};
  const { watched } = cachesOf(mount);
  return watched === undefined ? {} : { WATCHED_STAT_CACHE_TTL: watched };
}

function cachesOf({ statCacheTtl }: Extract<TenantMount, { by: "tigrisfs" }>): StatCaches {
  return statCaches(statCacheTtl, durationSeconds(statCacheTtl));
}
