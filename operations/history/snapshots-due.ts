import { TenantryError } from "../../errors/tenantry-error.ts";
import { note } from "../../output/terminal.ts";
import type { StackContext } from "../../stack/context.ts";
import { durationSeconds } from "../../tenants/model/duration.ts";
import type { Tenant, TenantSnapshots } from "../../tenants/model/tenant.ts";
import { comingDue, type Due, inOrder, SNAPSHOT } from "../engine/coming-due.ts";
import { credentialsOf } from "../engine/credentials.ts";
import { recordedIn } from "../engine/recorded-tenants.ts";
import type { StoredResource } from "../engine/stack-state.ts";
import { type Cut, type Entry, parseEntry } from "./entry.ts";
import { historyLog } from "./open-log.ts";

/** When the last snapshot of each tenant was taken, in ms since 1970. A tenant without any is not in it. */
export type LastSnapshots = ReadonlyMap<string, number>;

type Scheduled = Tenant & { readonly snapshots: TenantSnapshots };

/** Tenants that may have a snapshot taken by age: of one that is suspended nothing changes. */
function isScheduled(tenant: Tenant): tenant is Scheduled {
  return tenant.state === "active" && tenant.snapshots !== undefined;
}

const milliseconds = (duration: string) => durationSeconds(duration) * 1000;

/** What a tenant can be restored from. Times are ISO 8601, UTC. */
export interface RestorePoints {
  /** Of when the last snapshot is. */
  readonly last: string;
  /** The last test: of which snapshot, when, and whether all of it was there. Null: none was ever tested. */
  readonly tested: { readonly of: string; readonly at: string; readonly isWhole: boolean } | null;
}

/** The last snapshot of each tenant, and the last that was restored for a test. Pure. */
export function restorePoints(history: readonly Entry[]): ReadonlyMap<string, RestorePoints> {
  const found = new Map<string, RestorePoints>();
  for (const { kind, tenant, cut, time, result } of history) {
    if (tenant === undefined || cut === undefined) continue;
    const { last = cut.at, tested = null } = found.get(tenant) ?? {};
    if (kind === "snapshot") found.set(tenant, { last: cut.at > last ? cut.at : last, tested });
    if (kind === "tested") found.set(tenant, { last, tested: { of: cut.at, at: time, isWhole: result === "ok" } });
  }
  return found;
}

/** When the last snapshot of each tenant was, by its restore points. Pure. */
export function lastSnapshots(points: ReadonlyMap<string, RestorePoints>): LastSnapshots {
  return new Map([...points].map(([tenant, { last }]) => [tenant, Date.parse(last)]));
}

/** The lines of a history that can be read. Pure. */
export function readable(lines: readonly string[]): Entry[] {
  return lines.flatMap((line) => parseEntry(line) ?? []);
}

/**
 * What of a tenant's restore points is for people: `2026-11-26, tested 2026-11-20`; with `, NOT whole` where the test has found
 * something missing or damaged. Pure.
 */
export function pointWords({ last, tested }: RestorePoints): string {
  if (tested === null) return `${last.slice(0, 10)}, never tested`;
  const of = tested.of === last ? "" : `one of ${tested.of.slice(0, 10)} `;
  return `${last.slice(0, 10)}, ${of}tested ${tested.at.slice(0, 10)}${tested.isWhole ? "" : ", NOT whole"}`;
}

/**
 * The tenants whose next snapshot is due. What runs at the same hour of each day is never late to the second: a twelfth of
 * `every` before its time, 2 hours of a day, a snapshot counts as due. Pure.
 */
export function dueForSnapshot(tenants: readonly Tenant[], last: LastSnapshots, now: Date): Tenant[] {
  return tenants.filter(
    (tenant) =>
      isScheduled(tenant) &&
      now.getTime() - (last.get(tenant.id) ?? -Infinity) >= (milliseconds(tenant.snapshots.every) * 11) / 12,
  );
}

/**
 * The tenants that have a snapshot, those first of which none was ever tested, then those whose last test is the oldest. With `span`
 * only those whose last test has found it not whole, or is as old; a twelfth less counts, as with snapshots. Pure.
 */
