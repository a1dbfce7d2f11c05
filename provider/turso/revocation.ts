import { TenantryError } from "../../errors/tenantry-error.ts";
import type { Serving } from "../http/serving.ts";
import { VendorError } from "../http/vendor-error.ts";
import type { TursoClient } from "./client.ts";
import { tursoErrors } from "./errors.ts";

/** Codes of the older platform's locations (`iad`), whose groups have one key for all their databases (turso-cli). */
const OLDER_LOCATION = /^[a-z]{3}$/;

/**
 * Makes every token of one database invalid at once. Throws TURSO_ROTATES_GROUP, and revokes nothing, where Turso can do that
 * only to all databases of the group: one tenant's incident must not take the others down.
 */
export async function revokeTokens(
  client: TursoClient,
  { name, group }: { readonly name: string; readonly group: string },
  serving: Serving,
): Promise<void> {
  const context = { resource: `database ${name}`, ...serving };
  const found = await client.group(group, serving);
  if (found !== undefined && OLDER_LOCATION.test(found.location)) {
    const what = `group ${group} is at ${found.location}, a location of Turso's older platform`;
    throw new TenantryError(tursoErrors.TURSO_ROTATES_GROUP, what, context);
  }
  try {
    await client.revokeTokens(name, serving);
  } catch (error) {
    if (!VendorError.hasStatus(error, 400, 409, 422)) throw error;
    throw new TenantryError(tursoErrors.TURSO_ROTATES_GROUP, `Turso says: ${error.said}`, { ...context, cause: error });
  }
}
