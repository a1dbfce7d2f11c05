import { declaredFleet } from "../../stack/declared-fleet.ts";
import { SHARED, tenantOf } from "./steps.ts";
import { kindOf } from "../../resource-kinds/kinds.ts";
import type { StackContext } from "../../stack/context.ts";
import type { SoundFleet } from "./sound-fleet.ts";
import type { StoredResource } from "./stack-state.ts";

/** What exists of each tenant whose file is gone, by id. Throws TENANT_FILES_INVALID. */
export function removedTenants(
  context: StackContext,
  stored: readonly StoredResource[],
): Map<string, readonly StoredResource[]> {
  const declared = new Set(declaredFleet(context).tenants.map(({ id }) => id));
  return new Map([...tenantsIn(stored)].filter(([tenant]) => !declared.has(tenant)));
}

/** Tenants of which something exists and which no file that can be used declares. */
export interface UndeclaredTenant {
  readonly id: string;
  /** Whether it has a file, which is invalid. */
  readonly hasFile: boolean;
}

/** The tenants of the state that are not of `fleet`, by id. Pure. */
export function undeclaredTenants(stored: readonly StoredResource[], fleet: SoundFleet): readonly UndeclaredTenant[] {
  const declared = new Set(fleet.tenants.map(({ id }) => id));
  return [...tenantsIn(stored).keys()]
    .filter((id) => !declared.has(id))
    .sort()
    .map((id) => ({ id, hasFile: fleet.unsound.includes(id) }));
}

/**
 * Tenants that have anything at a vendor, with it. Not those of the stack's outputs: a tenant whose machine failed to start
 * is not among them, and has a bucket all the same.
 */
export function tenantsIn(stored: readonly StoredResource[]): ReadonlyMap<string, readonly StoredResource[]> {
  const atVendors = stored.filter(({ type, urn }) => kindOf(type) !== undefined && tenantOf(urn) !== SHARED);
  return Map.groupBy(atVendors, ({ urn }) => tenantOf(urn));
}
