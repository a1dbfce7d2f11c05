import { randomBytes } from "node:crypto";

import { TenantryError } from "../../errors/tenantry-error.ts";
import { VendorError } from "../http/vendor-error.ts";
import type { Call } from "../plugin/resource-type.ts";
import { isAmbiguous } from "../http/serving.ts";
import type { FlyClient } from "./client.ts";
import { flyErrors } from "./errors.ts";
import type { FlyLease, MachineAddress } from "./machine-calls.ts";
import { pollUntil } from "./poll.ts";

/** The exclusive right to change a machine, held for as long as the work takes. */
export interface HeldLease {
  /** Goes with every change. */
  readonly nonce: string;
  /** Releases it. Never fails: a lease that cannot be released expires. */
  release(): Promise<void>;
  /** For a machine that is gone together with its lease. */
  forget(): void;
}

/** For which machine a lease is taken, and for how long. */
export interface LeaseOrder {
  /** The owner of the machine: we wait for the lease of our own killed run, but not for another holder's. */
  readonly mark: string;
  readonly tenant: string;
  /** Seconds. Short and renewed during the work, so that a killed run blocks the next one only briefly. */
  readonly seconds: number;
}

/** Extra time, because a lease starts before its answer arrives. */
const SLACK_MS = 5000;
const TRIES = 4;

/** Takes the lease of a machine. Throws FLY_LEASE_HELD when somebody else has it, FLY_MACHINE_GONE when there is no machine. */
export async function takeLease(
  client: FlyClient,
  at: MachineAddress,
  order: LeaseOrder,
  call: Call,
): Promise<HeldLease> {
  const description = `${prefixOf(order)}${randomBytes(4).toString("hex")}`;
  for (let attempt = 1; ; attempt += 1) {
    try {
      const to = { tenant: order.tenant, signal: call.signal };
      const { nonce } = await client.leaseMachine(at, { ttl: order.seconds, description }, to);
      if (nonce === undefined) throw new TenantryError(flyErrors.FLY_ANSWER, "a lease without a nonce");
      return hold(client, at, { ...order, nonce, description }, call);
    } catch (error) {
      const nonce = await waitForTurn(client, at, { ...order, description }, call, error);
      if (nonce !== undefined) return hold(client, at, { ...order, nonce, description }, call);
      if (attempt === TRIES) throw error;
    }
  }
}

/** After a refused lease: resolves when it can be tried again, or with its nonce if it was granted after all. */
async function waitForTurn(
  client: FlyClient,
  at: MachineAddress,
  order: LeaseOrder & { description: string },
  call: Call,
  refusal: unknown,
): Promise<string | undefined> {
  const { tenant, seconds, description } = order;
  const name = `machine ${at.app}/${at.machine}`;
  const to = { tenant, signal: call.signal };
  if (!VendorError.hasStatus(refusal, 409) && !isAmbiguous(refusal)) {
    if (!(refusal instanceof VendorError) || (await client.machine(at, to)) !== undefined) throw refusal;
    throw new TenantryError(flyErrors.FLY_MACHINE_GONE, name, { tenant });
  }
  const found = await client.lease(at, to);
  if (found === undefined) return undefined;
  if (found.description === description && found.nonce !== undefined) return found.nonce;
  if (!found.description.startsWith(prefixOf(order))) throw heldBy(found, name, tenant);
  call.log("info", `${name}: waiting up to ${seconds} s for the lease of an earlier run`);
  const ended = await pollUntil(async () => ((await client.lease(at, to)) === undefined ? true : undefined), {
    limitMs: seconds * 1000 + SLACK_MS,
    signal: call.signal,
  });
  if (ended === undefined) throw heldBy(found, name, tenant);
  return undefined;
}

function hold(
  client: FlyClient,
  at: MachineAddress,
  lease: LeaseOrder & { nonce: string; description: string },
  call: Call,
): HeldLease {
  const { nonce, seconds, description, tenant } = lease;
  // Also after Ctrl-C: the lease must not outlive the run.
  const to = { tenant };
  let underWay: Promise<unknown> = Promise.resolve();
  const refresh = setInterval(
    () => {
      // A refresh that fails is repeated by the next one; without the lease Fly refuses the change itself.
      underWay = client.leaseMachine(at, { ttl: seconds, description, nonce }, to).catch(() => undefined);
    },
    (seconds * 1000) / 3,
  ).unref();
  return {
    nonce,
    forget() {
      clearInterval(refresh);
    },
    async release() {
      clearInterval(refresh);
      // A refresh after the release would take the lease again.
      await underWay;
      try {
        await client.releaseLease(at, nonce, to);
      } catch {
        call.log("warning", `machine ${at.app}/${at.machine}: the lease was not released; it ends in ${seconds} s`);
      }
    },
  };
}

function prefixOf({ mark }: LeaseOrder): string {
  return `tenantry ${mark} `;
}

function heldBy({ owner, description, expiresAt }: FlyLease, name: string, tenant: string): TenantryError {
  const purpose = description === "" ? "" : ` ("${description}")`;
  const what = `${name}: ${owner} holds the lease${purpose} until ${expiresAt.toISOString()}`;
  return new TenantryError(flyErrors.FLY_LEASE_HELD, what, { tenant });
}
