import type { Tenant } from "../../tenants/model/tenant.ts";
import { TENANT_TYPE } from "./steps.ts";

/** Names the tenants that a run of `pulumi` is limited to, so that the program leaves the records of all others as they are. */
export const LIMITED = "TENANTRY_LIMITED_TO";

/** Names the tenant that `drop` takes out: the program leaves it out though its file still exists. */
export const DROPPED = "TENANTRY_DROPPED";

/**
 * What limits `pulumi` to these tenants: all that is below them, and the database groups they use; nothing when none is
 * named. Pulumi reads `*` as anything without a colon and `**` as anything, and a pattern has to fit the whole URN: a tenant
 * whose name only begins like theirs does not. Pure.
 */
export function targetArgs(stack: string, tenants: readonly Pick<Tenant, "id" | "database">[]): string[] {
  const start = `urn:pulumi:${stack}::*::`;
  const ofTenants = tenants.flatMap(({ id }) => [
    `${start}${TENANT_TYPE}::${id}`,
    `${start}${TENANT_TYPE}$**::${id}`,
    `${start}${TENANT_TYPE}$**::${id}/**`,
  ]);
  const locations = tenants.flatMap(({ database }) => (database.engine === "turso" ? [database.location] : []));
  const groups = [...new Set(locations)].map((location) => `${start}tenantry:turso:Group::${location}`);
  return [...ofTenants, ...groups].flatMap((target) => ["--target", target]);
}

/** The environment of a run that is limited to these tenants. Pure. */
export function limitedEnvironment(ids: readonly string[]): Readonly<Record<string, string>> {
  return ids.length === 0 ? {} : { [LIMITED]: ids.join(",") };
}

/** The environment of a run that writes no tenant's record. */
export const WITHOUT_RECORDS: Readonly<Record<string, string>> = { [LIMITED]: "" };
