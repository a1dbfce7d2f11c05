/** What a team's own index.ts imports. */
export { type Fleet, type FleetOptions, tenantFleet } from "./fleet.ts";
export { Tenant } from "./tenant.ts";
export type { TenantRecord } from "./tenant-record.ts";
export type { Tenant as DeclaredTenant } from "../tenants/model/tenant.ts";
