import { Command, InvalidArgumentError, Option } from "commander";

import { TenantryError } from "../errors/tenantry-error.ts";
import { cliErrors } from "./errors.ts";
import { embeddedLogs } from "../operations/machines/embedded-machines.ts";
import { stackOption } from "./options.ts";
import { openStack } from "../stack/context.ts";
import { PrintableStream } from "../output/printable.ts";
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
    .addOption(
      new Option("--raw", "as it was written, with colours and all; without it what could steer a terminal is escaped"),
    )
    .action(logs);
}

interface LogsOptions {
  readonly stack: string;
  readonly lines: number;
  readonly follow?: boolean;
  readonly raw?: boolean;
}

async function logs(id: string, { stack, lines, follow = false, raw = false }: LogsOptions): Promise<void> {
  const context = openStack(stack);
  const { app, machineId } = await standingTenant(context, id);
  if (context.settings.cloud !== "embedded") {
    const command = `fly logs --app ${app} --machine ${machineId}`;
    throw new TenantryError(cliErrors.LOGS_AT_FLY, `\`${command}\` shows them`, { tenant: id });
  }
  const shown = new PrintableStream();
  for await (const piece of embeddedLogs(context, app, { lines, follow })) {
    process.stdout.write(raw ? piece : shown.take(piece));
    if (!process.stdout.writable) return;
  }
  process.stdout.write(shown.rest());
}

function count(given: string): number {
  if (/^\d{1,6}$/.test(given)) return Number(given);
  throw new InvalidArgumentError("a number of lines");
}
