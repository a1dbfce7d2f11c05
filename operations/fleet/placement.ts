import { TenantryError } from "../../errors/tenantry-error.ts";
import { fleetErrors } from "./errors.ts";
import { counted } from "../../output/counted.ts";

/** A stack of a group, and how many tenant files it has. */
export interface Room {
  readonly stack: string;
  readonly tenants: number;
}

/**
 * The stack that a new tenant goes to: the fullest one that still has room, of two that are equally full the first by name.
 * So the stacks fill up one after the other, and the last is small and quick. Throws STACK_GROUP_FULL. Pure.
 */
export function placeFor(rooms: readonly Room[], limit: number): string {
  const [best] = rooms
    .filter(({ tenants }) => tenants < limit)
    .toSorted((one, other) => other.tenants - one.tenants || (one.stack < other.stack ? -1 : 1));
  if (best !== undefined) return best.stack;
  throw new TenantryError(
    fleetErrors.STACK_GROUP_FULL,
    `${counted(rooms.length, "stack")} with ${counted(limit, "tenant")} each or more`,
  );
}

/** The name of a group's next stack: `prod-00`, then the number after its highest. Pure. */
export function nextStackName(group: string, stacks: readonly string[]): string {
  const numbers = stacks.flatMap((stack) => {
    const digits = stack.startsWith(`${group}-`) ? stack.slice(group.length + 1) : "";
    return /^\d{1,6}$/.test(digits) ? [Number(digits)] : [];
  });
  return `${group}-${String(Math.max(-1, ...numbers) + 1).padStart(2, "0")}`;
}
