import { TenantryError } from "../../errors/tenantry-error.ts";
import { clockFrom } from "../../provider/clock.ts";
import { tursoClient } from "../../provider/turso/client.ts";
import { accountsOf } from "../../stack/accounts.ts";
import type { StackContext } from "../../stack/context.ts";
import { namesAtVendors, ownerAtVendors } from "../../stack/names-at-vendors.ts";
import { newRunId } from "../../stack/run-ledger.ts";
import { recordedTenants } from "../engine/recorded-tenants.ts";
import { soundFleet } from "../engine/sound-fleet.ts";
import { holdingsOf } from "../handover/tenant-holdings.ts";
import { historyLog } from "../history/open-log.ts";
import { noted } from "../history/recorded.ts";
import { dueForTest, readable, restorePoints } from "../history/snapshots-due.ts";
import { cutAt, cutsIn } from "./ledger.ts";
import { tigrisOf } from "./of-tenant.ts";
import type { Restoring } from "./restore.ts";
import { removeEndedScratch, scratchLedger } from "./scratch.ts";
import { faultLine, type RestoreTest, testRestore } from "./tested.ts";

/**
 * The tenants of a stack that exist and have a snapshot; with `span` (`7d`) only those of which none was tested, and found whole, for
 * so long. Those that have waited longest first.
 */
export async function tenantsToTest(context: StackContext, span?: string): Promise<string[]> {
  const exists = await recordedTenants(context);
  const tenants = soundFleet(context).tenants.filter(({ id }) => exists.has(id));
  const points = restorePoints(readable(await historyLog(context).lines()));
  return dueForTest(tenants, points, span, clockFrom(process.env)());
}

/**
 * Lets `work` test snapshots of these tenants, and deletes first what runs have left that were killed at that. Two at once leave
 * each other alone.
 */
export async function withRestoreTests<Result>(
  context: StackContext,
  ids: readonly string[],
  restoring: Restoring,
  work: (test: (id: string, at?: Date) => Promise<RestoreTest>) => Promise<Result>,
): Promise<Result> {
  const { home, settings } = context;
  const now = () => new Date();
  const [ledger, run] = [scratchLedger(home, now), newRunId(now())];
  const names = ids.map((id) => namesAtVendors(context, id));
  const turso = tursoClient(accountsOf(settings, home, process.env).turso);
  const sources = {
    buckets: names.map(({ bucket }) => bucket),
    databases: names.map(({ database }) => database),
  };
  ledger.enter(run);
  await removeEndedScratch({ tigris: tigrisOf(context), turso, ledger, ...sources }, { signal: restoring.signal });
  const failed: unknown[] = [];
  const result = await work((id, at) =>
    testTenant(context, { id, at, run }, restoring).catch((error: unknown) => {
      failed.push(error);
      throw error;
    }),
  );
  // What a test that failed may have left the next run finds by this line.
  if (failed.length === 0) ledger.leave(run);
  return result;
}

/**
 * Restores a tenant's last snapshot beside it, or the last one at or before `at`, checks it and removes it, and notes in the history
 * how that ended: also where nothing could be restored. Throws SNAPSHOT_UNKNOWN and what `testRestore` throws.
 */
async function testTenant(
  context: StackContext,
  { id, at, run }: { readonly id: string; readonly at: Date | undefined; readonly run: string },
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
    const whose = { tigris: tigrisOf(context), owner: ownerAtVendors(context, id), run };
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
