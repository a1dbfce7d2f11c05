import { Command } from "commander";

import { tenantSchemaText } from "../tenants/tenant-schema.ts";
import { jsonOption } from "./options.ts";

/** `tenantry json-schema`: the JSON Schema of a tenant file, as committed in tenants/tenant.schema.json. */
export function command(): Command {
  return new Command("json-schema")
    .description(
      "Print the JSON Schema of a tenant file, for editors: tenants/tenant.schema.json. The output is always JSON.",
    )
    .addOption(jsonOption())
    .action(() => {
      process.stdout.write(tenantSchemaText());
    });
}
