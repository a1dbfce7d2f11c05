import * as z from "zod";

import { tenantFile } from "./model/tenant-file.ts";

/**
 * The JSON Schema (draft-07, which editors take) of a tenant file. It describes single fields; `tenantry validate` also
 * checks combinations of fields.
 */
export function tenantSchema(): Record<string, unknown> {
  const { $schema, ...schema } = z.toJSONSchema(tenantFile, { target: "draft-7", io: "input" });
  return {
    $schema,
    title: "tenantry tenant file",
    description: "One tenant: tenants/<stack>/<tenant>.yaml. The file's name is the tenant's id.",
    ...schema,
  };
}

/** `tenants/tenant.schema.json` as it is committed. */
export function tenantSchemaText(): string {
  return `${JSON.stringify(tenantSchema(), null, 2)}\n`;
}
