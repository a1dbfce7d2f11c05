import { TenantryError } from "../../errors/tenantry-error.ts";
import { isActive, type RolloutRecord } from "../../rollouts/record.ts";
import { recordsOf, writeRecord } from "../../rollouts/records.ts";
import type { Subject } from "../../rollouts/subject.ts";
import type { RingView, RolloutView } from "../../rollouts/view.ts";
import { rolloutErrors } from "./errors.ts";
import type { Opened } from "./opened.ts";
import { beforeOf, pinned, writeChanges } from "./pins.ts";

/** What came of a ring's turn. */
export interface RingWritten {
  readonly ring: string;
  readonly tenants: readonly string[];
  /** Files that were written now: fewer than the tenants when an earlier run was killed on the way. */
  readonly files: readonly string[];
}

/** The ring whose turn it is; undefined: every tenant has had its turn. Pure. */
export function nextRing({
  rings,
  late,
}: RolloutView): (Pick<RingView, "name"> & { readonly ids: readonly string[] }) | undefined {
  const waiting = rings.find(({ begun, tenants }) => begun === undefined && tenants.length > 0);
  if (waiting !== undefined) return { name: waiting.name, ids: waiting.tenants.map(({ id }) => id) };
  if (late.length === 0) return undefined;
  const names = new Set(rings.map(({ name }) => name));
  const count = [...names].filter((name) => name.startsWith(LATE)).length;
  return { name: count === 0 ? LATE : `${LATE} ${count + 1}`, ids: late };
}

/** The ring of those who came, or came free, after their ring had its turn. */
const LATE = "late";

/** The record that a rollout begins with. Throws ROLLOUT_UNDER_WAY when another one changes the same setting in this stack. */
export function newRecord({ context, rollout }: Opened, now: Date): RolloutRecord {
  const changed = new Set(rollout.change.map(({ path }) => path.join(".")));
  const other = recordsOf(context.projectDir, context.stack).find(
    (each) =>
      each.rollout !== rollout.name && isActive(each) && each.change.some(({ path }) => changed.has(path.join("."))),
  );
  if (other !== undefined)
    throw new TenantryError(
      rolloutErrors.ROLLOUT_UNDER_WAY,
      `${other.rollout} changes the same setting in ${context.stack}`,
    );
  const { name, change, halt, atATime } = rollout;
  const copy = change.map(({ path, value }) => ({ path: [...path], value }));
  return { rollout: name, stack: context.stack, begun: now.toISOString(), change: copy, halt, atATime, rings: [] };
}

/**
 * Starts the next ring: writes first the record, with the previous content of each tenant's file, then the files, one by one.
 * After a kill at any moment, `completeRing` completes it. Undefined: no tenant is left. Throws TENANT_FILES_INVALID before
 * anything is written when a tenant cannot take the change.
 */
export function beginRing(opened: Opened, record: RolloutRecord, now: Date): RingWritten | undefined {
  const { context, basis: basis, rollout, view } = opened;
  const ring = nextRing(view);
  if (ring === undefined) return undefined;
  const subjects = subjectsOf(basis.subjects, ring.ids);
  const changes = subjects.map((subject) => pinned(subject, record.change));
  const tenants = Object.fromEntries(
    subjects.map((each) => [each.tenant.id, { before: beforeOf(each, record.change) }]),
  );
  const begun = { name: ring.name, begun: now.toISOString(), found: [], tenants };
  const { halt, atATime } = rollout;
  const files = writeChanges(context.projectDir, changes, subjects, () => {
    writeRecord(context.projectDir, { ...record, halt, atATime, rings: [...record.rings, begun] });
  });
  return { ring: ring.name, tenants: ring.ids, files };
}

/** Writes the files that a run before left unwritten; undefined: there are none. */
export function completeRing({ context, basis: basis, view, record }: Opened): RingWritten | undefined {
  const open = view.rings.find(({ tenants }) => tenants.some(({ phase }) => phase === "to-pin"));
  if (open === undefined || record === undefined) return undefined;
  const ids = open.tenants.flatMap(({ id, phase }) => (phase === "to-pin" ? [id] : []));
  const subjects = subjectsOf(basis.subjects, ids);
  const changes = subjects.map((subject) => pinned(subject, record.change));
  const files = writeChanges(context.projectDir, changes, subjects);
  return { ring: open.name, tenants: open.tenants.map(({ id }) => id), files };
}

/** In the order of the ids. */
export function subjectsOf(subjects: readonly Subject[], ids: Iterable<string>): Subject[] {
  const byId = new Map(subjects.map((subject) => [subject.tenant.id, subject]));
  return [...ids].flatMap((id) => byId.get(id) ?? []);
}
