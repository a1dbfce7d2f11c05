import { randomBytes } from "node:crypto";

import { Refusal } from "../refusal.ts";

/** The exclusive right to change a machine for a while. */
export interface Lease {
  readonly nonce: string;
  /** Seconds since 1970. */
  readonly expiresAt: number;
  readonly owner: string;
  readonly description: string;
  /** The machine's instance id when the lease was taken. */
  readonly version: string;
}

export const NONCE_HEADER = "fly-machine-lease-nonce";

/** Seconds, when a request names none. */
const DEFAULT_TTL = 30;

/** The lease if it still holds. */
export function current(lease: Lease | undefined, now: Date): Lease | undefined {
  return lease !== undefined && lease.expiresAt * 1000 > now.getTime() ? lease : undefined;
}

/** Lets a change through unless somebody else holds the machine. Throws a 409. */
export function guard(machine: { id: string; lease: Lease | undefined }, nonce: string | undefined, now: Date): void {
  const held = current(machine.lease, now);
  if (held === undefined || held.nonce === nonce) return;
  const until = new Date(held.expiresAt * 1000).toISOString();
  throw new Refusal(409, `machine ID ${machine.id} lease currently held by ${held.owner}, expires at ${until}`);
}

/** A new lease, or the same for longer. */
export function granted(
  machine: { instanceId: string; lease: Lease | undefined },
  order: { ttl?: number | undefined; description?: string | undefined; owner: string },
  now: Date,
): Lease {
  const held = current(machine.lease, now);
  const ttl = order.ttl === undefined || order.ttl <= 0 ? DEFAULT_TTL : order.ttl;
  return {
    nonce: held?.nonce ?? randomBytes(6).toString("hex"),
    expiresAt: Math.ceil(now.getTime() / 1000) + ttl,
    owner: held?.owner ?? order.owner,
    description: order.description ?? held?.description ?? "",
    version: machine.instanceId,
  };
}

/** Wrapped, other than the OpenAPI file says: fly-go unwraps it (`MachineLease.data`). */
export function shownLease({ nonce, expiresAt, owner, description, version }: Lease) {
  return { status: "success", data: { nonce, expires_at: expiresAt, owner, description, version } };
}
