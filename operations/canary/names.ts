import { createHash } from "node:crypto";

import type { Owner } from "../../resource-kinds/claim.ts";
import { newRunId } from "../../stack/run-ledger.ts";
import { tursoNameLimit } from "../../tenants/physical-name.ts";

const NAME = /-canary-([0-9a-f]{12})-([0-9a-f]{8})(?:-[a-z])?$/;
const ENDING_LENGTH = "-canary-0123456789ab-01234567-a".length;

/** The stack that a canary belongs to. */
export type Fleet = Pick<Owner, "fleetId" | "stack">;

/** One canary: a tenant without a file, with names that show its owner. */
export interface CanaryNames {
  readonly id: string;
  readonly owner: Owner;
  /** The name of its bucket, app, database, key, … A letter distinguishes several of one kind. */
  name(letter?: string): string;
}

/**
 * Names of a new canary: `<prefix>-canary-<id>-<mark>`, where the mark is part of the SHA-256 of its owner. Nobody else
 * computes that ending, so it shows the owner where the vendor stores no marks: keys, policies, databases, groups.
 * The id contains the start time.
 */
export function canaryNames(
  { prefix, tursoOrganization, ...fleet }: Fleet & { prefix: string; tursoOrganization: string },
  now: Date,
): CanaryNames {
  const id = newRunId(now);
  const head = prefix.slice(0, Math.max(1, tursoNameLimit(tursoOrganization) - ENDING_LENGTH)).replace(/-$/, "");
  const owner: Owner = { fleetId: fleet.fleetId, stack: fleet.stack, tenant: `canary-${id}` };
  const name = `${head}-canary-${id}-${markOf(owner)}`;
  return { id, owner, name: (letter) => (letter === undefined ? name : `${name}-${letter}`) };
}

/** The canary of this stack that owns a resource with this name; undefined for every other name. */
export function canaryOf(name: string, { fleetId, stack }: Fleet): Owner | undefined {
  const [, id, mark] = NAME.exec(name) ?? [];
  if (id === undefined) return undefined;
  const owner: Owner = { fleetId, stack, tenant: `canary-${id}` };
  return mark === markOf(owner) ? owner : undefined;
}

/** The id in a canary's tenant. */
export function idOf({ tenant }: Owner): string {
  return tenant.slice("canary-".length);
}

function markOf({ fleetId, stack, tenant }: Owner): string {
  return createHash("sha256")
    .update(JSON.stringify([fleetId, stack, tenant]))
    .digest("hex")
    .slice(0, 8);
}
