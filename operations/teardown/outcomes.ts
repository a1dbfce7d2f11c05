import type { Result, TenantOutcome } from "../engine/deployment-events.ts";

const WORST_FIRST: readonly Result[] = ["interrupted", "failed", "untouched", "ok"];

/** How each tenant fared in two deployments, one after the other. Pure. */
export function sumOfOutcomes(first: readonly TenantOutcome[], then: readonly TenantOutcome[]): TenantOutcome[] {
  const byTenant = Map.groupBy([...first, ...then], ({ tenant }) => tenant);
  return [...byTenant]
    .map(([tenant, parts]) => ({
      tenant,
      result: WORST_FIRST.find((result) => parts.some((part) => part.result === result)) ?? "ok",
      done: parts.map(({ done }) => done).reduce(added),
      open: parts.flatMap(({ open }) => open),
      errors: parts.flatMap(({ errors }) => errors),
      warnings: parts.flatMap(({ warnings }) => warnings),
    }))
    .sort((one, other) => (one.tenant < other.tenant ? -1 : 1));
}

function added(one: TenantOutcome["done"], other: TenantOutcome["done"]): TenantOutcome["done"] {
  const { create, update, replace, rotate, delete: gone } = one;
  return {
    create: create + other.create,
    update: update + other.update,
    replace: replace + other.replace,
    rotate: rotate + other.rotate,
    delete: gone + other.delete,
  };
}
