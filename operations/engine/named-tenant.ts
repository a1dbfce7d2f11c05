import { TenantryError } from "../../errors/tenantry-error.ts";
import type { Tenant } from "../../tenants/model/tenant.ts";
import { declaredFleet } from "../../stack/declared-fleet.ts";
import { engineErrors } from "./errors.ts";
import type { StackContext } from "../../stack/context.ts";
import { standingTenants, type StandingTenant } from "./stack-state.ts";

/** The tenant `id` as its file declares it. Throws NO_SUCH_TENANT. */
export function declaredTenant(context: StackContext, id: string): Tenant {
  const { tenants } = declaredFleet(context);
  const found = tenants.find((tenant) => tenant.id === id);
  if (found !== undefined) return found;
  throw new TenantryError(engineErrors.NO_SUCH_TENANT, `no file tenants/${context.stack}/${id}.yaml`, { tenant: id });
}

/** What stands of the tenant `id`. Throws NO_SUCH_TENANT, NOT_PROVISIONED. */
export async function standingTenant(context: StackContext, id: string): Promise<StandingTenant> {
  declaredTenant(context, id);
  const found = (await standingTenants(context)).get(id);
  if (found !== undefined) return found;
  throw new TenantryError(engineErrors.NOT_PROVISIONED, `${id} does not stand in ${context.stack}`, { tenant: id });
}
