import type { Tenant } from "../tenants/model/tenant.ts";

/**
 * The environment of the app's own migrator and of its check: the machine's, without the variables for a mount, because it
 * has none. Contains no secret: it gets the token in the same way as the machine.
 */
export function migratorEnv({ id, machine, database }: Tenant, databaseUrl: string): Record<string, string> {
  const version = database.engine === "turso" ? (database.schema?.version ?? 0) : 0;
  return { ...machine.env, TENANT: id, LIBSQL_URL: databaseUrl, SCHEMA_VERSION: String(version) };
}

/** The same secrets under the same names as the tenant's machine has them. */
export function databaseSecrets(databaseUrl: string, token: string): Record<string, string> {
  return { DATABASE_AUTH_TOKEN: token, DATABASE_URL: `${databaseUrl}?authToken=${token}` };
}
