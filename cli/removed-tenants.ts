import { TenantryError } from "../errors/tenantry-error.ts";
import { declaredFleet } from "./declared-fleet.ts";
import { cliErrors } from "./errors.ts";
import type { StackContext } from "./stack-context.ts";
import { standingTenants } from "./stack-state.ts";

/** Throws TENANT_FILE_REMOVED when a tenant stands whose file is gone, and TENANT_FILES_INVALID for broken files. */
export async function refuseRemovedTenants(context: StackContext): Promise<void> {
  const files = new Set(declaredFleet(context).tenants.map(({ id }) => id));
  const removed = [...(await standingTenants(context)).keys()].filter((id) => !files.has(id));
  if (removed.length === 0) return;
  const paths = removed.map((id) => `tenants/${context.stack}/${id}.yaml`);
  throw new TenantryError(cliErrors.TENANT_FILE_REMOVED, `gone: ${paths.join(", ")}`);
}
