import type { Tenant } from "../tenants/model/tenant.ts";

/**
 * The environment of the app's own migrator, and of its check: that of the machine, less all that is about its mount, for it has
 * none. Holds no secret: the token comes as the machine's does.
 */
export function migratorEnv({ id, machine, database }: Tenant, databaseUrl: string): Record<string, string> {
  const version = database.engine === "turso" ? (database.schema?.version ?? 0) : 0;
  return { ...machine.env, TENANT: id, LIBSQL_URL: databaseUrl, SCHEMA_VERSION: String(version) };
}

/** The same secrets under the same names as the tenant's machine has them. */
export function databaseSecrets(databaseUrl: string, token: string): Record<string, string> {
  return { DATABASE_AUTH_TOKEN: token, DATABASE_URL: `${databaseUrl}?authToken=${token}` };
}
