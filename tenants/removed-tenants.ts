import { TenantryError } from "../errors/tenantry-error.ts";
import { tenantErrors } from "./errors.ts";
import type { Fleet } from "./load-fleet.ts";

/** Throws TENANT_FILE_REMOVED when one of `existing` has no file in the fleet any more. */
export function refuseRemoved({ stack, tenants }: Fleet, existing: Iterable<string>): void {
  const declared = new Set(tenants.map(({ id }) => id));
  const removed = [...existing].filter((id) => !declared.has(id)).sort();
  if (removed.length === 0) return;
  const paths = removed.map((id) => `tenants/${stack}/${id}.yaml`);
  throw new TenantryError(tenantErrors.TENANT_FILE_REMOVED, `missing: ${paths.join(", ")}`);
}
