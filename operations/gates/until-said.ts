import { setTimeout as sleep } from "node:timers/promises";

import { TenantryError } from "../../errors/tenantry-error.ts";
import { gateErrors } from "./errors.ts";
import type { GateMachine, ScratchTenants } from "./scratch-tenants.ts";

const WAIT_MS = 60_000;

/** Waits until the machine's log has these words; answers it. Throws GATE_CALL_FAILED after a minute. */
export async function untilSaid(
  scratch: ScratchTenants,
  machine: GateMachine,
  words: string | RegExp,
): Promise<string> {
  for (const began = Date.now(); Date.now() - began < WAIT_MS;) {
    const log = await scratch.log(machine);
    if (new RegExp(words).test(log)) return log;
    await sleep(200);
  }
  throw new TenantryError(gateErrors.GATE_CALL_FAILED, `the app in ${machine.id} has not written enough`);
}
