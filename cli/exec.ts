import { isUtf8 } from "node:buffer";
import { buffer } from "node:stream/consumers";

import { Command, InvalidArgumentError, Option } from "commander";

import { TenantryError } from "../errors/tenantry-error.ts";
import type { MachineAddress } from "../provider/fly/machine-calls.ts";
import { VendorError } from "../provider/http/vendor-error.ts";
import { cliErrors } from "./errors.ts";
import { machineErrors } from "../operations/machines/errors.ts";
import { type ExecCommand, liveMachines } from "../operations/machines/machine-calls.ts";
import { jsonOption, stackOption } from "./options.ts";
import { openStack, type StackContext } from "../stack/context.ts";
import { standingTenant } from "../operations/engine/named-tenant.ts";
import { printJson } from "../output/terminal.ts";

/** `tenantry exec TENANT -- COMMAND`: runs a command in the tenant's machine, beside its app. */
export function command(): Command {
  return new Command("exec")
    .description("Run a command in a tenant's machine, beside its app, as root. The exit code is the command's own.")
    .argument("<tenant>")
    .argument("<command...>", "after `--`; no shell reads it: `-- sh -c '…'` where you want one")
    .addOption(stackOption())
    .addOption(new Option("--timeout <seconds>", "what it may take; 1 to 60").default(30).argParser(seconds))
    .addOption(new Option("--stdin", "pass on standard input, once it has ended; UTF-8 text only"))
    .addOption(jsonOption())
    .action(exec);
}

interface ExecOptions {
  readonly stack: string;
  readonly timeout: number;
  readonly stdin?: boolean;
  readonly json?: boolean;
}

async function exec(id: string, words: string[], options: ExecOptions): Promise<void> {
  const context = openStack(options.stack);
  const { app, machineId } = await standingTenant(context, id);
  const stdin = options.stdin === true ? { stdin: textOf(await buffer(process.stdin), id) } : {};
  const order = { command: words, seconds: options.timeout, ...stdin };
  const outcome = await run(context, { app, machine: machineId }, id, order);
  if (outcome === undefined) {
    throw new TenantryError(machineErrors.MACHINES_ARE_RECORDS, `nothing runs in ${app}/${machineId}`, { tenant: id });
  }
  process.exitCode = outcome.exitCode;
  if (options.json === true) {
    printJson(outcome);
    return;
  }
  process.stdout.write(outcome.stdout);
  process.stderr.write(outcome.stderr);
}

/** The Machines API takes `stdin` as a JSON string, which holds text only (MachineExecRequest). Throws EXEC_STDIN_BINARY. */
function textOf(stdin: Buffer, tenant: string): string {
  if (isUtf8(stdin)) return stdin.toString("utf8");
  throw new TenantryError(cliErrors.EXEC_STDIN_BINARY, `${stdin.length} bytes, not all of them text`, { tenant });
}

async function run(context: StackContext, at: MachineAddress, tenant: string, order: ExecCommand) {
  try {
    return await liveMachines(context).exec(at, tenant, order);
  } catch (error) {
    if (!VendorError.hasStatus(error, 412)) throw error;
    throw new TenantryError(machineErrors.MACHINE_DOWN, `${at.app}/${at.machine}`, { tenant, cause: error });
  }
}

function seconds(given: string): number {
  const value = Number(given);
  if (Number.isInteger(value) && value >= 1 && value <= 60) return value;
  throw new InvalidArgumentError("whole seconds, 1 to 60");
}
