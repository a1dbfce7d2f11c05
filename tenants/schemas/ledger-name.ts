/** What the names of tenantry's own tables in a tenant's database begin with. */
export const LEDGER_PREFIX = "_tenantry_";

/** The table that tells which migrations a database has had. */
export const LEDGER = "_tenantry_migrations";
