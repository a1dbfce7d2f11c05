import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

import { TenantryError } from "../errors/tenantry-error.ts";
import { openStack, type StackContext } from "./context.ts";
import { stackErrors } from "./errors.ts";
import { nameAtVendors, type StackSettings } from "./settings.ts";

/** The stacks of a project: all that have a settings file. Sorted. */
export function stacksIn(projectDir: string): string[] {
  return readdirSync(projectDir)
    .flatMap((name) => /^Pulumi\.(.+)\.yaml$/.exec(name)?.[1] ?? [])
    .sort();
}

/** Stacks that share one set of settings and one space of tenant ids: a fleet too large for one stack (docs/fleets.md). */
export interface StackGroup {
  readonly name: string;
  /** Sorted by name; at least one. */
  readonly stacks: readonly StackContext[];
  /** How many tenants `new` puts into one stack. */
  readonly shardLimit: number;
}

/** The names of all groups of the project, sorted. */
export function groupsIn(projectDir: string): string[] {
  const named = stacksIn(projectDir).flatMap((stack) => settingsIfSound(stack, projectDir)?.stackGroup ?? []);
  return [...new Set(named)].sort();
}

/** Throws NO_STACK_GROUP, STACK_GROUP_DIFFERS, STACK_SETTINGS. */
export function openStackGroup(name: string, projectDir: string): StackGroup {
  const stacks = membersOf(name, projectDir).map((stack) => openStack(stack, projectDir));
  const [first] = stacks;
  if (first === undefined) {
    const there = groupsIn(projectDir);
    const next = there.length === 0 ? undefined : `The groups of this project: ${there.join(", ")}.`;
    throw new TenantryError(stackErrors.NO_STACK_GROUP, `no stack is in the group ${name}`, { next });
  }
  const different = stacks.flatMap((each) =>
    keysThatDiffer(first.settings, each.settings).map((key) => `tenantry:${key} of ${each.stack}`),
  );
  if (different.length > 0)
    throw new TenantryError(
      stackErrors.STACK_GROUP_DIFFERS,
      `differs from ${first.stack} in the same group: ${different.join(", ")}`,
    );
  return { name, stacks, shardLimit: first.settings.shardLimit };
}

function keysThatDiffer(one: StackSettings, other: StackSettings): string[] {
  const keys = [...new Set([...Object.keys(one), ...Object.keys(other)])] as (keyof StackSettings)[];
  return keys.filter((key) => one[key] !== other[key]).sort();
}

/**
 * The other stacks that give their tenants the same names at the vendors, sorted. A stack with the group's name counts as a
 * member even if its settings do not name the group: its names are the group's.
 */
export function siblingsOf({ stack, settings, projectDir }: StackContext): string[] {
  return membersOf(nameAtVendors(stack, settings), projectDir).filter((other) => other !== stack);
}

function membersOf(name: string, projectDir: string): string[] {
  return stacksIn(projectDir).filter((stack) => {
    const settings = settingsIfSound(stack, projectDir);
    return settings !== undefined && nameAtVendors(stack, settings) === name;
  });
}

/** Undefined: the file is invalid. A run on that stack reports it. */
function settingsIfSound(stack: string, projectDir: string): StackSettings | undefined {
  try {
    return openStack(stack, projectDir).settings;
  } catch (error) {
    if (error instanceof TenantryError) return undefined;
    throw error;
  }
}

/** The ids that the tenant files of a stack are named after, valid or not. Sorted; none where it has no folder yet. */
export function tenantIdsOf(stack: string, projectDir: string): string[] {
  const folder = join(projectDir, "tenants", stack);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .flatMap((name) => /^([^.].*)\.yaml$/.exec(name)?.[1] ?? [])
    .sort();
}

/** Throws TENANT_IN_TWO_STACKS when a tenant that is to be made has a file in another stack of the group. */
export function refuseTenantOfSibling(context: StackContext, tenant: string): void {
  const other = siblingsOf(context).find((each) => tenantIdsOf(each, context.projectDir).includes(tenant));
  if (other === undefined) return;
  throw new TenantryError(stackErrors.TENANT_IN_TWO_STACKS, `${tenant} already has a file in ${other}`, {
    tenant,
    next: "Choose another id: tenants of one group share their names at the vendors.",
  });
}

/**
 * Throws TENANT_IN_TWO_STACKS where a tenant of this stack has a file in another stack of its group too: both would own the
 * same bucket, the same database and the same machine.
 */
export function refuseSharedTenants(context: StackContext): void {
  const siblings = siblingsOf(context);
  if (siblings.length === 0) return;
  const own = new Set(tenantIdsOf(context.stack, context.projectDir));
  const twice = siblings.flatMap((other) =>
    tenantIdsOf(other, context.projectDir).flatMap((id) => (own.has(id) ? [`${id} in ${other}`] : [])),
  );
  if (twice.length === 0) return;
  throw new TenantryError(
    stackErrors.TENANT_IN_TWO_STACKS,
    `tenants of ${context.stack} are also in other stacks: ${twice.join(", ")}`,
  );
}
