import { httpErrors } from "../../provider/http/errors.ts";
import { SHARED } from "./steps.ts";
import { counted } from "../../output/counted.ts";

/** One cause, and whom it has hit. */
export interface GroupedError {
  /** In the words of the first that was hit. */
  readonly message: string;
  readonly tenants: readonly string[];
}

/** Whom a cause has hit, in words: up to five tenants by name; of what tenants share, "shared" alone. Pure. */
export function whomInWords(tenants: readonly string[]): string {
  const names = tenants.filter((tenant) => tenant !== SHARED);
  const [one] = names;
  if (one === undefined) return SHARED;
  if (names.length === 1) return one;
  const rest = names.length > NAMED ? ` and ${names.length - NAMED} more` : "";
  return `${counted(names.length, "tenant")} (${names.slice(0, NAMED).join(", ")}${rest})`;
}

const NAMED = 5;

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

/** The same of errors one by one, as plans and drift reports have them. Pure. */
export function causesOf(errors: readonly { readonly tenant: string; readonly message: string }[]): GroupedError[] {
  return groupedErrors(errors.map(({ tenant, message }) => ({ tenant, errors: [message] })));
}

/** Causes that lie on this computer: however many vendors and resources they hit, they are one. */
const OF_THIS_COMPUTER: readonly string[] = [httpErrors.CLOCK_WRONG.code];

/** A message without what is this tenant's own: its name, ids of requests and machines, times and counts. */
function causeOf(message: string, tenant: string): string {
  const code = OF_THIS_COMPUTER.find((each) => message.startsWith(`${each}: `));
  if (code !== undefined) return code;
  const bare = tenant === SHARED ? message : message.replaceAll(tenant, "…");
  return bare
    .replaceAll(/\brequest [\w-]+/g, "request …")
    .replaceAll(/\b(?=\w*\d)[\w-]{4,}\b/g, "…")
    .replaceAll(/\d+/g, "…");
}
