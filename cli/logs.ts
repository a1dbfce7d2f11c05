import { Command, InvalidArgumentError, Option } from "commander";

import { TenantryError } from "../errors/tenantry-error.ts";
import { cliErrors } from "./errors.ts";
import { embeddedLogs } from "../operations/machines/embedded-machines.ts";
import { jsonOption, stackOption } from "./options.ts";
import { openStack, type StackContext } from "../stack/context.ts";
import { PrintableStream } from "../output/printable.ts";
import { declaredTenant } from "../operations/engine/named-tenant.ts";
import { namesAtVendors } from "../stack/names-at-vendors.ts";
import { printJsonLine } from "../output/terminal.ts";

const LINES = 100;

/** `tenantry logs TENANT`: what a tenant's machine has written. */
export function command(): Command {
  return new Command("logs")
    .description("Print the logs of a tenant's machine: entrypoint, TigrisFS and app. Values of secrets are masked.")
    .argument("<tenant>", "the tenant's id")
    .addOption(stackOption())
    .addOption(new Option("-n, --lines <count>", "number of last lines").default(LINES).argParser(count))
    .addOption(new Option("-f, --follow", "print new lines until Ctrl-C"))
    .addOption(new Option("--raw", "do not escape control characters, which can affect the terminal"))
    .addOption(jsonOption().conflicts("raw"))
    .action(logs);
}

interface LogsOptions {
  readonly stack: string;
  readonly lines: number;
  readonly follow?: boolean;
  readonly raw?: boolean;
  readonly json?: boolean;
}

async function logs(id: string, options: LogsOptions): Promise<void> {
  const context = openStack(options.stack);
  // The state is not asked: of a machine that never became healthy it may know nothing, and its log is wanted all the more.
  const app = appOf(context, declaredTenant(context, id));
  if (context.settings.cloud !== "embedded")
    throw new TenantryError(cliErrors.LOGS_AT_FLY, `\`fly logs --app ${app}\` shows them`, { tenant: id });
  const { lines, follow = false } = options;
  const take = writer(options);
  for await (const piece of embeddedLogs(context, id, app, { lines, follow })) {
    take(piece);
    if (!process.stdout.writable) return;
  }
  take();
}

/** Writes pieces of a log as they come; called without one it writes what no line break has ended. */
function writer({ raw = false, json = false }: LogsOptions): (piece?: string) => void {
  if (json) return documents();
  if (raw) return (piece = "") => void process.stdout.write(piece);
  const shown = new PrintableStream();
  return (piece) => void process.stdout.write(piece === undefined ? shown.rest() : shown.take(piece));
}

/** JSON has escapes of its own: the text in it is what was written. */
function documents(): (piece?: string) => void {
  let unfinished = "";
  return (piece) => {
    const lines = (unfinished + (piece ?? "")).split("\n");
    unfinished = piece === undefined ? "" : (lines.pop() ?? "");
    for (const line of lines) if (line !== "") printJsonLine(asDocument(line.replace(/\r$/, "")));
  };
}

/** The embedded cloud begins each line with its time and the machine. */
function asDocument(line: string): { time: string; machine: string; text: string } {
  const [time = "", machine = "", ...words] = line.split(" ");
  return { time, machine, text: words.join(" ") };
}

function appOf(context: StackContext, { id }: { readonly id: string }): string {
  return namesAtVendors(context, id).app;
}

function count(given: string): number {
  if (/^\d{1,6}$/.test(given)) return Number(given);
  throw new InvalidArgumentError("expected a number of lines");
}
