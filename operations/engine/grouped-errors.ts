import { SHARED } from "./steps.ts";

/** One cause, and whom it has hit. */
export interface GroupedError {
  /** In the words of the first that was hit. */
  readonly message: string;
  readonly tenants: readonly string[];
}

/** Errors by cause: messages that differ only in what is named after the tenant are one. The most tenants first. Pure. */
export function groupedErrors(
  outcomes: readonly { readonly tenant: string; readonly errors: readonly string[] }[],
): GroupedError[] {
  const groups = new Map<string, { message: string; tenants: Set<string> }>();
  for (const { tenant, errors } of outcomes) {
    for (const message of errors) {
      const cause = causeOf(message, tenant);
      const group = groups.get(cause) ?? { message, tenants: new Set() };
      groups.set(cause, group);
      group.tenants.add(tenant);
    }
  }
  return [...groups.values()]
    .map(({ message, tenants }) => ({ message, tenants: [...tenants] }))
    .sort((one, other) => other.tenants.length - one.tenants.length);
}

/** A message without what is this tenant's own: its name, ids of requests and machines, times and counts. */
function causeOf(message: string, tenant: string): string {
  const bare = tenant === SHARED ? message : message.replaceAll(tenant, "…");
  return bare
    .replaceAll(/\brequest [\w-]+/g, "request …")
    .replaceAll(/\b(?=\w*\d)[\w-]{4,}\b/g, "…")
    .replaceAll(/\d+/g, "…");
}
