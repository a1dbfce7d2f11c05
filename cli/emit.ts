import { Command, Option } from "commander";

import type { MachineConfig } from "../provider/fly/machine-config.ts";
import { postedConfig } from "../provider/fly/machine.ts";
import { flyToml } from "../operations/machines/fly-toml.ts";
import { jsonOption, stackOption, tenantsArgument } from "./options.ts";
import { during } from "../output/progress.ts";
import { openStack, type StackContext } from "../stack/context.ts";
import { ownerAtVendors } from "../stack/names-at-vendors.ts";
import type { RecordedTenant } from "../operations/engine/recorded-tenants.ts";
import { chosenRecorded } from "../operations/engine/named-tenant.ts";
import { envLines, plainEnvironment } from "../operations/engine/tenant-environment.ts";
import { writeInside } from "../output/written-file.ts";
import { printJson, printLine } from "../output/terminal.ts";

const DEFAULT_FOLDER = "emitted";

/** `tenantry emit`: what the machines are told, as files without secrets. Calls no vendor. */
export function command(): Command {
  return new Command("emit")
    .description(
      "Write each tenant's machine config (as posted), a fly.toml and an env file. No secrets; calls no vendor.",
    )
    .addArgument(tenantsArgument())
    .addOption(stackOption())
    .addOption(jsonOption())
    .addOption(new Option("-o, --out <folder>", "folder to write to").default(DEFAULT_FOLDER))
    .action(emit);
}

async function emit(ids: readonly string[], options: { stack: string; json?: boolean; out: string }): Promise<void> {
  const context = openStack(options.stack);
  const chosen = await during(`tenants of ${context.stack}`, () => chosenRecorded(context, ids));
  const written = [...chosen].flatMap(([tenant, recorded]) => writeTenant(context, options.out, tenant, recorded));
  if (options.json === true) printJson(written);
  else for (const path of written) printLine(path);
}

function writeTenant(context: StackContext, out: string, tenant: string, recorded: RecordedTenant): string[] {
  const files = {
    "machine.json": `${JSON.stringify(posted(context, tenant, recorded.machine), null, 2)}\n`,
    "fly.toml": flyToml(recorded),
    "tenant.env": envLines(plainEnvironment(recorded)),
  };
  const [folder, above] = out === DEFAULT_FOLDER ? [".", [out]] : [out, []];
  return Object.entries(files).map(([name, text]) =>
    writeInside(folder, [...above, context.stack, tenant, name], text),
  );
}

/** The body of the POST that makes this machine: `POST /v1/apps/{app}/machines`. */
function posted(context: StackContext, tenant: string, machine: RecordedTenant["machine"]): object {
  const { config, min_secrets_version: secretsVersion } = machine;
  const posted = { config: config as MachineConfig, secretsVersion };
  return { ...machine, config: postedConfig(posted, ownerAtVendors(context, tenant)) };
}
