import { tenantFleet } from "./components/fleet.ts";

/** What the verbs of `tenantry` read of a stack: one record per tenant, by id. */
export const fleet = await tenantFleet();
