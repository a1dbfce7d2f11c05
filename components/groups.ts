import type * as pulumi from "@pulumi/pulumi";

import { nameAtVendors, type StackSettings } from "../stack/settings.ts";
import { groupName } from "../tenants/physical-name.ts";
import type { TursoLocation } from "../tenants/regions.ts";
import { Group } from "./resources/turso.ts";

/**
 * The database groups of a stack: one per location its tenants use, created on first use, unless the settings name an
 * existing one. Pulumi does not protect a group: each database has its own protection, and the provider never deletes a group
 * that has one. So an empty group that no tenant declares any more is deleted without a manual step (docs/adr/0021).
 */
export function databaseGroups(
  stack: string,
  settings: StackSettings,
): (location: TursoLocation) => pulumi.Input<string> {
  const groups = new Map<TursoLocation, Group>();
  return (location) => {
    if (settings.tursoGroup !== undefined) return settings.tursoGroup;
    const group = groups.get(location) ?? makeGroup(location, stack, settings);
    groups.set(location, group);
    return group.name;
  };
}

function makeGroup(location: TursoLocation, stack: string, settings: StackSettings): Group {
  const { prefix, fleetId, tursoOrganization } = settings;
  const name = groupName({ prefix, stack: nameAtVendors(stack, settings), location, fleetId, tursoOrganization });
  // At Turso a group's delete protection covers all its databases: one tenant could never be purged. The provider refuses
  // to delete a group that has databases, and each database carries its own protection.
  return new Group(location, { name, location, deleteProtection: false }, optionsOf(settings));
}

/** No stack deletes a group that several stacks use: a stack that no longer needs it removes it only from its state. */
function optionsOf({ stackGroup }: StackSettings): pulumi.CustomResourceOptions {
  return stackGroup === undefined ? {} : { retainOnDelete: true };
}
