import { type TursoAccount, tursoClient } from "./client.ts";
import { databaseTokenType } from "./database-token.ts";
import { databaseType } from "./database.ts";
import { groupType } from "./group.ts";

/** The resource types of this room, by token. */
export function tursoTypes(account: TursoAccount) {
  const client = tursoClient(account);
  return {
    "tenantry:turso:Group": groupType(client),
    "tenantry:turso:Database": databaseType(client),
    "tenantry:turso:DatabaseToken": databaseTokenType(client),
  } as const;
}
