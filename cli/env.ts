import { Command, Option } from "commander";

import { jsonOption, stackOption } from "./options.ts";
import { openStack } from "../stack/context.ts";
import { storedResources } from "../operations/engine/stack-state.ts";
import { standingTenant } from "../operations/engine/named-tenant.ts";
import { envLines, plainEnvironment, secretEnvironment } from "../operations/engine/tenant-environment.ts";
import { note, printJson } from "../output/terminal.ts";

/** `tenantry env TENANT`: the tenant's environment, to reach its bucket and database from here. */
export function command(): Command {
  return new Command("env")
    .description("A tenant's environment as NAME=value lines. Secrets only when asked for.")
    .argument("<tenant>")
    .addOption(stackOption())
    .addOption(jsonOption())
    .addOption(new Option("--show-secrets", "also the machine's key and token; they open all of the tenant's data"))
    .action(env);
}

async function env(id: string, options: { stack: string; json?: boolean; showSecrets?: boolean }): Promise<void> {
  const context = openStack(options.stack);
  const plain = plainEnvironment(await standingTenant(context, id));
  const withSecrets = options.showSecrets === true;
  const secrets = withSecrets ? secretEnvironment(id, await storedResources(context, { secrets: true })) : {};
  const environment = { ...plain, ...secrets };
  if (options.json === true) printJson(environment);
  else process.stdout.write(envLines(environment));
  if (!withSecrets && process.stderr.isTTY) note("(without secrets; --show-secrets adds them)");
}
