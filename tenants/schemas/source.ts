import type { TenantSchema } from "../model/tenant.ts";

/** What brings a schema forward, as people read it: `migrations/notes`, or the words of the app's own migrator. Pure. */
export function schemaSource(schema: TenantSchema): string {
  return schema.from === undefined ? schema.command.join(" ") : schema.from;
}
