import type { Tenant } from "../../tenants/model/tenant.ts";
import { parseUrn } from "../../resource-kinds/urn.ts";
import { neededUrns } from "./needed-urns.ts";
import type { StoredResource } from "./stack-state.ts";
import { TENANT_TYPE, tenantOf } from "./steps.ts";

/** Names the tenants that a run of `pulumi` is limited to: the program makes them, and leaves the records of all others as they are. */
export const LIMITED = "TENANTRY_LIMITED_TO";

/** Names the tenant that `drop` takes out: the program leaves it out though its file still exists. */
export const DROPPED = "TENANTRY_DROPPED";

/**
 * What limits `pulumi` to these tenants: all that is below them, and the database groups they use; nothing when none is named.
 * A group on which anything of another tenant hangs is no target: the program leaves that out, and the engine takes what hangs on
 * a target and is not made for removed. Pulumi reads `*` as anything without a colon and `**` as anything, and a pattern has to
 * fit the whole URN: a tenant whose name only begins like theirs does not. Pure.
 *
 * @param stored all that the stack's state holds
 */
export function targetArgs(
  stack: string,
  tenants: readonly Pick<Tenant, "id" | "database">[],
  stored: readonly Stored[],
): string[] {
  const start = `urn:pulumi:${stack}::*::`;
  const ofTenants = tenants.flatMap(({ id }) => [
    `${start}${TENANT_TYPE}::${id}`,
    `${start}${TENANT_TYPE}$**::${id}`,
    `${start}${TENANT_TYPE}$**::${id}/**`,
  ]);
  const groups = targetedGroups(tenants, stored).map((location) => `${start}${GROUP}::${location}`);
  return [...ofTenants, ...groups].flatMap((target) => ["--target", target]);
}

/** The names of the database groups that are targets with these tenants, whether they exist or not. Pure. */
export function targetedGroups(
  tenants: readonly Pick<Tenant, "id" | "database">[],
  stored: readonly Stored[],
): readonly string[] {
  const locations = tenants.flatMap(({ database }) => (database.engine === "turso" ? [database.location] : []));
  const needed = groupsNeededBy(stored.filter(({ urn }) => !tenants.some(({ id }) => id === tenantOf(urn))));
  return [...new Set(locations)].filter((location) => !needed.has(location));
}

type Stored = Pick<StoredResource, "urn"> & Parameters<typeof neededUrns>[0];

/** The names of the database groups that these resources need. */
function groupsNeededBy(resources: readonly Stored[]): ReadonlySet<string> {
  const urns = resources.flatMap(neededUrns);
  return new Set(urns.map((urn) => parseUrn(urn)).flatMap(({ types, name }) => (types.at(-1) === GROUP ? [name] : [])));
}

const GROUP = "tenantry:turso:Group";

/** The environment of a run that is limited to these tenants. Pure. */
export function limitedEnvironment(ids: readonly string[]): Readonly<Record<string, string>> {
  return ids.length === 0 ? {} : { [LIMITED]: ids.join(",") };
}

/** The environment of a run that writes no tenant's record. */
export const WITHOUT_RECORDS: Readonly<Record<string, string>> = { TENANTRY_RECORDS: "kept" };
