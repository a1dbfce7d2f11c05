import * as z from "zod";

import { TenantryError } from "../../errors/tenantry-error.ts";
import { type Call, HalfDone, type ResourceType } from "../plugin/resource-type.ts";
import type { TursoClient } from "./client.ts";
import { tursoErrors } from "./errors.ts";
import { sameLocation } from "./location.ts";
import { makeOrFind } from "./make-or-find.ts";
import { nameInput } from "./names.ts";

/** Inputs of `tenantry:turso:Group`; docs/resources.md describes each. */
export interface GroupInputs {
  name: string;
  location: string;
  deleteProtection: boolean;
}

/** Everything about a group follows from its inputs. */
export type GroupState = Record<string, never>;

/** The resource type, with its inputs. It has no outputs beside them. */
export type GroupType = ResourceType<GroupInputs, GroupState>;

/**
 * `tenantry:turso:Group`: a place for databases, one per region that a stack uses. Its id is its name; import by name.
 *
 * The name carries a hash of the fleet's id, so a group of that name in the same location was made by us and is adopted.
 * It is never deleted with databases in it, because Turso would delete them along.
 *
 * Source: Platform API operations createGroup, getGroup, updateGroupConfiguration, deleteGroup.
 */
export function groupType(client: TursoClient): GroupType {
  return {
    token: "tenantry:turso:Group",
    inputs: groupInputs(client),
    replaceOn: ["name", "location"],
    deleteBeforeReplace: true,
    outputs: [],
    create: (inputs, call) => create(client, inputs, call),
    async read(id, known, { signal }) {
      const [group, protection] = await Promise.all([
        client.group(id, { signal }),
        client.groupProtection(id, { signal }),
      ]);
      if (group === undefined) return undefined;
      const declared = known?.inputs.location;
      const location = declared !== undefined && sameLocation(declared, group.location) ? declared : group.location;
      return { id, inputs: { name: group.name, location, deleteProtection: protection ?? false }, state: {} };
    },
    async update(id, _known, news, { signal }) {
      await client.protectGroup(id, news.deleteProtection, { signal });
      return {};
    },
    delete: (id, known, call) => remove(client, id, known.inputs, call),
  };
}

function groupInputs(client: TursoClient) {
  return z.strictObject({
    name: nameInput(client).describe("Unique in the organisation. Changing it replaces the group."),
    location: z
      .string()
      .regex(/^[a-z0-9-]+$/, "expected a location code like aws-us-east-1")
      .describe("A code of `turso group locations`, like `aws-us-east-1`. Changing it replaces the group."),
    deleteProtection: z
      .boolean()
      .default(true)
      .describe("Turso refuses to delete the group, and any database in it. Default: true. Changed in place."),
  });
}

async function create(client: TursoClient, inputs: GroupInputs, { signal }: Call) {
  const { name, location, deleteProtection } = inputs;
  const outcome = await makeOrFind(
    {
      make: () => client.createGroup({ name, location }, { signal }),
      find: () => client.group(name, { signal }),
    },
    signal,
  );
  const adopted = "found" in outcome;
  if (adopted && !sameLocation(outcome.found.location, location)) {
    const what = `group ${name} exists in ${outcome.found.location}, not in ${location}`;
    throw new TenantryError(tursoErrors.TURSO_GROUP_TAKEN, what, { resource: `group ${name}` });
  }
  const existing = { id: name, state: {} };
  try {
    // A new group is not protected.
    if (adopted || deleteProtection) await client.protectGroup(name, deleteProtection, { signal });
  } catch (error) {
    throw new HalfDone<GroupState>(existing, error as Error);
  }
  return existing;
}

async function remove(client: TursoClient, id: string, inputs: GroupInputs, { signal }: Call): Promise<void> {
  const [group, protection, databases] = await Promise.all([
    client.group(id, { signal }),
    client.groupProtection(id, { signal }),
    client.databasesIn(id, { signal }),
  ]);
  if (group === undefined) return;
  const resource = `group ${id}`;
  if (databases.length > 0) {
    const what = `group ${id} holds ${databases.length} or more databases: ${databases.slice(0, 5).join(", ")}`;
    throw new TenantryError(tursoErrors.TURSO_GROUP_NOT_EMPTY, what, { resource });
  }
  if (inputs.deleteProtection || protection === true) {
    throw new TenantryError(tursoErrors.TURSO_DELETE_PROTECTED, `group ${id} is protected`, { resource });
  }
  await client.deleteGroup(id, { signal });
}
