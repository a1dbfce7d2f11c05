import type { TenantStorage } from "../../tenants/model/tenant.ts";
import { guestOf } from "../machine-config.ts";
import { type App, Volume } from "../resources/fly.ts";
import type { Files, Role, Site } from "./files.ts";

/** A volume of the tenant's app. It has no key: only the machine that mounts it can access it. */
export function flyVolume(
  { tenant, parent }: Site,
  { volume: { sizeGb, snapshotRetentionDays } }: Extract<TenantStorage, { backend: "fly-volume" }>,
  { isProtected }: Role,
  app: App,
): Files {
  const { id, machine } = tenant;
  const place = { app: app.name, name: "data", region: machine.region };
  const settings = { sizeGb, snapshotRetention: snapshotRetentionDays, deletable: !isProtected };
  const args = { ...place, ...settings, guest: guestOf(machine) };
  const { volumeId } = new Volume(id, args, { parent, protect: isProtected });
  return { attachment: volumeId.apply((volume) => ({ volume })), volume: volumeId };
}
