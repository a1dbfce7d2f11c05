import { type BegunRing, isActive, type Member, type RolloutRecord } from "./record.ts";

/** The ring in which a tenant was last, with what its gates said. */
export interface LastRing {
  readonly rollout: string;
  readonly ring: string;
  /** When the ring was begun, ISO 8601. */
  readonly begun: string;
  /** `open`: its gates were not all seen to hold. `failed`, `returned`: this tenant has failed, or has what it had before. */
  readonly gate: "open" | "passed" | "failed" | "returned";
  /** When the gates held, or the tenant was returned, ISO 8601. Undefined while they are open, and where they failed. */
  readonly at: string | undefined;
  /** What the gates found, for people. */
  readonly found: string;
  /** Whether the rollout goes on: begun, and not finished. */
  readonly isUnderWay: boolean;
}

/** The ring in which the tenant was last, of all rollouts that a stack has records of; undefined: in none. Pure. */
export function lastRingOf(id: string, records: readonly RolloutRecord[]): LastRing | undefined {
  return ringsOf(id, records).at(-1);
}

/** Every ring that the tenant was in, the oldest first. Pure. */
export function ringsOf(id: string, records: readonly RolloutRecord[]): readonly LastRing[] {
  return records
    .flatMap((record) =>
      record.rings.flatMap((ring) => {
        const member = ring.tenants[id];
        return member === undefined ? [] : [ringOf(record, ring, member)];
      }),
    )
    .sort((one, other) => (one.begun < other.begun ? -1 : one.begun > other.begun ? 1 : 0));
}

function ringOf(record: RolloutRecord, { name, begun, passed, found }: BegunRing, member: Member): LastRing {
  const place = { rollout: record.rollout, ring: name, begun, isUnderWay: isActive(record) };
  const { failed, returned } = member;
  if (returned !== undefined) {
    const why = returned.why === "failed" ? "taken back: it failed" : "rolled back on request";
    return { ...place, gate: "returned", at: returned.at, found: failed ?? why };
  }
  if (failed !== undefined) return { ...place, gate: "failed", at: undefined, found: failed };
  const words = found.join("; ");
  return passed === undefined
    ? { ...place, gate: "open", at: undefined, found: words }
    : { ...place, gate: "passed", at: passed, found: words };
}
