import * as z from "zod";

import { stringify } from "yaml";

/** A setting of a tenant's own file before it was pinned. */
const setting = z.strictObject({ path: z.array(z.string()).min(1), value: z.unknown() });

const member = z.strictObject({
  /** What the tenant's file itself said of the settings that change; nothing of those that came from its plan. */
  before: z.array(setting).default([]),
  /** A gate that it did not pass, in words; what `rollout back` takes for failed. */
  failed: z.string().optional(),
  /** It has what it had before again. */
  returned: z.strictObject({ at: z.iso.datetime(), why: z.enum(["failed", "asked"]) }).optional(),
});

const ring = z.strictObject({
  name: z.string(),
  begun: z.iso.datetime(),
  /** All its gates held. */
  passed: z.iso.datetime().optional(),
  /** What the gates found then, for people. */
  found: z.array(z.string()).default([]),
  tenants: z.record(z.string(), member),
});

const recordSchema = z.strictObject({
  rollout: z.string(),
  stack: z.string(),
  begun: z.iso.datetime(),
  /** Its change as of its start. */
  change: z.array(setting).min(1),
  /** As the rollout's file said when the last ring was begun: the provider reads them here. */
  halt: z.int().min(1),
  atATime: z.int().min(1),
  rings: z.array(ring),
  halted: z.strictObject({ at: z.iso.datetime(), reason: z.string() }).optional(),
  /** What failed before counts no more: somebody has started it again. */
  lifted: z.iso.datetime().optional(),
  finished: z.iso.datetime().optional(),
});

/** How far a rollout has come in one stack. Together with the tenants' files it is all there is to know. */
export type RolloutRecord = z.infer<typeof recordSchema>;
/** A ring that was begun. */
export type BegunRing = RolloutRecord["rings"][number];
/** A tenant of a ring that was begun. */
export type Member = z.infer<typeof member>;

/** The record as its file says it, `rollouts/<stack>/<name>.yaml`, each field in its place, so that a review shows what is new. Pure. */
export function recordText(record: RolloutRecord): string {
  return `${HEAD}${stringify(recordSchema.parse(record), { lineWidth: 0 })}`;
}

const HEAD =
  "# Written by `tenantry rollout`: the rollout's progress here, and the previous values in each tenant's file.\n" +
  "# Commit it together with the tenants' files; do not edit it.\n";

/** Undefined: it is no record that this version of tenantry has written. Pure. */
export function parseRecord(data: unknown): RolloutRecord | undefined {
  return recordSchema.safeParse(data).data;
}

/** The record, halted. The first reason stays, with its time; further reasons are appended. Pure. */
export function halted(record: RolloutRecord, reason: string, at: Date): RolloutRecord {
  const before = record.halted;
  if (before === undefined) return { ...record, halted: { at: at.toISOString(), reason } };
  if (before.reason.split("; ").includes(reason)) return record;
  return { ...record, halted: { ...before, reason: `${before.reason}; ${reason}` } };
}

/** Whether it is under way: begun, and not finished. */
export function isActive({ finished }: RolloutRecord): boolean {
  return finished === undefined;
}

/** The tenants that have the new value by this rollout, with what they had before. Those that were returned are none. Pure. */
export function pinnedIn({ rings }: RolloutRecord): ReadonlyMap<string, Member> {
  return new Map(
    rings.flatMap(({ tenants }) => Object.entries(tenants).filter(([, { returned }]) => returned === undefined)),
  );
}

/** The record with these members of a ring changed. Pure. */
export function withMembers(
  record: RolloutRecord,
  ids: Iterable<string>,
  change: (member: Member, id: string) => Member,
): RolloutRecord {
  const meant = new Set(ids);
  const rings = record.rings.map((each) => ({
    ...each,
    tenants: Object.fromEntries(
      Object.entries(each.tenants).map(([id, had]) => [id, meant.has(id) ? change(had, id) : had]),
    ),
  }));
  return { ...record, rings };
}

/** How many tenants have failed since it was started last. Pure. */
export function failuresIn({ rings, lifted = "" }: RolloutRecord, failing: ReadonlySet<string> = new Set()): number {
  const members = rings.flatMap(({ tenants }) => Object.entries(tenants));
  return new Set(
    members.flatMap(([id, { failed, returned }]) => {
      if (returned !== undefined) return returned.why === "failed" && returned.at > lifted ? [id] : [];
      return failed !== undefined || failing.has(id) ? [id] : [];
    }),
  ).size;
}
