import { appOf } from "../apps.ts";
import { isServedByItsOwn } from "../as-listed.ts";
import type { Call } from "../operation.ts";
import type { Platform } from "../platform.ts";
import { notFound } from "../refusal.ts";
import { keyOf } from "../tables.ts";
import { guard, NONCE_HEADER } from "./leases.ts";
import type { MachineRecord } from "./record.ts";

/** The machine that a call names. A destroyed one is still found: Fly answers it with its last state. Throws a 404. */
export function machineOf(platform: Platform, call: Call): MachineRecord {
  const machine = platform.tables.machines.get(keyOf(appOf(platform, call, "flaps"), call.param("machine")));
  if (machine === undefined) throw notFound("machine");
  return machine;
}

/** The machine, for a reading call, which may not know a new machine yet. Throws a 404. */
export function machineAskedFor(platform: Platform, call: Call): MachineRecord {
  const machine = machineOf(platform, call);
  const { switches, clock } = platform;
  const isNew = clock().getTime() - Date.parse(machine.createdAt) < switches.read("machineUnknownMs");
  if (isNew && !isServedByItsOwn(switches, call)) throw notFound("machine");
  return machine;
}

/** The machine, for a call that changes it: nobody else may hold its lease. Throws a 404 or a 409. */
export function machineToChange(platform: Platform, call: Call): MachineRecord {
  const machine = machineOf(platform, call);
  guard(machine, call.header(NONCE_HEADER), platform.clock());
  return machine;
}
