import { TenantryError } from "../../errors/tenantry-error.ts";
import type { StackContext } from "../../stack/context.ts";
import { historyLog } from "../history/open-log.ts";
import { type OpenSwitch, switchesIn } from "../history/switches-under-way.ts";
import { snapshotErrors } from "./errors.ts";

/** Throws RESTORE_UNFINISHED if one of these tenants has an unfinished switch. */
export async function refuseHalfSwitched(context: StackContext, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  const open = switchesIn(await historyLog(context).lines());
  for (const id of ids) {
    const half = open.get(id);
    if (half !== undefined) throw unfinished(id, half);
  }
}

/** How a switch that broke off is gone on with, and how it is taken back. Pure. */
export function unfinished(tenant: string, { to, undo }: OpenSwitch): TenantryError {
  const command = (at: string) => `\`npx tenantry restore ${tenant} --at ${at} --switch\``;
  const what = `the switch of ${tenant} to ${to.at} is unfinished: ${command(to.at)} continues it, ${command(undo.at)} undoes it`;
  return new TenantryError(snapshotErrors.RESTORE_UNFINISHED, what, { tenant });
}
