import { Command } from "commander";
import { stringify } from "yaml";

import { jsonOption, stackOption } from "./options.ts";
import { urlsOf } from "../operations/machines/urls.ts";
import { openStack } from "../stack/context.ts";
import { recordedTenants } from "../operations/engine/recorded-tenants.ts";
import { pointsOf } from "../operations/history/snapshots-due.ts";
import { declaredTenant } from "../operations/engine/named-tenant.ts";
import { during } from "../output/progress.ts";
import { printJson, printLine } from "../output/terminal.ts";

/** `tenantry show TENANT`: everything about one tenant. No secret. */
export function command(): Command {
  return new Command("show")
    .description("Show one tenant: each setting with its default, and the resources that exist. Prints no secrets.")
    .argument("<tenant>", "the tenant's id")
    .addOption(stackOption())
    .addOption(jsonOption())
    .action(show);
}

async function show(id: string, { stack, json }: { stack: string; json?: boolean }): Promise<void> {
  const context = openStack(stack);
  const declared = declaredTenant(context, id);
  const [found, url, restore] = await during(`state of ${id}`, async () => {
    const recorded = await recordedTenants(context);
    const url = (await urlsOf(context, recorded)).get(id) ?? null;
    return [recorded.get(id), url, await pointsOf(context, declared)] as const;
  });
  const exists = found === undefined ? null : { ...found, url };
  if (json === true) printJson({ declared, exists, restore });
  else printLine(stringify({ declared, exists: exists ?? "not yet", restore: restore ?? "no snapshot" }).trimEnd());
}
