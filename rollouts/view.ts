import { isDeepStrictEqual } from "node:util";

import type { Plans } from "../tenants/model/tenant-file.ts";
import { valueAt } from "./change.ts";
import type { BegunRing, Member, RolloutRecord } from "./record.ts";
import { filledRings } from "./rings.ts";
import type { Rollout } from "./rollout.ts";
import { type Membership, membershipOf, type Subject } from "./subject.ts";

/**
 * Where a tenant is on its way: `waiting` for its ring; `to-pin` in a ring that was begun, its file not written yet; `pinned`;
 * `returned` to what it had; `edited` by somebody to something else since; `gone` with its file.
 */
export type Phase = "waiting" | "to-pin" | "pinned" | "returned" | "edited" | "gone";

/** A ring as it is now. */
export interface RingView {
  readonly name: string;
  /** The record of it; undefined: it was not begun. */
  readonly begun: BegunRing | undefined;
  readonly tenants: readonly { readonly id: string; readonly phase: Phase }[];
}

/** A rollout in one stack, as its file, its record and the tenants' files tell. */
export interface RolloutView {
  /** In the order in which they go. */
  readonly rings: readonly RingView[];
  /** Who may go and is in no ring: new since, held no longer, or returned before it was started again. */
  readonly late: readonly string[];
  /** Who stays, and why. */
  readonly leftOut: readonly (Extract<Membership, { readonly why: string }> & { readonly id: string })[];
  /** Who has the value without the rollout. */
  readonly hasIt: readonly string[];
  readonly notMeant: readonly string[];
}

/** What is read of a stack to see a rollout in it. */
export interface RolloutBasis {
  readonly stack: string;
  readonly plans: Plans;
  readonly subjects: readonly Subject[];
  /** `2027-01-31`, in UTC. */
  readonly today: string;
  /** Tenants that no ring takes right now, with why. Default: none. */
  readonly busy?: ReadonlyMap<string, string>;
}

/** How far a rollout is. Pure. */
export function rolloutView(rollout: Rollout, record: RolloutRecord | undefined, basis: RolloutBasis): RolloutView {
  const { plans, stack, today, subjects, busy } = basis;
  const leftAlone = ({ tenant }: Subject, as: Membership): Membership => {
    const why = busy?.get(tenant.id);
    return as.as === "eligible" && why !== undefined ? { as: "skipped", why } : as;
  };
  const begun = new Map((record?.rings ?? []).map((ring) => [ring.name, membersOf(ring, record)]));
  const inRing = new Set([...begun.values()].flat());
  const memberships = subjects
    .filter(({ tenant }) => !inRing.has(tenant.id))
    .map((subject) => ({
      id: subject.tenant.id,
      ...leftAlone(subject, membershipOf(rollout, subject, plans, stack, today)),
    }));
  const having = (as: Membership["as"]) => memberships.filter((each) => each.as === as).map(({ id }) => id);
  const filled = filledRings(rollout.rings, [...inRing, ...having("eligible")], begun);
  const ringOf = (name: string) => record?.rings.find((each) => each.name === name);
  const others = [...begun].filter(([name]) => !filled.some((each) => each.name === name));
  const all = [...filled, ...others.map(([name, tenants]) => ({ name, tenants }))];
  const placed = new Set(all.flatMap(({ tenants }) => tenants));
  return {
    rings: all.map(({ name, tenants }) => ({
      name,
      begun: ringOf(name),
      tenants: tenants.map((id) => ({ id, phase: phaseOf(id, ringOf(name)?.tenants[id], record, basis) })),
    })),
    late: having("eligible").filter((id) => !placed.has(id)),
    leftOut: memberships.flatMap((each) => ("why" in each ? [each] : [])),
    hasIt: having("has-it"),
    notMeant: having("not-meant"),
  };
}

/** Who was returned before the rollout was started again is free for another ring. */
function membersOf({ tenants }: BegunRing, record: RolloutRecord | undefined): string[] {
  const lifted = record?.lifted ?? "";
  return Object.entries(tenants).flatMap(([id, { returned }]) =>
    returned !== undefined && returned.at < lifted ? [] : [id],
  );
}

function phaseOf(
  id: string,
  member: Member | undefined,
  record: RolloutRecord | undefined,
  basis: RolloutBasis,
): Phase {
  if (member === undefined || record === undefined) return "waiting";
  const subject = basis.subjects.find(({ tenant }) => tenant.id === id);
  if (subject === undefined || subject.tenant.state === "purged") return "gone";
  if (member.returned !== undefined) return "returned";
  const { own } = subject;
  if (record.change.every(({ path, value }) => isDeepStrictEqual(valueAt(own, path), value))) return "pinned";
  const isAsBefore = record.change.every(({ path, value }) => {
    const now = valueAt(own, path);
    const had = member.before.find((each) => isDeepStrictEqual(each.path, path))?.value;
    return isDeepStrictEqual(now, had) || isDeepStrictEqual(now, value);
  });
  return isAsBefore ? "to-pin" : "edited";
}
