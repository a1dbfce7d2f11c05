import { Command } from "commander";

import { EXIT } from "../output/exit-codes.ts";
import { type MachineStatus, machineStatus } from "../operations/machines/machine-status.ts";
import { liveMachines } from "../operations/machines/machine-calls.ts";
import { urlsOf } from "../operations/machines/urls.ts";
import { jsonOption, stackOption, tenantsArgument, wideOption } from "./options.ts";
import { type Column, columnTable, terminalWidth } from "../output/columns.ts";
import { during } from "../output/progress.ts";
import { printable } from "../output/printable.ts";
import { relativeTime } from "../output/relative-time.ts";
import { inColour, type StateWord } from "../output/state-words.ts";
import { openStack, type StackContext } from "../stack/context.ts";
import type { RecordedTenant } from "../operations/engine/recorded-tenants.ts";
import { chosenRecorded } from "../operations/engine/named-tenant.ts";
import { paint, printJson, printLine } from "../output/terminal.ts";

/** `tenantry status [TENANT...]`: how the machines are right now. */
export function command(): Command {
  return new Command("status")
    .description(
      "Show the current state of the machines: state, checks, mount, address. Exit code 1: a machine is not healthy. " +
        "States: running, unhealthy (a check fails), idle (a request starts it), crashed (its program failed), suspended (by its file), gone, or Fly's own state.",
    )
    .addArgument(tenantsArgument("only these, one of them in detail; default: all of the stack"))
    .addOption(stackOption())
    .addOption(wideOption())
    .addOption(jsonOption())
    .action(status);
}

interface StatusOptions {
  readonly stack: string;
  readonly wide?: boolean;
  readonly json?: boolean;
}

async function status(ids: readonly string[], { stack, wide, json }: StatusOptions): Promise<void> {
  const context = openStack(stack);
  const [recorded, found] = await during(`status of ${stack}`, () => look(context, ids));
  if (found.some(isUnwell)) process.exitCode = EXIT.error;
  const [only] = found;
  if (json === true) printJson(ids.length === 1 ? only : found);
  else if (ids.length === 1 && only !== undefined) printOne(only, recorded);
  else if (found.length === 0)
    printLine(`nothing of ${stack} exists yet; \`npx tenantry up --stack ${stack}\` makes it`);
  else printLine(overview(found, recorded, wide === true));
}

async function look(context: StackContext, ids: readonly string[]): Promise<[Recorded, MachineStatus[]]> {
  const recorded = await chosenRecorded(context, ids);
  const machines = liveMachines(context);
  const urls = await urlsOf(context, recorded);
  const found = await Promise.all(
    [...recorded].map(([tenant, record]) => machineStatus(tenant, record, urls.get(tenant) ?? null, machines)),
  );
  return [recorded, found];
}

type Recorded = ReadonlyMap<string, RecordedTenant>;

function isUnwell({ state, checks, mount, crashed }: MachineStatus): boolean {
  return (
    crashed ||
    ["failed", "gone"].includes(state) ||
    (state === "started" && checks.some((check) => check.status !== "passing")) ||
    mount === "unhealthy"
  );
}

function overview(found: readonly MachineStatus[], recorded: Recorded, wide: boolean): string {
  const now = new Date();
  const columns: Column<MachineStatus>[] = [
    { head: "tenant", of: ({ tenant }) => tenant },
    { head: "state", of: (each) => colored(each, recorded) },
    { head: "since", of: ({ since }) => (since === null ? "" : relativeTime(since, now)), goes: 2 },
    {
      head: "checks",
      of: (each) =>
        checksOf(each)
          .map((check) => `${check.name} ${check.status}`)
          .join(", "),
      goes: 4,
    },
    { head: "mount", of: mountOf, goes: 3 },
    { head: "unasked ends", of: ({ unaskedEnds }) => (unaskedEnds === 0 ? "" : String(unaskedEnds)), goes: 5 },
    { head: "machine", of: ({ machine }) => machine, goes: 6 },
    { head: "url", of: ({ url }) => url ?? "", goes: 1 },
  ];
  return columnTable(columns, found, wide ? Infinity : terminalWidth());
}

function printOne(each: MachineStatus, recorded: Recorded): void {
  const since = each.since === null ? "" : ` since ${each.since} (${relativeTime(each.since, new Date())})`;
  const lines: [string, string][] = [
    ["machine", `${each.app}/${each.machine}`],
    ["state", `${colored(each, recorded)}${since}`],
    ["unasked ends", String(each.unaskedEnds)],
    ...checksOf(each).map(({ name, status, output }): [string, string] => [
      `check ${name}`,
      `${status} (${printable(output)})`,
    ]),
    ["mount", mountOf(each)],
    ["url", each.url ?? "none"],
    ...(each.callers === null ? [] : [["reached", reachedBy(each.app, each.callers)] as [string, string]]),
  ];
  printLine(paint("bold", each.tenant));
  for (const [name, value] of lines) printLine(`  ${name.padEnd(14)} ${value}`);
}

/** How a private app is called, and from where. Pure. */
export function reachedBy(app: string, callers: string): string {
  const network = callers === "default" ? "the organisation's default network" : `the network ${callers}`;
  return `http://${app}.flycast, from machines on ${network} only`;
}

/** Those of a machine that is down say nothing. */
function checksOf({ state, checks }: MachineStatus): MachineStatus["checks"] {
  return state === "started" ? checks : [];
}

function colored(each: MachineStatus, recorded: Recorded): string {
  return inColour(stateWord(each, recorded.get(each.tenant)?.state));
}

/** One word for how the machine is, or Fly's own; `declared` is the tenant's state by its file. Pure. */
export function stateWord(each: MachineStatus, declared: string | undefined): string {
  return ourWord(each, declared) ?? each.state;
}

function ourWord(each: MachineStatus, declared: string | undefined): StateWord | undefined {
  if (each.crashed) return "crashed";
  if (each.state === "started") return isUnwell(each) ? "unhealthy" : "running";
  if (!["stopped", "suspended"].includes(each.state) || isUnwell(each)) return undefined;
  return declared === "suspended" ? "suspended" : "idle";
}

function mountOf({ mount, runs }: MachineStatus): string {
  if (runs === false) return "none: the machine is a record, nothing runs in it";
  return mount ?? (runs === null ? "" : "not by the entrypoint");
}
