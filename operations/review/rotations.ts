import type { Review } from "./changes.ts";

type Tenant = Review["changed"][number];
type Change = Tenant["changes"][number];

/** One change of a plan that is no rotation. */
export interface OtherChange {
  readonly tenant: string;
  readonly change: Change;
}

/**
 * What a plan holds besides credentials whose time has come and what follows from them: the app's secrets, and the machine
 * that restarts with them. A raised epoch is none of these: somebody declared it, and `up` applies it. Pure.
 */
export function besidesRotations({ changed }: Review): OtherChange[] {
  return changed.flatMap(({ tenant, changes }) => {
    const isDue = changes.some((change) => isRotation(change, changes));
    const others = changes.filter((change) => !(isRotation(change, changes) || (isDue && isConsequence(change))));
    return others.map((change) => ({ tenant, change }));
  });
}

function isRotation({ kind, action, settings }: Change, changes: readonly Change[]): boolean {
  if (action === "rotate") return settings.every(({ path }) => path === "issued");
  // A token that was not rotated in time has expired: a new one is minted for the existing database.
  return kind === "database token" && action === "create" && !changes.some((other) => other.kind === "database");
}

function isConsequence({ kind, action, settings }: Change): boolean {
  const follows = { secrets: "values", machine: "secretsVersion" }[kind];
  return action === "update" && settings.every(({ path }) => path === follows);
}
