import type { Tenant } from "../tenants/model/tenant.ts";

/**
 * Whether the tenant's data is closed: its keys are off, its database refuses all clients, and no request starts its machine.
 * True while the tenant is suspended, and once its file names the manifest of its export, because later writes would be lost.
 */
export function isClosed({ state, manifest }: Pick<Tenant, "state" | "manifest">): boolean {
  return state === "suspended" || manifest !== undefined;
}
