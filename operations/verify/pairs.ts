import { createHash } from "node:crypto";

/** Up to so many tenants everybody attacks everybody. */
const ALL_UP_TO = 20;
/** Above that each kind of attempt is tried by so many. */
const SAMPLE = 10;

export type Pair = readonly [attacker: string, target: string];

/**
 * Who attacks whom by one kind of attempt. Above 20 tenants a sample of 10 pairs: the seed, which includes the kind of
 * attempt, puts the tenants into a circle, and the first 10 attack the next one. So other attempts use other pairs, and some
 * hundred kinds reach every tenant. Pure.
 */
export function pairsOf(tenants: readonly string[], seed: string): Pair[] {
  if (tenants.length <= ALL_UP_TO) {
    return tenants.flatMap((attacker) =>
      tenants.filter((target) => target !== attacker).map((target): Pair => [attacker, target]),
    );
  }
  return ringOf(tenants, seed);
}

/** Each attacks one other, or above 20 tenants a sample of 10 does: for attempts that cost more than a request. Pure. */
export function ringOf(tenants: readonly string[], seed: string): Pair[] {
  if (tenants.length < 2) return [];
  const circle = circleOf(tenants, seed);
  return circle
    .slice(0, tenants.length <= ALL_UP_TO ? tenants.length : SAMPLE)
    .map((attacker, index): Pair => [attacker, circle[(index + 1) % circle.length] ?? ""]);
}

/** Who tries one kind of attempt that is against nobody else: all, or above 20 tenants a sample of 10. Pure. */
export function alone(tenants: readonly string[], seed: string): string[] {
  return tenants.length <= ALL_UP_TO ? [...tenants] : circleOf(tenants, seed).slice(0, SAMPLE);
}

function circleOf(tenants: readonly string[], seed: string): string[] {
  const place = (tenant: string) => createHash("sha256").update(`${seed} ${tenant}`).digest("hex");
  return tenants
    .map((tenant) => ({ tenant, at: place(tenant) }))
    .toSorted((one, other) => (one.at < other.at ? -1 : 1))
    .map(({ tenant }) => tenant);
}
