import { isDeepStrictEqual } from "node:util";

import { layered } from "../tenants/model/settings.ts";
import type { Plan, Plans, TenantFile } from "../tenants/model/tenant-file.ts";
import type { Tenant } from "../tenants/model/tenant.ts";
import { type ChangedSetting, nameOfSetting, valueAt } from "./change.ts";
import type { Rollout } from "./rollout.ts";
import type { Selector } from "./rollout-file.ts";

/** A tenant with what its own file says. */
export interface Subject {
  readonly tenant: Tenant;
  /** The tenant's file as data. */
  readonly own: TenantFile;
  readonly text: string;
  readonly path: string;
}

/** What a rollout does with a tenant that is in none of its begun rings, with why it is left out. */
export type Membership =
  | { readonly as: "eligible" }
  | { readonly as: "not-meant" | "has-it" }
  | { readonly as: "held" | "skipped" | "own-value"; readonly why: string };

/** Who may go. Pure. */
export function membershipOf(
  rollout: Rollout,
  subject: Subject,
  plans: Plans,
  stack: string,
  today: string,
): Membership {
  const { tenant, own } = subject;
  if (!isMeant(rollout.for, tenant, stack)) return { as: "not-meant" };
  const held = rollout.hold.find((each) => each.tenant === tenant.id && today <= each.until);
  if (held !== undefined) return { as: "held", why: `until ${held.until}: ${held.reason}` };
  if (rollout.change.every((each) => hasIt(each, own, plans, tenant.plan))) return { as: "has-it" };
  if (tenant.state !== "active") return { as: "skipped", why: `it is ${tenant.state}` };
  const set = rollout.change.filter(({ path }) => valueAt(own, path) !== undefined);
  if (rollout.ownValues === "leave" && set.length > 0)
    return { as: "own-value", why: `its file sets ${set.map(nameOfSetting).join(", ")}` };
  return { as: "eligible" };
}

/** Whether the selector picks the tenant; what it does not name picks everybody. Pure. */
export function isMeant(selector: Selector, tenant: Tenant, stack: string): boolean {
  const isIn = (wanted: readonly string[] | undefined, value: string) => wanted === undefined || wanted.includes(value);
  const labels = Object.entries(selector.labels ?? {});
  return (
    isIn(selector.stacks, stack) &&
    isIn(selector.plans, tenant.plan) &&
    isIn(selector.regions, tenant.region) &&
    isIn(selector.owners, tenant.owner) &&
    labels.every(([name, value]) => tenant.labels?.[name] === value)
  );
}

function hasIt({ path, value }: ChangedSetting, own: TenantFile, plans: Plans, plan: string): boolean {
  return isDeepStrictEqual(settingOf(own, plans[plan] ?? {}, path), value);
}

/** What a setting is in the end, the layers laid over each other; undefined: it comes from the region, or is not set. Pure. */
export function settingOf(own: TenantFile, plan: Plan, path: readonly string[]): unknown {
  const settings = layered(own, plan);
  const [first, second, ...rest] = path;
  return first === "storage" && second === "volume" ? valueAt(settings.volume, rest) : valueAt(settings, path);
}
