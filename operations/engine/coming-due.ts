import type { Tenant } from "../../tenants/model/tenant.ts";
import type { Credential } from "./credentials.ts";

/** How far ahead a plan, a list, the doctor and a report look. */
export const DUE_SOON_DAYS = 7;
const DAY_MS = 86_400_000;

/** Something of a tenant whose day is near, or has passed. */
export interface Due {
  readonly tenant: string;
  /** `trial` of a tenant with `expires`; `snapshot` where the last is too old; else the credential: `key of the machine`, `token of the machine`, … */
  readonly what: string;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly isOverdue: boolean;
}

/** What an `expires` in a tenant file is called beside credentials. */
export const TRIAL = "trial";
/** What a snapshot that is late is called beside them. */
export const SNAPSHOT = "snapshot";

/**
 * What falls due within `DUE_SOON_DAYS`, or has: trials of tenants that are active, and credentials by their age. The
 * earliest comes first. Pure.
 */
export function comingDue(
  tenants: readonly Tenant[],
  credentials: ReadonlyMap<string, readonly Credential[]>,
  now: Date,
): Due[] {
  const soon = now.getTime() + DUE_SOON_DAYS * DAY_MS;
  const due = (tenant: string, what: string, at: number): Due[] =>
    at > soon ? [] : [{ tenant, what, at: new Date(at).toISOString(), isOverdue: at <= now.getTime() }];
  return inOrder(
    tenants.flatMap((tenant) => [
      ...(hasTrial(tenant) ? due(tenant.id, TRIAL, Date.parse(tenant.expires)) : []),
      ...(credentials.get(tenant.id) ?? []).flatMap((each) => due(tenant.id, each.what, each.due)),
    ]),
  );
}

/** The earliest first. */
export function inOrder(due: readonly Due[]): Due[] {
  return due.toSorted((one, other) => (one.at < other.at ? -1 : one.at > other.at ? 1 : 0));
}

/** The tenants whose `expires` has come: their files are due to be suspended. */
export function expiredTenants(tenants: readonly Tenant[], now: Date): Tenant[] {
  return tenants.filter((tenant) => hasTrial(tenant) && Date.parse(tenant.expires) <= now.getTime());
}

function hasTrial(tenant: Tenant): tenant is Tenant & { readonly expires: string } {
  return tenant.state === "active" && tenant.expires !== undefined;
}

/** One line for people: `acme: trial, overdue since 2027-01-31`, `acme: key of the machine, due 2027-01-31`. */
export function dueLine({ tenant, what, at, isOverdue }: Due): string {
  return `${tenant}: ${what}, ${isOverdue ? "overdue since" : "due"} ${at.slice(0, 10)}`;
}
