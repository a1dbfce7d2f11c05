import { TenantryError } from "../../errors/tenantry-error.ts";
import type { Tenant } from "../../tenants/model/tenant.ts";
import { closestTo } from "../../tenants/yaml/suggest.ts";
import { engineErrors } from "./errors.ts";
import type { StackContext } from "../../stack/context.ts";
import { soundFleet } from "./sound-fleet.ts";
import { recordedTenants, type RecordedTenant } from "./recorded-tenants.ts";

/** The tenant `id` as its file declares it. Invalid files of others are only named. Throws NO_SUCH_TENANT, TENANT_FILES_INVALID. */
export function declaredTenant(context: StackContext, id: string): Tenant {
  const { tenants } = soundFleet(context, id);
  const found = tenants.find((tenant) => tenant.id === id);
  if (found !== undefined) return found;
  const meant = closestTo(
    id,
    tenants.map((tenant) => tenant.id),
  );
  const hint = meant === undefined ? "" : `; did you mean ${meant}?`;
  throw new TenantryError(engineErrors.NO_SUCH_TENANT, `no file tenants/${context.stack}/${id}.yaml${hint}`, {
    tenant: id,
  });
}

/** The named tenants as their files declare them, each once; all of the stack when none is named. Throws NO_SUCH_TENANT. */
export function chosenTenants(context: StackContext, ids: readonly string[]): readonly Tenant[] {
  if (ids.length === 0) return soundFleet(context).tenants;
  return [...new Set(ids)].map((id) => declaredTenant(context, id));
}

/**
 * What exists of the named tenants, by id; of all of the stack when none is named. A tenant whose file is gone is found as long
 * as it exists. Throws NO_SUCH_TENANT, NOT_PROVISIONED, TENANT_FILES_INVALID.
 */
export async function chosenRecorded(
  context: StackContext,
  ids: readonly string[],
): Promise<ReadonlyMap<string, RecordedTenant>> {
  const recorded = await recordedTenants(context);
  if (ids.length === 0) {
    soundFleet(context);
    return recorded;
  }
  return new Map([...new Set(ids)].map((id) => [id, existing(context, recorded, id)]));
}

/** What exists of the tenant `id`, also when its file is gone. Throws NO_SUCH_TENANT, NOT_PROVISIONED, TENANT_FILES_INVALID. */
export async function recordedTenant(context: StackContext, id: string): Promise<RecordedTenant> {
  return existing(context, await recordedTenants(context), id);
}

/** The same, where what exists is known already. */
export function existing(
  context: StackContext,
  recorded: ReadonlyMap<string, RecordedTenant>,
  id: string,
): RecordedTenant {
  const found = recorded.get(id);
  if (found === undefined) {
    declaredTenant(context, id);
    return notProvisioned(context, id);
  }
  // Only of those whose file is there and invalid: that is theirs to hear first.
  soundFleet(context, id);
  return found;
}

function notProvisioned({ stack }: StackContext, id: string): never {
  throw new TenantryError(engineErrors.NOT_PROVISIONED, `${id} has no machine in ${stack} yet`, { tenant: id });
}
