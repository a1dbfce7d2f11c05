import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { TenantryError } from "../../errors/tenantry-error.ts";
import { writeInside } from "../../output/written-file.ts";
import { VendorError } from "../../provider/http/vendor-error.ts";
import { clockFrom } from "../../provider/clock.ts";
import { tigrisClient } from "../../provider/tigris/client.ts";
import { accountsOf } from "../../stack/accounts.ts";
import type { StackContext } from "../../stack/context.ts";
import { namesAtVendors, ownerAtVendors } from "../../stack/names-at-vendors.ts";
import { refuseTenantOfSibling } from "../../stack/stack-group.ts";
import { cloneText } from "../../tenants/edits/clone-text.ts";
import { refuseInvalid, tenantPath } from "../../tenants/edits/edit-tenant-file.ts";
import { declaredTenant } from "../engine/named-tenant.ts";
import { recordedTenants } from "../engine/recorded-tenants.ts";
import { soundFleet } from "../engine/sound-fleet.ts";
import { holdingsOf } from "../handover/tenant-holdings.ts";
import type { Cut } from "../history/entry.ts";
import { historyLog } from "../history/open-log.ts";
import { noted } from "../history/recorded.ts";
import { liveMachines } from "../machines/machine-calls.ts";
import { cloneHoldings } from "./clone.ts";
import { takeCut } from "./cut.ts";
import { dueForSnapshot, keptCuts, lastSnapshots, readable, restorePoints } from "../history/snapshots-due.ts";
import { snapshotErrors } from "./errors.ts";
import { cutAt, cutsIn } from "./ledger.ts";
import { type Restored, restoreCut, type Restoring, type RestoreWish } from "./restore.ts";
import { faultLine, type RestoreTest, testRestore } from "./tested.ts";

const tigrisOf = ({ settings, home }: StackContext) => tigrisClient(accountsOf(settings, home, process.env).tigris);

/** Takes a snapshot of a tenant and notes it in the history. */
export async function snapshotTenant(context: StackContext, id: string, signal: AbortSignal): Promise<Cut> {
  const holdings = await holdingsOf(context, id, signal);
  try {
    const flush = await flushOf(context, id);
    const cut = await takeCut({ holdings, tigris: tigrisOf(context), flush, signal, now: () => new Date() });
    await noted(context, { kind: "snapshot", tenant: id, cut });
    return cut;
  } finally {
    holdings.close();
  }
}

/** The tenants of a stack that exist and whose next snapshot is due, by the last line of each in the history. */
export async function tenantsDue(context: StackContext): Promise<string[]> {
  const exists = await recordedTenants(context);
  const tenants = soundFleet(context).tenants.filter(({ id }) => exists.has(id));
  const last = lastSnapshots(restorePoints(readable(await historyLog(context).lines())));
  return dueForSnapshot(tenants, last, clockFrom(process.env)()).map(({ id }) => id);
}

/** A snapshot, and whether Tigris still has it. */
export interface Listed extends Cut {
  readonly isThere: boolean;
}

/**
 * The snapshots that the history knows, the oldest first; where the tenant's file says for how long they are kept, the older ones
 * are left out. Reads only.
 */
export async function listCuts(context: StackContext, id: string, signal: AbortSignal): Promise<Listed[]> {
  const all = cutsIn(await historyLog(context).lines(), id);
  const keep = soundFleet(context).tenants.find((tenant) => tenant.id === id)?.snapshots?.keep;
  const cuts = keep === undefined ? all : keptCuts(all, keep, clockFrom(process.env)());
  const { buckets } = tigrisOf(context);
  const names = [...new Set(cuts.map(({ bucket }) => bucket))];
  const there = new Map(
    await Promise.all(
      names.map(async (name) => [name, await buckets.snapshotVersions(name, { tenant: id, signal })] as const),
    ),
  );
  return cuts.map((cut) => ({ ...cut, isThere: there.get(cut.bucket)?.includes(cut.version) === true }));
}

/**
 * Compares a tenant with a snapshot of it, and brings back what is gone. Says in the history that it begins and that it has ended:
 * rollouts leave the tenant alone meanwhile.
 */
export async function restoreTenant(
  context: StackContext,
  id: string,
  { at, ...wish }: RestoreWish & { readonly at: Date },
  restoring: Restoring,
): Promise<Restored> {
  const holdings = await holdingsOf(context, id, restoring.signal);
  try {
    const cut = cutAt(cutsIn(await historyLog(context).lines(), id), id, at);
    if (!wish.dryRun) await noted(context, { kind: "restoring", tenant: id, cut });
    const restored = await restoreCut(holdings, cut, wish, restoring);
    if (!wish.dryRun) await noted(context, { kind: "restored", tenant: id, cut });
    return restored;
  } finally {
    holdings.close();
  }
}

