import { Command, Option } from "commander";

import { jsonOption, stackOption } from "./options.ts";
import { openStack } from "../stack/context.ts";
import { storedResources } from "../operations/engine/stack-state.ts";
import { recordedTenant } from "../operations/engine/named-tenant.ts";
import { envLines, plainEnvironment, secretEnvironment } from "../operations/engine/tenant-environment.ts";
import { refuseSecretIntoPipe, writeOwnFile } from "../output/written-file.ts";
import { during } from "../output/progress.ts";
import { note, printJson } from "../output/terminal.ts";

/** `tenantry env TENANT`: the tenant's environment, to reach its bucket and database from here. */
export function command(): Command {
  return new Command("env")
    .description("Print a tenant's environment as NAME=value lines, without secrets by default.")
    .argument("<tenant>", "the tenant's id")
    .addOption(stackOption())
    .addOption(jsonOption())
    .addOption(new Option("--show-secrets", "include the machine's key and token, which open all of the tenant's data"))
    .addOption(new Option("-o, --out <file>", "write to this new file, which only you can read; default: the terminal"))
    .action(env);
}

interface EnvOptions {
  readonly stack: string;
  readonly json?: boolean;
  readonly showSecrets?: boolean;
  readonly out?: string;
}

async function env(id: string, options: EnvOptions): Promise<void> {
  const context = openStack(options.stack);
  const withSecrets = options.showSecrets === true;
  if (withSecrets) refuseSecretIntoPipe(options.out, id);
  const environment = await during(`environment of ${id}`, async () => ({
    ...plainEnvironment(await recordedTenant(context, id)),
    ...(withSecrets ? secretEnvironment(id, await storedResources(context, { secrets: true })) : {}),
  }));
  if (options.out !== undefined) {
    const text = options.json === true ? `${JSON.stringify(environment, null, 2)}\n` : envLines(environment);
    writeOwnFile(options.out, text);
    note(`${options.out} written; it holds ${withSecrets ? "secrets, and only you can read it" : "no secret"}`);
  } else if (options.json === true) printJson(environment);
  else process.stdout.write(envLines(environment));
  if (!withSecrets && options.out === undefined && process.stderr.isTTY)
    note("(without secrets; --show-secrets adds them)");
}
