import * as z from "zod";

import { appOf } from "./apps.ts";
import { asListed } from "./as-listed.ts";
import { snapshotId, volumeId } from "./identifiers.ts";
import { isUp } from "./machines/life-cycle.ts";
import { type Call, empty, type FlyOperation, json } from "./operation.ts";
import { ownOrganization } from "./organization.ts";
import { pageOf } from "./page.ts";
import type { Platform } from "./platform.ts";
import { failedPrecondition, invalidArgument, notFound } from "./refusal.ts";
import { isRegion, NEAREST } from "./regions.ts";
import { keyOf, partsOf } from "./tables.ts";
import { withoutNulls } from "./without-nulls.ts";
import type { AppRecord, SnapshotRecord, VolumeRecord } from "./records.ts";

const BLOCK = 4096;
const GIB = 1024 ** 3;
const MOST_GB = 500;

const retention = z.int().min(1).max(60);
const createSchema = z.preprocess(
  withoutNulls,
  z.object({
    name: z.string().regex(/^[a-z0-9_]{1,30}$/, "volume name must be 1 to 30 characters of a-z, 0-9 and _"),
    region: z.string().default(NEAREST),
    size_gb: z.int().min(1).max(MOST_GB).default(3),
    encrypted: z.boolean().default(true),
    fstype: z.enum(["ext4", "raw"]).default("ext4"),
    snapshot_retention: retention.default(5),
    auto_backup_enabled: z.boolean().default(true),
    snapshot_id: z.string().optional(),
    source_volume_id: z.string().optional(),
  }),
);
const updateSchema = z.preprocess(
  withoutNulls,
  z.object({ snapshot_retention: retention.optional(), auto_backup_enabled: z.boolean().optional() }),
);
const extendSchema = z.object({ size_gb: z.int().min(1).max(MOST_GB) });

/** Volumes and their snapshots, as records. The disk is a folder, which a machine that runs gets to see (root-plan.ts). */
export function volumeOperations(platform: Platform): FlyOperation[] {
  const { tables, clock } = platform;
  const save = (app: AppRecord, volume: VolumeRecord) => {
    tables.volumes.put(keyOf(app, volume.id), volume);
    return volume;
  };
  return [
    {
      name: "GET /v1/apps/{app}/volumes",
      service: "flaps",
      handle: (call) =>
        json(listed(platform, partsOf(tables.volumes, appOf(platform, call, "flaps")), call).map(shown)),
    },
    {
      name: "POST /v1/apps/{app}/volumes",
      service: "flaps",
      async handle(call) {
        const request = await call.body(createSchema);
        const app = appOf(platform, call, "flaps");
        checkSource(platform, app, request);
        return json(shown(save(app, newVolume(app, request, clock()))));
      },
    },
    {
      name: "GET /v1/apps/{app}/volumes/{volume}",
      service: "flaps",
      handle: (call) => json(shown(volumeOf(platform, call).volume)),
    },
    {
      name: "PUT /v1/apps/{app}/volumes/{volume}",
      service: "flaps",
      async handle(call) {
        const request = await call.body(updateSchema);
        const { app, volume } = livingVolumeOf(platform, call);
        const changed = save(app, {
          ...volume,
          snapshotRetention: request.snapshot_retention ?? volume.snapshotRetention,
          autoBackup: request.auto_backup_enabled ?? volume.autoBackup,
          updatedAt: clock().toISOString(),
        });
        return json(shown(changed));
      },
    },
    {
      name: "PUT /v1/apps/{app}/volumes/{volume}/extend",
      service: "flaps",
      async handle(call) {
        const { size_gb: sizeGb } = await call.body(extendSchema);
        const { app, volume } = livingVolumeOf(platform, call);
        if (sizeGb < volume.sizeGb) throw invalidArgument("a volume can only grow");
        const machine = volume.machine === undefined ? undefined : tables.machines.get(keyOf(app, volume.machine));
        const extended = save(app, { ...volume, sizeGb, updatedAt: clock().toISOString() });
        return json({ volume: shown(extended), needs_restart: machine !== undefined && isUp(machine.state) });
      },
    },
    {
      name: "DELETE /v1/apps/{app}/volumes/{volume}",
      service: "flaps",
      handle(call) {
        const { app, volume } = livingVolumeOf(platform, call);
        if (volume.machine !== undefined) {
          throw failedPrecondition(`volume is currently bound to machine: ${volume.machine}`);
        }
        return json(shown(save(app, { ...volume, state: "pending_destroy", updatedAt: clock().toISOString() })));
      },
    },
    {
      name: "GET /v1/apps/{app}/volumes/{volume}/snapshots",
      service: "flaps",
      handle(call) {
        const { app, volume } = volumeOf(platform, call);
        const snapshots = partsOf(tables.snapshots, app).filter((snapshot) => snapshot.volume === volume.id);
        return json(snapshots.map(shownSnapshot));
      },
    },
    {
      name: "POST /v1/apps/{app}/volumes/{volume}/snapshots",
      service: "flaps",
      handle(call) {
        const { app, volume } = livingVolumeOf(platform, call);
        const id = snapshotId();
        tables.snapshots.put(keyOf(app, id), {
          id,
          volume: volume.id,
          sizeGb: volume.sizeGb,
          retention: volume.snapshotRetention,
          createdAt: clock().toISOString(),
        });
        return empty(200);
      },
    },
    {
      name: "GET /v1/orgs/{org}/volumes",
      service: "flaps",
      limit: "none",
      handle(call) {
        ownOrganization(call.param("org"));
        const volumes = tables.volumes.entries().map(([, volume]) => volume);
        const { page, cursor } = pageOf(listed(platform, volumes, call), call);
        const last = page.at(-1);
        return json({
          volumes: page.map((volume) => ({ ...shown(volume), app_name: volume.appName, updated_at: volume.updatedAt })),
          next_cursor: cursor,
          last_volume_id: last?.id ?? "",
          last_updated_at: last?.updatedAt ?? "",
        });
      },
    },
  ];
}

