import { Command } from "commander";

import { EXIT } from "../output/exit-codes.ts";
import { type MachineStatus, machineStatus } from "../operations/machines/machine-status.ts";
import { liveMachines } from "../operations/machines/machine-calls.ts";
import { urlsOf } from "../operations/machines/urls.ts";
import { jsonOption, stackOption } from "./options.ts";
import { openStack } from "../stack/context.ts";
import { standingTenants, type StandingTenant } from "../operations/engine/stack-state.ts";
import { standingTenant } from "../operations/engine/named-tenant.ts";
import { paint, printJson, printLine, table } from "../output/terminal.ts";

/** `tenantry status [TENANT]`: how the machines are right now. */
export function command(): Command {
  return new Command("status")
    .description(
      "How a tenant's machine is right now, or all of them: state, checks, mount, address. Exit code 1: one is unwell.",
    )
    .argument("[tenant]")
    .addOption(stackOption())
    .addOption(jsonOption())
    .action(status);
}

async function status(id: string | undefined, { stack, json }: { stack: string; json?: boolean }): Promise<void> {
  const context = openStack(stack);
  const standing: ReadonlyMap<string, StandingTenant> =
    id === undefined ? await standingTenants(context) : new Map([[id, await standingTenant(context, id)]]);
  const machines = liveMachines(context);
  const urls = await urlsOf(context, standing);
  const found = await Promise.all(
    [...standing].map(([tenant, stands]) => machineStatus(tenant, stands, urls.get(tenant) ?? null, machines)),
  );
  if (found.some(isUnwell)) process.exitCode = EXIT.error;
  if (json === true) printJson(id === undefined ? found : found[0]);
  else if (id === undefined) printLine(overview(found));
  else for (const each of found) printOne(each);
}

function isUnwell({ state, checks, mount }: MachineStatus): boolean {
  return (
    ["failed", "gone"].includes(state) ||
    (state === "started" && checks.some((check) => check.status !== "passing")) ||
    mount === "unhealthy"
  );
}

function overview(found: readonly MachineStatus[]): string {
  const head = ["tenant", "machine", "state", "since", "unasked ends", "checks", "mount", "url"];
  return table(
    head,
    found.map((each) => [
      each.tenant,
      each.machine,
      colored(each),
      each.since ?? "",
      String(each.unaskedEnds),
      checksOf(each)
        .map(({ name, status }) => `${name} ${status}`)
        .join(", "),
      mountOf(each),
      each.url ?? "",
    ]),
  );
}

function printOne(each: MachineStatus): void {
  const lines: [string, string][] = [
    ["machine", `${each.app}/${each.machine}`],
    ["state", `${colored(each)}${each.since === null ? "" : ` since ${each.since}`}`],
    ["unasked ends", String(each.unaskedEnds)],
    ...checksOf(each).map(({ name, status, output }): [string, string] => [`check ${name}`, `${status} (${output})`]),
    ["mount", mountOf(each)],
    ["url", each.url ?? "none"],
  ];
  printLine(paint("bold", each.tenant));
  for (const [name, value] of lines) printLine(`  ${name.padEnd(14)} ${value}`);
}

/** Those of a machine that is down say nothing. */
function checksOf({ state, checks }: MachineStatus): MachineStatus["checks"] {
  return state === "started" ? checks : [];
}

function colored(each: MachineStatus): string {
  return paint(isUnwell(each) ? "red" : each.state === "started" ? "green" : "yellow", each.state);
}

function mountOf({ mount, runs }: MachineStatus): string {
  if (runs === false) return "none: the machine is a record, nothing runs in it";
  return mount ?? (runs === null ? "down" : "not by the entrypoint");
}
