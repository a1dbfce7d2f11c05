import { refuseRemoved } from "../tenants/removed-tenants.ts";
import { declaredFleet } from "./declared-fleet.ts";
import { SHARED, tenantOf } from "./review/changes.ts";
import type { StackContext } from "./stack-context.ts";
import { storedResources } from "./stack-state.ts";

/** Throws TENANT_FILE_REMOVED when a tenant stands whose file is gone, and TENANT_FILES_INVALID for broken files. */
export async function refuseRemovedTenants(context: StackContext): Promise<void> {
  refuseRemoved(declaredFleet(context), await tenantsInState(context));
}

/**
 * Tenants that have anything at a vendor. Not those of the stack's outputs: a tenant whose machine failed to start is not
 * among them, and has a bucket all the same.
 */
async function tenantsInState(context: StackContext): Promise<ReadonlySet<string>> {
  const resources = await storedResources(context, { secrets: false });
  const atVendors = resources.filter(({ type }) => /^tenantry:(?!index:)/.test(type));
  return new Set(atVendors.map(({ urn }) => tenantOf(urn)).filter((tenant) => tenant !== SHARED));
}
