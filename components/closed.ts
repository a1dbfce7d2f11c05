import type { Tenant } from "../tenants/model/tenant.ts";

/**
 * Whether nothing opens the tenant's data: its keys are off, its database answers nobody, its machine cannot be woken. So it is
 * while the tenant is suspended, and once its file names the manifest of its export: what was written after that would be lost.
 */
export function isClosed({ state, manifest }: Pick<Tenant, "state" | "manifest">): boolean {
  return state === "suspended" || manifest !== undefined;
}
