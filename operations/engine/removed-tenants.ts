import { refuseRemoved } from "../../tenants/removed-tenants.ts";
import { declaredFleet } from "../../stack/declared-fleet.ts";
import { SHARED, tenantOf } from "./steps.ts";
import { kindOf } from "../../resource-kinds/kinds.ts";
import type { StackContext } from "../../stack/context.ts";
import { type StoredResource, storedResources } from "./stack-state.ts";

/** Throws TENANT_FILE_REMOVED when a tenant stands whose file is gone, and TENANT_FILES_INVALID for broken files. */
export async function refuseRemovedTenants(context: StackContext): Promise<void> {
  refuseRemoved(declaredFleet(context), (await tenantsInState(context)).keys());
}

/** What stands of each tenant whose file is gone, by id. Throws TENANT_FILES_INVALID. */
export async function removedTenants(context: StackContext): Promise<Map<string, readonly StoredResource[]>> {
  const declared = new Set(declaredFleet(context).tenants.map(({ id }) => id));
  return new Map([...(await tenantsInState(context))].filter(([tenant]) => !declared.has(tenant)));
}

/**
 * Tenants that have anything at a vendor, with it. Not those of the stack's outputs: a tenant whose machine failed to start
 * is not among them, and has a bucket all the same.
 */
async function tenantsInState(context: StackContext): Promise<ReadonlyMap<string, readonly StoredResource[]>> {
  const resources = await storedResources(context, { secrets: false });
  const atVendors = resources.filter(({ type, urn }) => kindOf(type) !== undefined && tenantOf(urn) !== SHARED);
  return Map.groupBy(atVendors, ({ urn }) => tenantOf(urn));
}
