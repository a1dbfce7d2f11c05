import type { TenantFile } from "../tenants/model/tenant-file.ts";
import { valueAt } from "./change.ts";
import { isActive, pinnedIn, type RolloutRecord } from "./record.ts";

/** Where a setting of a tenant comes from: the pin of a rollout that is under way, its own file, or its plan. */
export interface Origin {
  readonly from: "pin" | "own" | "plan";
  /** The rollout and the ring, of a pin. */
  readonly rollout?: string;
  readonly ring?: string;
}

/** Where the setting at this path comes from. Pure. */
export function originOf(
  id: string,
  own: Partial<TenantFile>,
  path: readonly string[],
  records: readonly RolloutRecord[],
): Origin {
  if (valueAt(own, path) === undefined) return { from: "plan" };
  const record = records.find(
    (each) =>
      isActive(each) && pinnedIn(each).has(id) && each.change.some((one) => one.path.join(".") === path.join(".")),
  );
  if (record === undefined) return { from: "own" };
  const ring = record.rings.findLast(({ tenants }) => tenants[id] !== undefined)?.name ?? "";
  return { from: "pin", rollout: record.rollout, ring };
}
