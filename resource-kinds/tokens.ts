/** All resource types of the provider. */
export const TOKENS = [
  "tenantry:tigris:Bucket",
  "tenantry:tigris:AccessKey",
  "tenantry:turso:Group",
  "tenantry:turso:Database",
  "tenantry:turso:DatabaseToken",
  "tenantry:fly:App",
  "tenantry:fly:IpAssignment",
  "tenantry:fly:Secrets",
  "tenantry:fly:Machine",
  "tenantry:fly:Volume",
] as const;
