import { LOCATIONS } from "../locations.ts";
import { ORGANIZATION } from "../names.ts";
import { Refusal } from "../refusal.ts";
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

function location({ location: code = "" }: Readonly<Record<string, string>>) {
  const description = LOCATIONS[code];
  if (description === undefined) throw new Refusal(404, `location ${code} not found`);
  return { location: { code, description, closest: [] } };
}

/** What is asked about the account. */
export function organizationRoutes(): Route[] {
  return [
    { method: "GET", path: "/v1/locations", needs: "anybody", handle: () => ({ locations: LOCATIONS }) },
    // The vendor's document says a bare array; its SDK looks for a property and so finds none.
    { method: "GET", path: "/v1/organizations", needs: "anybody", handle: () => [organization] },
    // The vendor's CLI asks these: turso-cli e149f69, internal/turso/{organizations,users,plans,locations}.go.
    { method: "GET", path: "/v2/organizations", needs: "anybody", handle: () => ({ organizations: [organization] }) },
    {
      method: "GET",
      path: "/v2/organizations/{org}/locations",
      needs: "anybody",
      handle: () => ({ locations: { aws: LOCATIONS } }),
    },
    { method: "GET", path: "/v1/locations/{location}", needs: "anybody", handle: ({ params }) => location(params) },
    { method: "GET", path: "/v1/plans", needs: "anybody", handle: () => ({ plans: [plan] }) },
    {
      method: "GET",
      path: "/v1/current-user",
      needs: "anybody",
      handle: () => ({ user: { username: ORGANIZATION, plan: PLAN } }),
    },
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
