import * as z from "zod";

import type { Serving } from "../http/serving.ts";
import { appPath, type FlyApi } from "./api.ts";

/** Where a volume is. */
export interface VolumeAddress {
  readonly app: string;
  readonly volume: string;
}

/** What can be set of a volume after it was made. */
export interface VolumeBackups {
  /** Days. */
  readonly snapshotRetention: number;
  readonly autoBackup: boolean;
}

/** A volume as Fly shows it. */
export interface FlyVolume extends VolumeBackups {
  readonly id: string;
  readonly name: string;
  readonly region: string;
  readonly sizeGb: number;
  readonly encrypted: boolean;
}

/** Size of the machine that will mount a volume. */
export interface Guest {
  readonly cpu_kind: "shared" | "performance";
  readonly cpus: number;
  readonly memory_mb: number;
}

/** Calls for volumes. */
export interface VolumeCalls {
  /** Volumes that are not destroyed. None for an app that is gone. */
  volumes(app: string, serving: Serving): Promise<FlyVolume[]>;
  /** Undefined when it is gone, or destroyed: Fly shows it for a day after that. */
  volume(at: VolumeAddress, serving: Serving): Promise<FlyVolume | undefined>;
  createVolume(
    app: string,
    volume: Omit<FlyVolume, "id"> & { guest: Guest | undefined },
    serving: Serving,
  ): Promise<FlyVolume>;
  setBackups(at: VolumeAddress, backups: VolumeBackups, serving: Serving): Promise<void>;
  /** `needsRestart`: the machine sees the new size only after a restart. */
  extendVolume(at: VolumeAddress, sizeGb: number, serving: Serving): Promise<{ needsRestart: boolean }>;
  /** Refused with a 412 while a machine has it. A volume that is already gone is a success. */
  destroyVolume(at: VolumeAddress, serving: Serving): Promise<void>;
}

const volumeAnswer = z
  .object({
    id: z.string().min(1),
    name: z.string(),
    state: z.string(),
    region: z.string(),
    size_gb: z.int(),
    encrypted: z.boolean(),
    snapshot_retention: z.int(),
    auto_backup_enabled: z.boolean(),
  })
  .transform(({ id, name, state, region, size_gb, encrypted, snapshot_retention, auto_backup_enabled }) => ({
    volume: {
      id,
      name,
      region,
      sizeGb: size_gb,
      encrypted,
      snapshotRetention: snapshot_retention,
      autoBackup: auto_backup_enabled,
    } satisfies FlyVolume,
    exists: !/destroy/.test(state),
  }));
const extendAnswer = z.object({ needs_restart: z.boolean().nullish() });

const VOLUMES = "/v1/apps/{app}/volumes";
const VOLUME = `${VOLUMES}/{volume}`;

/** The calls for volumes over HTTP. Source: Machines API, /v1/apps/{app}/volumes. */
export function volumeCalls(api: FlyApi): VolumeCalls {
  return {
    async volumes(app, serving) {
      const call = { operation: `GET ${VOLUMES}`, method: "GET", ...collection(app, serving) } as const;
      const found = (await api.find(call, z.array(volumeAnswer))) ?? [];
      return found.flatMap(({ volume, exists }) => (exists ? [volume] : []));
    },
    async volume(at, serving) {
      const call = { operation: `GET ${VOLUME}`, method: "GET", ...target(at, serving) } as const;
      const found = await api.find(call, volumeAnswer);
      return found?.exists === true ? found.volume : undefined;
    },
    async createVolume(app, { name, region, sizeGb, encrypted, guest, ...backups }, serving) {
      const compute = guest === undefined ? {} : { compute: guest };
      const json = { name, region, size_gb: sizeGb, encrypted, ...backupFields(backups), ...compute };
      const call = { operation: `POST ${VOLUMES}`, method: "POST", json, ...collection(app, serving) } as const;
      return (await api.ask(call, volumeAnswer)).volume;
    },
    async setBackups(at, backups, serving) {
      const json = backupFields(backups);
      await api.tell({ operation: `PUT ${VOLUME}`, method: "PUT", json, ...target(at, serving) });
    },
    async extendVolume(at, sizeGb, serving) {
      const json = { size_gb: sizeGb };
      const operation = `PUT ${VOLUME}/extend`;
      const call = { operation, method: "PUT", json, ...target(at, serving, "extend") } as const;
      return { needsRestart: (await api.ask(call, extendAnswer)).needs_restart === true };
    },
    destroyVolume: (at, serving) =>
      api.remove({ operation: `DELETE ${VOLUME}`, method: "DELETE", ...target(at, serving) }),
  };
}

function backupFields({ snapshotRetention, autoBackup }: VolumeBackups) {
  return { snapshot_retention: snapshotRetention, auto_backup_enabled: autoBackup };
}

function collection(app: string, serving: Serving) {
  return { path: appPath(app, "volumes"), resource: `volumes of app ${app}`, ...serving };
}

function target({ app, volume }: VolumeAddress, serving: Serving, ...rest: string[]) {
  return { path: appPath(app, "volumes", volume, ...rest), resource: `volume ${app}/${volume}`, ...serving };
}
