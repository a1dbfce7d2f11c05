import { listedChecks } from "./checks.ts";
import { parseImage } from "./image-reference.ts";
import type { MachineRecord } from "./record.ts";

/** How many events an answer has; the events operation gives all that are kept. */
const SHOWN_EVENTS = 20;

/** A machine whose old version is shown. */
export type ReplacedMachine = Omit<MachineRecord, "state"> & { readonly state: "replaced" };
type Shown = MachineRecord | ReplacedMachine;

/** A machine as Fly answers it (spec `Machine`). The nonce is only in the answer that granted the lease. */
export function shownMachine(machine: Shown, nonce?: string) {
  return {
    ...shownBriefly(machine),
    config: machine.config,
    events: machine.events.slice(0, SHOWN_EVENTS),
    checks: listedChecks(machine.config, machine.checks, machine.updatedAt),
    host_status: "ok",
    ...(nonce === undefined ? {} : { nonce }),
  };
}

/** With `summary=true`: no config, checks, events and host status (spec `Machines_list`). */
export function shownBriefly(machine: Shown) {
  return { ...identity(machine), image_ref: parseImage(machine.config.image) };
}

function identity(machine: Shown) {
  return {
    id: machine.id,
    name: machine.name,
    state: machine.state,
    region: machine.region,
    instance_id: machine.instanceId,
    private_ip: machine.privateIp,
    created_at: machine.createdAt,
    updated_at: machine.updatedAt,
  };
}

/** As it is in the list of an organisation (spec `OrgMachine`). */
export function shownInOrganization(machine: MachineRecord) {
  const { image, guest, metadata = {} } = machine.config;
  return {
    ...identity(machine),
    app_name: machine.appName,
    version: machine.instanceId,
    config: { image, guest, metadata },
  };
}
