import type * as pulumi from "@pulumi/pulumi";

import type { Settings } from "../stack/settings.ts";
import type { Tenant } from "../tenants/model/tenant.ts";
import { groupName } from "../tenants/physical-name.ts";
import type { TursoLocation } from "../tenants/regions.ts";
import { isProtected } from "./protection.ts";
import { Group } from "./resources/turso.ts";

/**
 * The database groups of a stack: one per location its tenants use, made on first use, unless the settings name an
 * existing one. A group is protected as long as one of its tenants is: it goes with the last of them, after its database.
 */
export function databaseGroups(
  stack: string,
  settings: Settings,
  tenants: readonly Pick<Tenant, "state" | "database">[],
): (location: TursoLocation) => pulumi.Input<string> {
  const guarded = guardedLocations(tenants);
  const groups = new Map<TursoLocation, Group>();
  return (location) => {
    if (settings.tursoGroup !== undefined) return settings.tursoGroup;
    const group = groups.get(location) ?? makeGroup(location, stack, settings, guarded.has(location));
    groups.set(location, group);
    return group.name;
  };
}

/** Where a tenant's database may not be deleted. Pure. */
export function guardedLocations(tenants: readonly Pick<Tenant, "state" | "database">[]): ReadonlySet<TursoLocation> {
  const databases = tenants.filter(isProtected).map(({ database }) => database);
  return new Set(databases.flatMap((database) => (database.engine === "turso" ? [database.location] : [])));
}

function makeGroup(location: TursoLocation, stack: string, settings: Settings, protect: boolean): Group {
  const { prefix, fleetId, tursoOrganization } = settings;
  const name = groupName({ prefix, stack, location, fleetId, tursoOrganization });
  // At Turso a group's delete protection covers all its databases: one tenant could never be purged. The provider refuses
  // to delete a group that has databases, and each database carries its own protection.
  return new Group(location, { name, location, deleteProtection: false }, { protect });
}
