import type { Tenant } from "../tenants/model/tenant.ts";

/**
 * Whether a tenant's data is protected from deletion. Only a tenant that is being off-boarded on purpose gives up its
 * protection; that, and the purge after it, are two merges.
 */
export function isProtected({ state }: Pick<Tenant, "state">): boolean {
  return state === "active" || state === "suspended";
}
