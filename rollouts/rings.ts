import { createHash } from "node:crypto";

import { nameOfRing } from "./rollout.ts";
import type { Ring } from "./rollout-file.ts";

/** A ring with its tenants, in the order in which they go. */
export interface FilledRing {
  readonly name: string;
  readonly tenants: readonly string[];
}

/**
 * Who is in which ring: every one of `ids` in exactly one. Canaries are named; a share of `p%` is filled until so many of all
 * have it, rounded up; `rest` is who is left. The order within follows from a hash of the ids: the same everywhere, and who
 * comes new moves nobody further than over the edge of one ring. Pure.
 *
 * @param ids who the rollout is for, in any order
 * @param begun the rings that were begun, by name: who is in them stays in them
 */
export function filledRings(
  rings: readonly Ring[],
  ids: readonly string[],
  begun: ReadonlyMap<string, readonly string[]> = new Map(),
): FilledRing[] {
  const waiting = new Set(inHashOrder(ids));
  for (const tenant of [...begun.values()].flat()) waiting.delete(tenant);
  let reached = 0;
  return rings.map((ring) => {
    const name = nameOfRing(ring);
    const tenants = begun.get(name) ?? nextOf(ring, [...waiting], ids.length, reached);
    for (const tenant of tenants) waiting.delete(tenant);
    reached += tenants.length;
    return { name, tenants };
  });
}

function nextOf(ring: Ring, waiting: readonly string[], all: number, reached: number): readonly string[] {
  if (ring === "rest") return waiting;
  if (typeof ring === "object") return ring.canary.filter((id) => waiting.includes(id));
  const share = Number(ring.slice(0, -1)) / 100;
  // 0.05 * 20 is a little more than 1.
  const target = Math.ceil(Number((share * all).toFixed(6)));
  return waiting.slice(0, Math.max(0, target - reached));
}

/** By a hash that says nothing about a tenant: no customer is always the first because of a name with an a. */
export function inHashOrder(ids: readonly string[]): string[] {
  const hashes = new Map(ids.map((id) => [id, createHash("sha256").update(id).digest("hex")]));
  const compare = (one: string, other: string) => (one < other ? -1 : one > other ? 1 : 0);
  return [...new Set(ids)].sort((a, b) => compare(hashes.get(a) ?? "", hashes.get(b) ?? "") || compare(a, b));
}
