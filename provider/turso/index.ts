import { type TursoAccount, tursoClient } from "./client.ts";
import { databaseTokenType } from "./database-token.ts";
import { databaseType } from "./database.ts";
import { libsqlUrl } from "./data-url.ts";
import { groupType } from "./group.ts";
import { type SchemaSource, schemaType } from "./schema.ts";

export type { SchemaSource } from "./schema.ts";

/** The resource types of this room, by token. */
export function tursoTypes(account: TursoAccount, schemas: SchemaSource) {
  const client = tursoClient(account);
  return {
    "tenantry:turso:Group": groupType(client),
    "tenantry:turso:Database": databaseType(client),
    "tenantry:turso:DatabaseToken": databaseTokenType(client),
    "tenantry:turso:Schema": schemaType(client, (hostname) => libsqlUrl(account.endpoint, hostname), schemas),
  } as const;
}
