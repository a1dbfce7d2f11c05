import { TenantryError } from "../../errors/tenantry-error.ts";
import { note } from "../../output/terminal.ts";
import type { StackContext } from "../../stack/context.ts";
import { durationSeconds } from "../../tenants/model/duration.ts";
import type { Tenant, TenantSnapshots } from "../../tenants/model/tenant.ts";
import { comingDue, type Due, inOrder, SNAPSHOT } from "../engine/coming-due.ts";
import { credentialsOf } from "../engine/credentials.ts";
import { recordedIn } from "../engine/recorded-tenants.ts";
import type { StoredResource } from "../engine/stack-state.ts";
import { type Cut, parseEntry } from "./entry.ts";
import { historyLog } from "./open-log.ts";

/** When the last snapshot of each tenant was taken, in ms since 1970. A tenant without any is not in it. */
export type LastSnapshots = ReadonlyMap<string, number>;

type Scheduled = Tenant & { readonly snapshots: TenantSnapshots };

/** Tenants that may have a snapshot taken by age: of one that is suspended nothing changes. */
function isScheduled(tenant: Tenant): tenant is Scheduled {
  return tenant.state === "active" && tenant.snapshots !== undefined;
}

const milliseconds = (duration: string) => durationSeconds(duration) * 1000;

/** The last snapshot of each tenant by the lines of a history. Pure. */
export function lastSnapshotsIn(lines: readonly string[]): LastSnapshots {
  const last = new Map<string, number>();
  for (const line of lines) {
    const { kind, tenant, cut } = parseEntry(line) ?? {};
    if (kind !== "snapshot" || tenant === undefined || cut === undefined) continue;
    last.set(tenant, Math.max(last.get(tenant) ?? 0, Date.parse(cut.at)));
  }
  return last;
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
 * The last snapshots of a stack. The history is read only where a tenant's file asks for snapshots. Undefined where nothing
 * can be said of what is late: none does, the history cannot be read (which is told), or it lies on this computer alone.
 */
async function knownSnapshots(context: StackContext, tenants: readonly Tenant[]): Promise<LastSnapshots | undefined> {
  if (!tenants.some(isScheduled)) return undefined;
  try {
    const log = historyLog(context);
    return log.isShared ? lastSnapshotsIn(await log.lines()) : undefined;
  } catch (error) {
    if (!(error instanceof TenantryError)) throw error;
    note(error.message);
    return undefined;
  }
}

/** What falls due of a stack, or has: trials, credentials, snapshots; the earliest first. And when each tenant's last snapshot was. */
export async function dueOf(
  context: StackContext,
  { tenants, resources, now }: { tenants: readonly Tenant[]; resources: readonly StoredResource[]; now: Date },
): Promise<{ readonly due: readonly Due[]; readonly lastSnapshots: LastSnapshots }> {
  const soon = comingDue(tenants, credentialsOf(resources), now);
  const last = await knownSnapshots(context, tenants);
  if (last === undefined) return { due: soon, lastSnapshots: new Map() };
  const exists = recordedIn(resources);
  const there = tenants.filter(({ id }) => exists.has(id));
  return { due: inOrder([...soon, ...lateSnapshots(there, last, now)]), lastSnapshots: last };
}
