import { declaredFleet } from "../../stack/declared-fleet.ts";
import { SHARED, tenantOf } from "./steps.ts";
import { kindOf } from "../../resource-kinds/kinds.ts";
import type { StackContext } from "../../stack/context.ts";
import type { StoredResource } from "./stack-state.ts";

/** What exists of each tenant whose file is gone, by id. Throws TENANT_FILES_INVALID. */
export function removedTenants(
  context: StackContext,
  stored: readonly StoredResource[],
): Map<string, readonly StoredResource[]> {
  const declared = new Set(declaredFleet(context).tenants.map(({ id }) => id));
  return new Map([...tenantsIn(stored)].filter(([tenant]) => !declared.has(tenant)));
}

/**
 * Tenants that have anything at a vendor, with it. Not those of the stack's outputs: a tenant whose machine failed to start
 * is not among them, and has a bucket all the same.
 */
function tenantsIn(stored: readonly StoredResource[]): ReadonlyMap<string, readonly StoredResource[]> {
  const atVendors = stored.filter(({ type, urn }) => kindOf(type) !== undefined && tenantOf(urn) !== SHARED);
  return Map.groupBy(atVendors, ({ urn }) => tenantOf(urn));
}
