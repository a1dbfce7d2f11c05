import { LOCATIONS } from "../locations.ts";
import { ORGANIZATION } from "../names.ts";
import type { Route } from "./route.ts";

const ORG = "/v1/organizations/{org}";
const PLAN = "embedded";

const organization = {
  name: ORGANIZATION,
  slug: ORGANIZATION,
  type: "personal",
  overages: false,
  require_mfa: false,
  blocked_reads: false,
  blocked_writes: false,
  plan_id: PLAN,
  plan_timeline: "",
  platform: "",
};

const NO_LIMIT = Number.MAX_SAFE_INTEGER;

/** The only plan: free of charge and without limits, but for the disk. */
const plan = {
  name: PLAN,
  price: "0",
  prices: [{ value: "0", timeline: "monthly" }],
  quotas: {
    rowsRead: NO_LIMIT,
    rowsWritten: NO_LIMIT,
    databases: null,
    locations: Object.keys(LOCATIONS).length,
    storage: NO_LIMIT,
    groups: NO_LIMIT,
    bytesSynced: NO_LIMIT,
  },
};

/** What is asked about the account. */
export function organizationRoutes(): Route[] {
  return [
    { method: "GET", path: "/v1/locations", needs: "anybody", handle: () => ({ locations: LOCATIONS }) },
    // The vendor's document says a bare array; its SDK looks for a property and so finds none.
    { method: "GET", path: "/v1/organizations", needs: "anybody", handle: () => [organization] },
    { method: "GET", path: ORG, needs: "organization", handle: () => ({ organization }) },
    { method: "GET", path: `${ORG}/plans`, needs: "organization", handle: () => ({ plans: [plan] }) },
    {
      method: "GET",
      path: `${ORG}/subscription`,
      needs: "organization",
      handle: () => ({ subscription: { name: PLAN, overages: false, plan: PLAN, timeline: "" } }),
    },
    { method: "GET", path: `${ORG}/invoices`, needs: "organization", handle: () => ({ invoices: [] }) },
    {
      method: "GET",
      path: `${ORG}/members`,
      needs: "organization",
      handle: () => ({ members: [{ username: ORGANIZATION, role: "owner", email: "" }] }),
    },
  ];
}