export function dueForTest(
  tenants: readonly Pick<Tenant, "id">[],
  points: ReadonlyMap<string, RestorePoints>,
  span: string | undefined,
  now: Date,
): string[] {
  const limit = span === undefined ? 0 : (milliseconds(span) * 11) / 12;
  const found = tenants.flatMap(({ id }) => {
    const point = points.get(id);
    if (point === undefined) return [];
    const { tested } = point;
    const isDue = tested === null || !tested.isWhole || now.getTime() - Date.parse(tested.at) >= limit;
    return isDue ? [{ id, at: tested?.at ?? "" }] : [];
  });
  return found.sort((one, other) => (one.at < other.at ? -1 : one.at > other.at ? 1 : 0)).map(({ id }) => id);
}

/**
 * The tenants that have no snapshot younger than twice `every`: something keeps them from being taken. Of one that never had
 * any, its first is due now. Pure.
 */
export function lateSnapshots(tenants: readonly Tenant[], last: LastSnapshots, now: Date): Due[] {
  return tenants.filter(isScheduled).flatMap(({ id, snapshots }): Due[] => {
    const every = milliseconds(snapshots.every);
    const taken = last.get(id);
    if (taken === undefined) return [{ tenant: id, what: SNAPSHOT, at: now.toISOString(), isOverdue: false }];
    if (now.getTime() - taken <= 2 * every) return [];
    return [{ tenant: id, what: SNAPSHOT, at: new Date(taken + every).toISOString(), isOverdue: true }];
  });
}

/** The snapshots that are not older than `keep`, and always the youngest: without it a tenant has none. Oldest first. Pure. */
export function keptCuts<One extends Pick<Cut, "at">>(cuts: readonly One[], keep: string, now: Date): One[] {
  const from = now.getTime() - milliseconds(keep);
  return cuts.filter(({ at }, place) => place === cuts.length - 1 || Date.parse(at) >= from);
}

/**
 * The restore points of a stack. The history is read only where a tenant's file asks for snapshots. Undefined where nothing
 * can be said of what is late: none does, the history cannot be read (which is told), or it lies on this computer alone.
 */
async function knownPoints(
  context: StackContext,
  tenants: readonly Tenant[],
): Promise<ReadonlyMap<string, RestorePoints> | undefined> {
  if (!tenants.some(isScheduled)) return undefined;
  return readOrTold(async () => {
    const log = historyLog(context);
    return log.isShared ? restorePoints(readable(await log.lines())) : undefined;
  });
}

/**
 * What one tenant can be restored from. Null: the history knows of nothing, or cannot be read, which is told; of a bucket that keeps
 * no snapshots it is not read.
 */
export async function pointsOf(
  context: StackContext,
  { id, storage }: Pick<Tenant, "id" | "storage">,
): Promise<RestorePoints | null> {
  if (storage.backend !== "tigris" || !storage.snapshots) return null;
  return (await readOrTold(async () => restorePoints(readable(await historyLog(context).lines())).get(id))) ?? null;
}

/** Undefined: it could not be read, and that was told. */
async function readOrTold<Result>(read: () => Promise<Result>): Promise<Result | undefined> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof TenantryError)) throw error;
    note(error.message);
    return undefined;
  }
}

/** What falls due of a stack, or has: trials, credentials, snapshots; the earliest first. And what each tenant can be restored from. */
export async function dueOf(
  context: StackContext,
  { tenants, resources, now }: { tenants: readonly Tenant[]; resources: readonly StoredResource[]; now: Date },
): Promise<{ readonly due: readonly Due[]; readonly points: ReadonlyMap<string, RestorePoints> }> {
  const soon = comingDue(tenants, credentialsOf(resources), now);
  const points = await knownPoints(context, tenants);
  if (points === undefined) return { due: soon, points: new Map() };
  const exists = recordedIn(resources);
  const there = tenants.filter(({ id }) => exists.has(id));
  return { due: inOrder([...soon, ...lateSnapshots(there, lastSnapshots(points), now)]), points };
}
