import { TenantryError } from "../../errors/tenantry-error.ts";
import { VendorError } from "../http/vendor-error.ts";
import type { Call } from "../plugin/resource-type.ts";
import type { FlyClient } from "./client.ts";
import { flyErrors } from "./errors.ts";
import type { MachineAddress } from "./machine-calls.ts";
import { type LeasedMachine, settled, stop } from "./machine-change.ts";
import { type HeldLease, type LeaseOrder, takeLease } from "./machine-lease.ts";
import { pollUntil } from "./poll.ts";

/** Fly may want force for these (flyctl destroys without it only what is stopped or suspended). They have nothing to flush. */
const NEVER_RAN = ["created", "failed"];
/** Milliseconds that Fly may take to carry out a deletion. */
const GONE_LIMIT_MS = 60_000;

/**
 * Stops a machine within its own kill timeout, then destroys it, without force if it ever ran. A machine that is already gone
 * is a success.
 */
export async function removeMachine(
  client: FlyClient,
  at: MachineAddress,
  order: LeaseOrder,
  call: Call,
): Promise<void> {
  const to = { tenant: order.tenant, signal: call.signal };
  if ((await client.machine(at, to)) === undefined) return;
  let lease: HeldLease | undefined;
  let isGone = false;
  try {
    lease = await takeLease(client, at, order, call);
    await stopAndDestroy({ client, at, to, nonce: lease.nonce });
    isGone = true;
  } catch (error) {
    if (!TenantryError.is(error, flyErrors.FLY_MACHINE_GONE)) throw error;
    isGone = true;
  } finally {
    if (isGone) lease?.forget();
    else await lease?.release();
  }
}

async function stopAndDestroy(leased: LeasedMachine): Promise<void> {
  const { client, at, nonce, to } = leased;
  await stop(leased, await settled(leased));
  try {
    await client.destroyMachine(at, nonce, to);
  } catch (error) {
    if (!VendorError.hasStatus(error, 400, 412)) throw error;
    const machine = await settled(leased);
    const force = NEVER_RAN.includes(machine.state);
    // Fly's proxy started it in between.
    if (!force) await stop(leased, machine);
    await client.destroyMachine(at, nonce, to, { force });
  }
  const gone = await pollUntil(async () => ((await client.machine(at, to)) === undefined ? true : undefined), {
    limitMs: GONE_LIMIT_MS,
    signal: to.signal,
  });
  if (gone === undefined) {
    const name = `machine ${at.app}/${at.machine} is still there`;
    throw new TenantryError(flyErrors.FLY_STILL_THERE, name, { tenant: to.tenant });
  }
}
