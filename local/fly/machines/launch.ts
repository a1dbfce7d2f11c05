import type { Keys } from "../keys.ts";
import { ORGANIZATION } from "../organization.ts";
import { openSecrets } from "../sealed-secrets.ts";
import type { MachineRecord } from "./record.ts";
import type { Launch } from "./runner.ts";
import type { AppRecord } from "../records.ts";

/** What a runner needs to boot the machine, its secrets opened. */
export function launchOf(app: AppRecord, machine: MachineRecord, keys: Keys): Launch {
  const { id, name, region, instanceId, privateIp, config } = machine;
  return {
    machine: { id, name, region, instanceId, privateIp },
    app: { id: app.id, name: app.name, organization: ORGANIZATION.slug, network: app.network },
    config,
    secrets: openSecrets(keys, app.id, machine.secrets.sealed),
  };
}