function listed(platform: Platform, volumes: readonly VolumeRecord[], call: Call): VolumeRecord[] {
  return asListed(volumes, ({ state }) => state !== "created", { state: "created" }, platform, call);
}

function newVolume(app: AppRecord, request: z.infer<typeof createSchema>, now: Date): VolumeRecord {
  if (!isRegion(request.region)) throw invalidArgument(`region '${request.region}' is invalid`);
  return {
    id: volumeId(),
    appName: app.name,
    name: request.name,
    region: request.region,
    sizeGb: request.size_gb,
    encrypted: request.encrypted,
    fstype: request.fstype,
    snapshotRetention: request.snapshot_retention,
    autoBackup: request.auto_backup_enabled,
    state: "created",
    machine: undefined,
    createdAt: now.toISOString(),
    updatedAt: now.toISOString(),
  };
}

function checkSource({ tables }: Platform, app: AppRecord, request: z.infer<typeof createSchema>): void {
  const { snapshot_id: snapshot, source_volume_id: source } = request;
  if (snapshot !== undefined && tables.snapshots.get(keyOf(app, snapshot)) === undefined) throw notFound("snapshot");
  if (source !== undefined && tables.volumes.get(keyOf(app, source)) === undefined) throw notFound("source volume");
}

function volumeOf(platform: Platform, call: Call): { app: AppRecord; volume: VolumeRecord } {
  const app = appOf(platform, call, "flaps");
  const volume = platform.tables.volumes.get(keyOf(app, call.param("volume")));
  if (volume === undefined) throw notFound("volume");
  return { app, volume };
}

function livingVolumeOf(platform: Platform, call: Call): { app: AppRecord; volume: VolumeRecord } {
  const found = volumeOf(platform, call);
  if (found.volume.state !== "created") throw notFound("volume");
  return found;
}

function shown(volume: VolumeRecord) {
  const bytes = volume.sizeGb * GIB;
  const blocks = bytes / BLOCK;
  return {
    id: volume.id,
    name: volume.name,
    state: volume.state,
    size_gb: volume.sizeGb,
    region: volume.region,
    zone: volume.id.slice(-4),
    encrypted: volume.encrypted,
    attached_machine_id: volume.machine ?? null,
    attached_alloc_id: null,
    created_at: volume.createdAt,
    blocks,
    block_size: BLOCK,
    blocks_free: blocks,
    blocks_avail: blocks,
    bytes_total: bytes,
    bytes_used: 0,
    fstype: volume.fstype,
    snapshot_retention: volume.snapshotRetention,
    auto_backup_enabled: volume.autoBackup,
    host_status: "ok",
  };
}

function shownSnapshot(snapshot: SnapshotRecord) {
  return {
    id: snapshot.id,
    size: 0,
    volume_size: snapshot.sizeGb * GIB,
    digest: snapshot.id,
    created_at: snapshot.createdAt,
    retention_days: snapshot.retention,
    status: "created",
  };
}