/**
 * Restores a tenant's last snapshot beside it, or the last one at or before `at`, checks it and removes it, and notes in the history
 * how that ended: also where nothing could be restored. Throws SNAPSHOT_UNKNOWN and what `testRestore` throws.
 */
export async function testTenant(
  context: StackContext,
  id: string,
  at: Date | undefined,
  restoring: Restoring,
): Promise<RestoreTest> {
  const holdings = await holdingsOf(context, id, restoring.signal);
  try {
    const cut = cutAt(cutsIn(await historyLog(context).lines(), id), id, at);
    const note = (errors: readonly string[]) =>
      noted(context, {
        kind: "tested",
        tenant: id,
        cut,
        ...(errors.length === 0 ? { result: "ok" } : { result: "failed", errors: errors.slice(0, MOST_NOTED) }),
      });
    const whose = { tigris: tigrisOf(context), owner: ownerAtVendors(context, id) };
    try {
      const found = await testRestore({ ...holdings, ...whose }, cut, restoring);
      await note(found.faults.map(faultLine));
      return found;
    } catch (error) {
      if (!restoring.signal.aborted && error instanceof TenantryError) await note([error.message]);
      throw error;
    }
  } finally {
    holdings.close();
  }
}

/** How many faults of a restore point a line of the history names. */
const MOST_NOTED = 20;

/** What a clone is made of by the command line. */
export interface TenantClone {
  readonly clone: string;
  readonly at: Date | undefined;
  readonly expires: string | undefined;
  readonly scrub: string | undefined;
}

/** Makes bucket, database and file of a clone. Throws CLONE_EXISTS and what `cloneHoldings` throws. */
export async function cloneTenant(
  context: StackContext,
  id: string,
  { clone, at, expires, scrub }: TenantClone,
  signal: AbortSignal,
): Promise<{ readonly clone: string; readonly file: string; readonly cut: Cut }> {
  const { stack, projectDir } = context;
  declaredTenant(context, id);
  const parts = ["tenants", stack, `${clone}.yaml`];
  const file = join(...parts);
  if (existsSync(tenantPath(context, clone)) || (await recordedTenants(context)).has(clone))
    throw new TenantryError(snapshotErrors.CLONE_EXISTS, `there is a tenant ${clone}`, { tenant: clone });
  refuseTenantOfSibling(context, clone);
  const text = cloneText(readFileSync(tenantPath(context, id), "utf8"), expires);
  refuseInvalid(projectDir, text, file);
  const cut =
    at === undefined
      ? await snapshotTenant(context, id, signal)
      : cutAt(cutsIn(await historyLog(context).lines(), id), id, at);
  const holdings = await holdingsOf(context, id, signal);
  try {
    const whose = { owner: ownerAtVendors(context, clone), names: namesAtVendors(context, clone) };
    await cloneHoldings({ ...holdings, tigris: tigrisOf(context) }, { ...whose, cut, scrub }, signal);
    await noted(context, { kind: "cloned", tenant: clone, cut });
    writeInside(projectDir, parts, text, "wx");
    return { clone, file, cut };
  } finally {
    holdings.close();
  }
}

/**
 * Has the machine upload what its app has written below the mount. `sync` of the mount waits for all uploads
 * (docs/tigrisfs.md). Undefined: no machine runs, or it mounts no bucket.
 */
async function flushOf(context: StackContext, id: string): Promise<((seconds: number) => Promise<void>) | undefined> {
  const { mount } = declaredTenant(context, id);
  const standing = (await recordedTenants(context)).get(id);
  if (standing === undefined || mount.by !== "tigrisfs") return undefined;
  const at = { app: standing.app, machine: standing.machineId };
  const machines = liveMachines(context);
  if ((await machines.find(at, id))?.state !== "started") return undefined;
  return async (seconds) => {
    const busy = (cause?: Error) =>
      new TenantryError(snapshotErrors.SNAPSHOT_FILES_BUSY, `not done in ${seconds} s`, {
        tenant: id,
        ...(cause === undefined ? {} : { cause }),
      });
    try {
      const outcome = await machines.exec(at, id, { command: ["sync", mount.path], seconds });
      if (outcome !== undefined && outcome.exitCode !== 0) throw busy();
    } catch (error) {
      throw VendorError.hasStatus(error, 408, 504) ? busy(error) : error;
    }
  };
}
