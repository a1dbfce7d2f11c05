import { isUtf8 } from "node:buffer";
import { buffer } from "node:stream/consumers";

import { Command, InvalidArgumentError, Option } from "commander";

import { TenantryError } from "../errors/tenantry-error.ts";
import type { MachineAddress } from "../provider/fly/machine-calls.ts";
import { VendorError } from "../provider/http/vendor-error.ts";
import { cliErrors } from "./errors.ts";
import { machineErrors } from "../operations/machines/errors.ts";
import { liveMachines } from "../operations/machines/machine-calls.ts";
import { runLive } from "../operations/machines/embedded-machines.ts";
import { during } from "../output/progress.ts";
import { jsonOption, stackOption } from "./options.ts";
import { openStack, type StackContext } from "../stack/context.ts";
import { recordedTenant } from "../operations/engine/named-tenant.ts";
import { note, printJson } from "../output/terminal.ts";

/** `tenantry exec TENANT -- COMMAND`: runs a command in the tenant's machine, beside its app. */
export function command(): Command {
  return new Command("exec")
    .description(
      "Run a command in a tenant's machine, beside its app, as root. An idle machine is started first. The exit code is the " +
        "command's. Without -i, the output comes when the command ends. With -i, on the embedded cloud, it streams without a limit " +
        "of size or time. At Fly, -i prints the flyctl command instead. " +
        "The output is not escaped, also at a terminal, as with ssh and docker; --json escapes it.",
    )
    .argument("<tenant>", "the tenant's id")
    .argument(
      "[command...]",
      "the command after `--`, run without a shell (use `-- sh -c '…'` for one); default with -i: a shell",
    )
    .addOption(new Option("-i, --interactive", "stream standard input and output"))
    .addOption(new Option("-t, --tty", "connect the command to this terminal; with -i an interactive shell"))
    .addOption(stackOption())
    .addOption(new Option("--timeout <seconds>", "time limit without -i; 1 to 60").default(30).argParser(seconds))
    .addOption(new Option("--stdin", "send standard input after it ends; UTF-8 text only"))
    .addOption(jsonOption().conflicts(["interactive", "tty"]))
    .action(exec);
}

interface ExecOptions {
  readonly stack: string;
  readonly timeout: number;
  readonly stdin?: boolean;
  readonly interactive?: boolean;
  readonly tty?: boolean;
  readonly json?: boolean;
}

async function exec(id: string, words: string[], options: ExecOptions, verb: Command): Promise<void> {
  const isLive = options.interactive === true || options.tty === true;
  if (words.length === 0 && !isLive) verb.error("exec: name a command after `--`, or say -it for a shell");
  const context = openStack(options.stack);
  const { app, machineId, state } = await during(`machine of ${id}`, () => recordedTenant(context, id));
  const machine: Addressed = { at: { app, machine: machineId }, tenant: id, isSuspended: state === "suspended" };
  if (isLive) {
    refuseWhereNothingStreams(context, machine, options, words);
    process.exitCode = await awake(context, machine, () => runLive(context, machine.at, words));
    return;
  }
  const stdin = options.stdin === true ? { stdin: textOf(await buffer(process.stdin), id) } : {};
  const order = { command: words, seconds: options.timeout, ...stdin };
  const outcome = await during(`exec in ${app}`, () =>
    awake(context, machine, () => liveMachines(context).exec(machine.at, id, order)),
  );
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

interface Addressed {
  readonly at: MachineAddress;
  readonly tenant: string;
  readonly isSuspended: boolean;
}

/** Throws EXEC_LIVE_AT_FLY: the Machines API answers once the command has ended, and passes no terminal. */
function refuseWhereNothingStreams(
  { settings }: StackContext,
  { at, tenant }: Addressed,
  { tty }: ExecOptions,
  words: readonly string[],
): void {
  if (settings.cloud === "embedded") return;
  const command = words.length === 0 ? "" : ` --command ${quoted(words.map(quoted).join(" "))}`;
  const line = `fly ssh console --app ${at.app} --machine ${at.machine}${tty === true ? " --pty" : ""}${command}`;
  throw new TenantryError(cliErrors.EXEC_LIVE_AT_FLY, `run \`${line}\``, { tenant });
}

/** As a POSIX shell reads it back. */
function quoted(word: string): string {
  return /^[\w./:=@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** Starts a machine that idles and tries again; one that its tenant's file suspends stays down. Throws MACHINE_DOWN. */
async function awake<T>(
  context: StackContext,
  { at, tenant, isSuspended }: Addressed,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!VendorError.hasStatus(error, 412)) throw error;
    const down = new TenantryError(machineErrors.MACHINE_DOWN, `${at.app}/${at.machine}`, { tenant, cause: error });
    if (isSuspended) throw down;
    note(`${tenant}: its machine idles; starting it …`);
    if (!(await liveMachines(context).start(at, tenant))) throw down;
    return work();
  }
}

/** The Machines API takes `stdin` as a JSON string, which holds text only (MachineExecRequest). Throws EXEC_STDIN_BINARY. */
function textOf(stdin: Buffer, tenant: string): string {
  if (isUtf8(stdin)) return stdin.toString("utf8");
  throw new TenantryError(cliErrors.EXEC_STDIN_BINARY, `${stdin.length} bytes, not all of them text`, { tenant });
}

function seconds(given: string): number {
  const value = Number(given);
  if (Number.isInteger(value) && value >= 1 && value <= 60) return value;
  throw new InvalidArgumentError("expected whole seconds, 1 to 60");
}
