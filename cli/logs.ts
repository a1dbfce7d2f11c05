import { Command, InvalidArgumentError, Option } from "commander";

import { TenantryError } from "../errors/tenantry-error.ts";
import { cliErrors } from "./errors.ts";
import { embeddedLogs } from "../operations/machines/embedded-machines.ts";
import { stackOption } from "./options.ts";
import { openStack } from "../stack/context.ts";
import { standingTenant } from "../operations/engine/named-tenant.ts";

const LINES = 100;

/** `tenantry logs TENANT`: what a tenant's machine has written. */
export function command(): Command {
  return new Command("logs")
    .description("What a tenant's machine has written: entrypoint, TigrisFS and app. Values of secrets are struck out.")
    .argument("<tenant>")
    .addOption(stackOption())
    .addOption(new Option("-n, --lines <count>", "how many of the last lines").default(LINES).argParser(count))
    .addOption(new Option("-f, --follow", "go on with what comes, until Ctrl-C"))
    .action(logs);
}

interface LogsOptions {
  readonly stack: string;
  readonly lines: number;
  readonly follow?: boolean;
}

async function logs(id: string, { stack, lines, follow = false }: LogsOptions): Promise<void> {
  const context = openStack(stack);
  const { app, machineId } = await standingTenant(context, id);
  if (context.settings.cloud !== "embedded") {
    const command = `fly logs --app ${app} --machine ${machineId}`;
    throw new TenantryError(cliErrors.LOGS_AT_FLY, `\`${command}\` shows them`, { tenant: id });
  }
  for await (const piece of embeddedLogs(context, app, { lines, follow })) process.stdout.write(piece);
}

function count(given: string): number {
  if (/^\d{1,6}$/.test(given)) return Number(given);
  throw new InvalidArgumentError("a number of lines");
}
