/** Said of what was left as it is, because the bucket holds another version than the one that was seen. */
export const CHANGED_THERE = "changed in the bucket meanwhile";

/** The headers of a write that replaces this version and no other; undefined: that replaces nothing. */
export function onlyOver(id: string | undefined): { IfMatch: string } | { IfNoneMatch: "*" } {
  return id === undefined ? { IfNoneMatch: "*" } : { IfMatch: `"${id}"` };
}

/** Whether such a write was refused for what the bucket holds: another version, one that is being written, or none. */
export function isOvertaken(error: unknown): boolean {
  const { $metadata } = error as { readonly $metadata?: { readonly httpStatusCode?: number } };
  return [404, 409, 412].includes($metadata?.httpStatusCode ?? 0);
}
