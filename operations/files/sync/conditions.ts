import type { Tenant } from "../../../tenants/model/tenant.ts";

/** The reason for a file that was not replaced, because the bucket has another version than the one seen. */
export const CHANGED_THERE = "changed in the bucket meanwhile";

/**
 * The warning for conditional writes to this tenant's bucket; undefined if conditions are reliable. Source: Tigris,
 * docs/objects/conditionals: on a global bucket and on one in two regions a condition is checked within one region only.
 */
export function regionalConditions({ id, storage }: Pick<Tenant, "id" | "storage">): string | undefined {
  if (storage.backend !== "tigris") return undefined;
  const { locations } = storage;
  const where = locations.length > 1 ? `in ${locations.join(" and ")}` : "global";
  if (where === "global" && locations[0] !== "global") return undefined;
  return `the bucket of ${id} is ${where}: Tigris checks within one region only whether a file has changed, so a concurrent write
in another region can be overwritten; one place in \`storage.locations\` avoids this`;
}

/** The headers of a write that replaces this version and no other; undefined: that replaces nothing. */
export function onlyOver(id: string | undefined): { IfMatch: string } | { IfNoneMatch: "*" } {
  return id === undefined ? { IfNoneMatch: "*" } : { IfMatch: `"${id}"` };
}

/** Whether such a write was refused for what the bucket holds: another version, one that is being written, or none. */
export function isOvertaken(error: unknown): boolean {
  const { $metadata } = error as { readonly $metadata?: { readonly httpStatusCode?: number } };
  return [404, 409, 412].includes($metadata?.httpStatusCode ?? 0);
}
