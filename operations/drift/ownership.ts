import { ownerOf } from "../../resource-kinds/claim.ts";
import { TENANT_ID } from "../../tenants/model/tenant-id.ts";
import { isGroupOf, isHashedName, networkName, tenantOfName } from "../../tenants/physical-name.ts";
import { SHARED } from "../engine/steps.ts";

/** Whose names and marks are ours. */
export interface Stack {
  readonly prefix: string;
  readonly stack: string;
  readonly fleetId: string;
  /** By bucket, app or database name: the tenants that this stack's files declare. */
  readonly tenants: ReadonlyMap<string, string>;
  /** Names that the files of the project's other stacks declare. */
  readonly others: ReadonlySet<string>;
  /** Ids of the tenants that other stacks of its group declare: they have the same names and marks as ours. */
  readonly elsewhere: ReadonlySet<string>;
  /** Other stacks use the same database groups. */
  readonly sharesGroups: boolean;
}

/** `unclear`: it has our prefix and ends in a hash, which cannot be parsed. */
export type Holder = { readonly tenant: string } | "other" | "unclear";

/**
 * Whose thing of this name it is. A mark decides, where there is one; then what the files of the project say; then the name,
 * which tells stacks apart: of `acme-prod-00-x` the stack is `prod-00`, for a tenant's id starts with a letter.
 */
export function holderOf(name: string, mark: string | undefined, ours: Stack): Holder {
  if (mark !== undefined) return holderOnMark(mark, ours);
  if (ours.others.has(name)) return "other";
  const tenant = ours.tenants.get(name) ?? tenantOfName(name, ours.prefix, ours.stack);
  if (tenant !== undefined) return { tenant };
  return isHashedName(name, ours.prefix) ? "unclear" : "other";
}

/** Whose mark it is: `fleetId/stack/tenant`. */
function holderOnMark(mark: string, { fleetId, stack }: Stack): Holder {
  const owner = ownerOf(mark);
  const isOurs = owner?.fleetId === fleetId && owner.stack === stack && TENANT_ID.test(owner.tenant);
  return isOurs ? { tenant: owner.tenant } : "other";
}

/** Whether it is one of another stack of our group, which names and marks its tenants as we do. */
export function isElsewhere(holder: Holder, { elsewhere }: Stack): boolean {
  return typeof holder !== "string" && elsewhere.has(holder.tenant);
}

/** An app that is its tenant's claim is on a network whose name nobody else computes. */
export function holderOfNetwork(app: string, network: string | undefined, ours: Stack): Holder | undefined {
  const tenant = ours.tenants.get(app) ?? tenantOfName(app, ours.prefix, ours.stack);
  if (network === undefined || network === app) return undefined;
  if (tenant !== undefined && network === networkName({ app, ...ours, tenant })) return { tenant };
  // Of this form, and not ours: another fleet's.
  return /-[0-9a-f]{12}$/.test(network) && network.startsWith(app) ? "other" : undefined;
}

/** A group's name ends in a mark of the fleet and starts like all names of the stack. */
export function isOurGroup(name: string, { prefix, stack, fleetId }: Stack): boolean {
  const bare = name.slice(0, name.lastIndexOf("-"));
  return isGroupOf(name, fleetId) && (tenantOfName(bare, prefix, stack) !== undefined || isHashedName(bare, prefix));
}

/** The tenant that a thing in one of our groups is named after. */
export function tenantNamed(name: string, { prefix, stack, tenants }: Stack): string {
  return tenants.get(name) ?? tenantOfName(name, prefix, stack) ?? SHARED;
}
