import { TenantryError } from "../../errors/tenantry-error.ts";
import type { StackContext } from "../../stack/context.ts";
import { editTenantFile } from "../../tenants/edits/edit-tenant-file.ts";
import { withSettings } from "../../tenants/edits/setting-text.ts";
import type { Tenant } from "../../tenants/model/tenant.ts";
import { recordedIn, type RecordedTenant } from "../engine/recorded-tenants.ts";
import { holdingsOf } from "../handover/tenant-holdings.ts";
import type { Cut } from "../history/entry.ts";
import { historyLog } from "../history/open-log.ts";
import { noted } from "../history/recorded.ts";
import { type OpenSwitch, switchesIn } from "../history/switches-under-way.ts";
import { takeCut } from "./cut.ts";
import { snapshotErrors } from "./errors.ts";
import { unfinished } from "./half-switched.ts";
import { cutAt, cutsIn } from "./ledger.ts";
import { tigrisOf } from "./of-tenant.ts";
import type { Restoring } from "./restore.ts";
import { compareWhole, type Switched, switchHoldings, type WholeCompared } from "./switched.ts";

/** Compares all of a tenant with the snapshot that a switch would go to. Changes nothing, and takes a tenant that runs too. */
export async function compareTenant(
  context: StackContext,
  id: string,
  at: Date,
  restoring: Restoring,
): Promise<WholeCompared> {
  const holdings = await holdingsOf(context, id, restoring.signal);
  try {
    return await compareWhole(holdings, cutAt(cutsIn(await historyLog(context).lines(), id), id, at), restoring);
  } finally {
    holdings.close();
  }
}

/**
 * Returns a suspended tenant to its state at a snapshot. First takes a snapshot of the current state, with which the switch
 * can be undone, and raises the epoch in its file, so that the next `up` replaces all its credentials. Records start and end
 * in the history; an interrupted switch can be continued or undone.
 *
 * Throws RESTORE_NOT_SUSPENDED, RESTORE_HELD, RESTORE_UNFINISHED, SNAPSHOT_UNKNOWN, and what `switchHoldings` throws.
 */
export async function switchTenant(
  context: StackContext,
  id: string,
  at: Date,
  restoring: Restoring,
): Promise<Switched & { readonly epoch: number }> {
  const { signal } = restoring;
  const holdings = await holdingsOf(context, id, signal);
  try {
    const { tenant, resources } = holdings;
    const recorded = recordedIn(resources).get(id);
    refuseUnfit(tenant, recorded);
    const lines = await historyLog(context).lines();
    const cut = cutAt(cutsIn(lines, id), id, at);
    const known = undoOf(cut, switchesIn(lines).get(id), id);
    const { epoch: now } = tenant.rotation;
    // Raised already, and not applied yet: that is a rotation too.
    const epoch = now > (recorded?.versions.epoch ?? now) ? now : now + 1;
    const begin = async () => {
      const undo =
        known ??
        (await takeCut({ holdings, tigris: tigrisOf(context), flush: undefined, signal, now: () => new Date() }));
      if (known === undefined) await noted(context, { kind: "snapshot", tenant: id, cut: undo });
      await noted(context, { kind: "restoring", tenant: id, cut, undo });
      return undo;
    };
    const rotate = () =>
      void editTenantFile(context, id, (text) => withSettings(text, [{ path: ["rotation", "epoch"], value: epoch }]));
    const switched = await switchHoldings(holdings, cut, { rotate, begin }, restoring);
    if (Object.keys(switched.failed).length === 0)
      await noted(context, { kind: "restored", tenant: id, cut, undo: switched.undo });
    return { ...switched, epoch };
  } finally {
    holdings.close();
  }
}

function refuseUnfit({ id, state, hold }: Tenant, recorded: RecordedTenant | undefined): void {
  if (hold !== undefined)
    throw new TenantryError(snapshotErrors.RESTORE_HELD, `${id} is on hold: ${hold}`, { tenant: id });
  if (state === "suspended" && recorded?.state === "suspended") return;
  const what = state === "suspended" ? `the suspension of ${id} is not applied yet` : `${id} is ${state}`;
  throw new TenantryError(snapshotErrors.RESTORE_NOT_SUSPENDED, what, { tenant: id });
}

/**
 * The snapshot that undoes a switch to `cut`. An interrupted switch can only be continued or undone, because a mixture of two
 * snapshots is useless. Undefined: no switch is open, and a snapshot must be taken. Throws RESTORE_UNFINISHED. Pure.
 */
export function undoOf(cut: Cut, open: OpenSwitch | undefined, tenant: string): Cut | undefined {
  if (open === undefined) return undefined;
  if (cut.version === open.to.version) return open.undo;
  if (cut.version === open.undo.version) return open.to;
  throw unfinished(tenant, open);
}
