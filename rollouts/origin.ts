import { type Plan, plan as planSchema, type TenantFile } from "../tenants/model/tenant-file.ts";
import { leavesOf, valueAt } from "./change.ts";
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

/** One setting of a tenant that its file or its plan says; all others are as tenantry has them by default. */
export interface SaidSetting extends Origin {
  /** `machine.image`. */
  readonly setting: string;
  readonly value: unknown;
}

/** Every setting that a tenant's file or its plan says, in the order of the tenant file's description. Pure. */
export function saidSettings(
  id: string,
  own: Partial<TenantFile>,
  plan: Plan,
  records: readonly RolloutRecord[],
): readonly SaidSetting[] {
  return Object.keys(planSchema.shape).flatMap((section) => {
    const said = [own, plan].flatMap((layer) => leavesOf(valueAt(layer, [section]), [section]));
    const paths = new Map(said.map(({ path }) => [path.join("."), path]));
    return [...paths].map(([setting, path]) => ({
      setting,
      value: valueAt(own, path) ?? valueAt(plan, path),
      ...originOf(id, own, path, records),
    }));
  });
}
