import type { Tenant } from "../../../tenants/model/tenant.ts";

/** Said of what was left as it is, because the bucket holds another version than the one that was seen. */
export const CHANGED_THERE = "changed in the bucket meanwhile";

/**
 * What whoever writes to a tenant's files with these conditions has to know of its bucket; undefined: they hold. Source: Tigris,
 * docs/objects/conditionals: on a global bucket and on one in two regions a condition holds within one region only.
 */
export function regionalConditions({ id, storage }: Pick<Tenant, "id" | "storage">): string | undefined {
  if (storage.backend !== "tigris") return undefined;
  const { locations } = storage;
  const where = locations.length > 1 ? `in ${locations.join(" and ")}` : "global";
  if (where === "global" && locations[0] !== "global") return undefined;
  return `the bucket of ${id} is ${where}: Tigris checks within one region only whether a file has changed meanwhile, so what is
written elsewhere in the same moment can be overwritten; \`storage.locations\` with one place avoids that`;
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
