import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { TenantryError } from "../../errors/tenantry-error.ts";
import { printable } from "../../output/printable.ts";
import { note } from "../../output/terminal.ts";
import { writeInside } from "../../output/written-file.ts";
import { VendorError } from "../../provider/http/vendor-error.ts";
import { clockFrom } from "../../provider/clock.ts";
import type { ExecOutcome } from "../../provider/fly/exec-calls.ts";
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
import { type Cutting, takeCut } from "./cut.ts";
import { dueForSnapshot, keptCuts, lastSnapshots, readable, restorePoints } from "../history/snapshots-due.ts";
import { snapshotErrors } from "./errors.ts";
import { cutAt, cutsIn } from "./ledger.ts";
import type { Quiesce } from "./quiesce.ts";
import { type Restored, restoreCut, type Restoring, type RestoreWish } from "./restore.ts";

/** The stack's own way in to Tigris. */
export const tigrisOf = ({ settings, home }: StackContext) =>
  tigrisClient(accountsOf(settings, home, process.env).tigris);

/** Takes a snapshot of a tenant and notes it in the history. */
export async function snapshotTenant(context: StackContext, id: string, signal: AbortSignal): Promise<Cut> {
  const holdings = await holdingsOf(context, id, signal);
  try {
    const asks = await asksOf(context, id);
    const cut = await takeCut({ holdings, tigris: tigrisOf(context), ...asks, signal, now: () => new Date() });
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

/** What a cut asks of a tenant's machine. Nothing: no machine runs. */
async function asksOf(context: StackContext, id: string): Promise<Pick<Cutting, "flush" | "quiesce" | "tell">> {
  const { mount, quiesce } = declaredTenant(context, id);
  const existing = (await recordedTenants(context)).get(id);
  if (existing === undefined) return { flush: undefined };
  const at = { app: existing.app, machine: existing.machineId };
  const machines = liveMachines(context);
  if ((await machines.find(at, id))?.state !== "started") return { flush: undefined };
  const exec = (command: readonly string[], seconds: number) => machines.exec(at, id, { command, seconds });
  return {
    flush: mount.by === "tigrisfs" ? flushBy(exec, id, mount.path) : undefined,
    ...(quiesce === undefined ? {} : { quiesce: quiesceBy(exec, quiesce) }),
    tell: (failed) => {
      note(`${id}: \`snapshots.quiesce\` failed, so only the database's fence blocks writes: ${printable(failed)}`);
    },
  };
}

type Exec = (command: readonly string[], seconds: number) => Promise<ExecOutcome | undefined>;

/** For how long the app may take to store what it was told. */
const QUIESCE_SECONDS = 10;

/** Runs the tenant's command in its machine, with one word more: `begin` or `end`. */
function quiesceBy(exec: Exec, command: readonly string[]): Quiesce {
  const run = async (word: string) => {
    const outcome = await exec([...command, word], QUIESCE_SECONDS);
    if (outcome === undefined) throw new Error("the machine is gone");
    if (outcome.exitCode !== 0)
      throw new Error(`exit code ${outcome.exitCode}: ${outcome.stderr.trim().slice(0, 300)}`);
  };
  return { begin: () => run("begin"), end: () => run("end") };
}

/**
 * Has the machine upload what its app has written below the mount. `sync` of the mount waits for all uploads
 * (docs/tigrisfs.md).
 */
function flushBy(exec: Exec, id: string, path: string): (seconds: number) => Promise<void> {
  return async (seconds) => {
    const busy = (cause?: Error) =>
      new TenantryError(snapshotErrors.SNAPSHOT_FILES_BUSY, `not done in ${seconds} s`, {
        tenant: id,
        ...(cause === undefined ? {} : { cause }),
      });
    try {
      const outcome = await exec(["sync", path], seconds);
      if (outcome !== undefined && outcome.exitCode !== 0) throw busy();
    } catch (error) {
      throw VendorError.hasStatus(error, 408, 504) ? busy(error) : error;
    }
  };
}
