import { failedPrecondition, invalidArgument, notFound } from "../refusal.ts";
import { keyOf, type Tables } from "../tables.ts";
import type { MachineConfig } from "./config.ts";
import type { AppRecord } from "../records.ts";

/** Checks that the volume a config mounts is there for the machine, and claims it. Throws what Fly answers otherwise. */
export function claimVolume(
  { tables }: { readonly tables: Tables },
  app: AppRecord,
  machine: { id: string; region: string },
  config: MachineConfig,
): void {
  const id = config.mounts?.[0]?.volume;
  if (id === undefined) return;
  const key = keyOf(app, id);
  const volume = tables.volumes.get(key);
  if (volume?.state !== "created") throw notFound(`volume ${id}`);
  if (volume.machine !== undefined && volume.machine !== machine.id) {
    throw failedPrecondition(`volume already claimed by machine ${volume.machine}`);
  }
  if (volume.region !== machine.region) {
    throw failedPrecondition(`insufficient resources to create new machine with existing volume '${id}'`);
  }
  tables.volumes.put(key, { ...volume, machine: machine.id });
}

/** The config as Fly stores it: what it knows of the mounted volume is beside its id (OpenAPI file, `fly.MachineMount`). */
export function withVolume(
  { tables }: { readonly tables: Tables },
  app: AppRecord,
  config: MachineConfig,
): MachineConfig {
  const mounts = config.mounts?.map((mount) => {
    const volume = mount.volume === undefined ? undefined : tables.volumes.get(keyOf(app, mount.volume));
    if (volume === undefined) return mount;
    return { ...mount, name: volume.name, encrypted: volume.encrypted, size_gb: volume.sizeGb };
  });
  return mounts === undefined ? config : { ...config, mounts };
}

/** An update cannot swap the volume: the machine has to be replaced (Fly docs, "Volumes overview"). Throws a 400. */
export function keepVolume(before: MachineConfig, after: MachineConfig): void {
  if (before.mounts?.[0]?.volume !== after.mounts?.[0]?.volume) {
    throw invalidArgument("config.mounts: the volume of a machine can't be changed");
  }
}

/** Lets go of what a machine had claimed. */
export function releaseVolumes({ volumes }: Tables, machine: { id: string; app: string }): void {
  for (const [key, volume] of volumes.entries(`${machine.app}/`)) {
    if (volume.machine === machine.id) volumes.put(key, { ...volume, machine: undefined });
  }
}
