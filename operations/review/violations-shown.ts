import type { PlacedViolation, TenantChanges } from "./model.ts";

/** A broken policy, with the further tenants of which exactly the same is to be said. */
export interface ShownViolation extends PlacedViolation {
  readonly others: readonly string[];
}

/** Advice is for those who change something, and said once; what is mandatory is for everybody, tenant by tenant. */
export function violationsShown(
  violations: readonly PlacedViolation[],
  changed: readonly TenantChanges[],
): readonly ShownViolation[] {
  const touched = new Set(changed.map(({ tenant }) => tenant));
  const shown = violations.filter(({ level, tenant }) => level === "mandatory" || touched.has(tenant));
  const alike = Map.groupBy(shown, ({ level, policy, tenant, message }) =>
    JSON.stringify(level === "mandatory" ? [policy, tenant, message] : [policy, message]),
  );
  return [...alike.values()].flatMap(([first, ...others]) =>
    first === undefined ? [] : [{ ...first, others: others.map(({ tenant }) => tenant) }],
  );
}
