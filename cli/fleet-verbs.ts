import { join } from "node:path";

import { estimate, type MeasuredUsage } from "../cost/estimate.ts";
import { measuredUsage } from "../cost/measured-usage.ts";
import { listPrices, sumOf } from "../cost/tenant-cost.ts";
import { ASSUMED } from "../cost/usage.ts";
import { TenantryError } from "../errors/tenantry-error.ts";
import { matrixOf } from "../operations/fleet/matrix.ts";
import { moveTenant } from "../operations/fleet/move.ts";
import { makeStack } from "../operations/engine/made-stack.ts";
import { writeNextStack } from "../operations/fleet/new-stack.ts";
import { operatorStacks } from "../operations/fleet/operator.ts";
import { overviewPage } from "../operations/fleet/overview-page.ts";
import { runOnEach } from "../operations/fleet/stack-runs.ts";
import {
  countsLine,
  driftFound,
  exitCodeOf,
  listFound,
  planFound,
  reportFound,
  type StackSummary,
  summaryOf,
  upFound,
} from "../operations/fleet/summaries.ts";
import { type Column, columnTable } from "../output/columns.ts";
import { during } from "../output/progress.ts";
import { note, printJson, printLine } from "../output/terminal.ts";
import { writeInside, writeNamed } from "../output/written-file.ts";
import { makeFolder } from "../stack/made-folder.ts";
import { accountsOf } from "../stack/accounts.ts";
import { findProject, openStack, type StackContext } from "../stack/context.ts";
import { declaredFleet } from "../stack/declared-fleet.ts";
import { nameAtVendors } from "../stack/settings.ts";
import { groupsIn, openStackGroup, stacksIn } from "../stack/stack-group.ts";
import { cliErrors } from "./errors.ts";
import { chosenGroup, chosenStacks, type FleetOptions, stacksTouchedSince } from "./fleet-stacks.ts";
import { counted } from "../output/counted.ts";

interface LookOptions extends FleetOptions {
  readonly all?: boolean;
  readonly refresh: boolean;
}

/** `fleet plan`. */
export async function plan(options: LookOptions & { readonly out?: string }): Promise<void> {
  const { out } = options;
  if (out !== undefined) makeFolder(out);
  const wordsFor = (stack: string) => [
    ...["plan", "--stack", stack, "--json", ...lookWords(options)],
    ...(out === undefined ? [] : ["--out", planFile(out, stack)]),
  ];
  const summaries = await overStacks("plan", options, wordsFor, planFound);
  told(summaries, options, { ok: "unchanged" }, [
    { head: "changed", of: ({ found }) => String(found?.changed.length ?? "") },
    { head: "unchanged", of: ({ found }) => String(found?.unchanged ?? "") },
    { head: "what", of: ({ found }) => inWords(found?.counts ?? {}) },
  ]);
}

/** `fleet up`. Throws FLEET_UP_UNASKED. */
export async function up(options: LookOptions & { readonly yes?: boolean; readonly plans?: string }): Promise<void> {
  const { plans, yes } = options;
  if (yes !== true && plans === undefined)
    throw new TenantryError(cliErrors.FLEET_UP_UNASKED, "neither --yes nor --plans was given");
  const wordsFor = (stack: string) => [
    ...["up", "--stack", stack, "--json"],
    ...(plans === undefined ? ["--yes", ...lookWords(options)] : ["--plan", planFile(plans, stack)]),
  ];
  const summaries = await overStacks("up", options, wordsFor, upFound);
  told(summaries, options, {}, [
    { head: "changed", of: ({ found }) => String(found?.changed.length ?? "") },
    { head: "unchanged", of: ({ found }) => String(found?.unchanged ?? "") },
    { head: "done", of: ({ found }) => inWords(found?.counts ?? {}) },
  ]);
}

/** `fleet drift`. */
export async function drift(options: FleetOptions): Promise<void> {
  const wordsFor = (stack: string) => ["drift", "--stack", stack, "--json"];
  const summaries = await overStacks("drift", options, wordsFor, driftFound);
  told(summaries, options, { ok: "without drift", changes: "with drift" }, [
    { head: "tenants", of: ({ found }) => String(found?.checked ?? "") },
    { head: "without", of: ({ found }) => String(found?.without ?? "") },
    { head: "found", of: ({ found }) => inWords(found?.counts ?? {}) },
  ]);
}

/** `fleet list`. */
export async function list(options: FleetOptions): Promise<void> {
  const wordsFor = (stack: string) => ["list", "--stack", stack, "--json"];
  const summaries = await overStacks("list", options, wordsFor, listFound);
  told(summaries, options, { ok: "listed" }, [
    { head: "tenants", of: ({ found }) => inWords(found?.counts ?? {}) },
    { head: "exist", of: ({ found }) => String(found?.existing ?? "") },
  ]);
}

/** `fleet report`. */
export async function report(
  options: FleetOptions & { readonly out: string; readonly checkDrift?: boolean; readonly measure: boolean },
): Promise<void> {
  const { out, checkDrift, measure } = options;
  makeFolder(out);
  const wordsFor = (stack: string) => [
    ...["report", "--stack", stack, "--json", "--html", join(out, `${stack}.html`)],
    ...(checkDrift === true ? ["--check-drift"] : []),
    ...(measure ? [] : ["--no-measure"]),
  ];
  const summaries = await overStacks("report", options, wordsFor, reportFound);
  const index = writeInside(out, ["index.html"], overviewPage(chosenGroup(options).name, summaries));
  told(summaries, options, { ok: "written" }, [
    { head: "tenants", of: ({ found }) => String(found?.tenants ?? "") },
    { head: "page", of: ({ stack, found }) => (found === undefined ? "" : join(out, `${stack}.html`)) },
  ]);
  note(`begin with ${index}`);
}

function lookWords({ all, refresh }: LookOptions): string[] {
  return [...(all === true ? ["--all"] : []), ...(refresh ? [] : ["--no-refresh"])];
}

function planFile(folder: string, stack: string): string {
  return join(folder, `${stack}.json`);
}

async function overStacks<Found>(
  verb: string,
  options: FleetOptions,
  wordsFor: (stack: string) => readonly string[],
  digest: (printed: unknown) => Found,
): Promise<StackSummary<Found>[]> {
  const group = chosenGroup(options);
  const stacks = chosenStacks(group, options);
  const runs = await during(`${verb} of ${group.name}`, (tell) =>
    runOnEach(stacks, {
      wordsFor,
      digest,
      workers: options.workers,
      onMove: ({ done, failed, now }) => {
        const bad = failed === 0 ? "" : `, ${failed} failed`;
        tell(`${done} of ${stacks.length} stacks${bad}; now ${now.join(", ")}`);
      },
    }),
  );
  return runs.map(summaryOf);
}

/** Prints the one summary of all stacks: those that are as they should be only as a number. */
function told<Found>(
  summaries: readonly StackSummary<Found>[],
  { json }: Pick<FleetOptions, "json">,
  words: Parameters<typeof countsLine>[1],
  columns: readonly Column<StackSummary<Found>>[],
): void {
  process.exitCode = exitCodeOf(summaries);
  if (json === true) printJson(summaries);
  else if (summaries.length === 0) printLine("no stack was touched");
  else printTable(summaries, words, columns);
}

function printTable<Found>(
  summaries: readonly StackSummary<Found>[],
  words: Parameters<typeof countsLine>[1],
  columns: readonly Column<StackSummary<Found>>[],
): void {
  const all: Column<StackSummary<Found>>[] = [
    { head: "stack", of: ({ stack }) => stack },
    ...columns,
    { head: "result", of: ({ result }) => result },
    { head: "seconds", of: ({ seconds }) => seconds.toFixed(1), goes: 1 },
  ];
  printLine(columnTable(all, summaries));
  for (const { stack, error } of summaries) if (error !== "") printLine(`\n${stack}: ${error}`);
  printLine(`\n${counted(summaries.length, "stack")}: ${countsLine(summaries, words)}`);
  if (summaries.some(({ result }) => result === "failed" || result === "not started"))
    printLine("Fix the cause and run the same again: what is done already costs a look.");
}

function inWords(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([word, count]) => `${count} ${word}`)
    .join(", ");
}

/** `fleet validate`: in this process, for it only reads files. */
export function validate(options: FleetOptions): void {
  const { name, stacks } = chosenGroup(options);
  const found = stacks.map((context) => ({ stack: context.stack, tenants: declaredFleet(context).tenants.length }));
  const sum = found.reduce((total, { tenants }) => total + tenants, 0);
  if (options.json === true) printJson(found);
  else printLine(`${name}: ${counted(sum, "tenant file")} in ${counted(found.length, "stack")}: all valid`);
}

/** `fleet cost`: in this process, for what the vendors include is shared by all stacks. */
export async function cost(options: FleetOptions & { readonly measure: boolean }): Promise<void> {
  const { name, stacks } = chosenGroup(options);
  const [first] = stacks;
  const perStack = stacks.map((context) => ({ stack: context.stack, tenants: declaredFleet(context).tenants }));
  const tenants = perStack.flatMap((each) => each.tenants);
  const measured: ReadonlyMap<string, MeasuredUsage> =
    options.measure && first !== undefined
      ? // A stack's names at the vendors are its group's: any of them finds the tenants of all.
        await during(`figures of ${name}`, () =>
          measuredUsage(first, accountsOf(first.settings, first.home, process.env), tenants, new Date()),
        )
      : new Map();
  const whole = estimate(name, tenants, measured, { prices: listPrices(), assumed: ASSUMED, fill: 0.7 });
  const byTenant = new Map(whole.tenants.map((each) => [each.tenant, each]));
  const rows = perStack.map(({ stack, tenants: own }) => {
    const lines = own.flatMap(({ id }) => byTenant.get(id)?.lines ?? []);
    return { stack, tenants: own.length, usd: sumOf(lines).usd };
  });
  if (options.json === true) {
    printJson({ group: name, stacks: rows, shared: whole.shared, usd: whole.usd });
    return;
  }
  const dollars = (usd: number) => usd.toFixed(2);
  printLine(
    columnTable(
      [
        { head: "stack", of: ({ stack }) => stack },
        { head: "tenants", of: (row) => String(row.tenants) },
        { head: "USD a month", of: ({ usd }) => dollars(usd) },
      ],
      rows,
    ),
  );
  const shared = sumOf(whole.shared).usd;
  printLine(
    `\n${name}: ${counted(tenants.length, "tenant")}, ${dollars(whole.usd)} USD a month, of it ${dollars(shared)} for all together`,
  );
}

/** `fleet add`. */
export async function add(
  group: string | undefined,
  { filesOnly, json }: { readonly filesOnly?: boolean; readonly json?: boolean },
): Promise<void> {
  const chosen = chosenGroup(group === undefined ? {} : { stackGroup: group });
  const made = writeNextStack(chosen);
  if (filesOnly !== true) await makeStack(made);
  const files = [`Pulumi.${made.stack}.yaml`, `tenants/${made.stack}/.gitkeep`];
  if (json === true) printJson({ stack: made.stack, group: chosen.name, files, isMade: filesOnly !== true });
  else printLine(`${made.stack} is a stack of ${chosen.name}; commit ${files.join(" and ")}`);
}

/** `fleet move`. */
export async function move(
  tenant: string,
  { to, json }: { readonly to: string; readonly json?: boolean },
): Promise<void> {
  const projectDir = findProject(process.cwd());
  const moved = await during(`move of ${tenant}`, () => moveTenant(projectDir, tenant, to));
  if (json === true) printJson(moved);
  else if (moved.from === undefined) printLine(`${tenant} is in ${to} already`);
  else printLine(`${tenant} moved from ${moved.from} to ${to}; commit its file now: ${moved.file}`);
}

/** `fleet matrix`: always JSON, for a program reads it. */
export function matrix(names: readonly string[], { base }: { readonly base?: string }): void {
  const projectDir = findProject(process.cwd());
  const stacks = namedStacks(names, projectDir);
  const touched = base === undefined ? undefined : stacksTouchedSince(base, projectDir);
  const meant = stacks.filter(({ stack }) => touched?.includes(stack) ?? true);
  process.stdout.write(
    `${JSON.stringify(matrixOf(meant.map(({ stack, settings }) => ({ stack, group: nameAtVendors(stack, settings) }))))}\n`,
  );
}

/** Each name is a group's or a stack's. Throws NO_STACK_FILE. */
function namedStacks(names: readonly string[], projectDir: string): StackContext[] {
  const groups = groupsIn(projectDir);
  const all =
    names.length === 0
      ? stacksIn(projectDir).map((stack) => openStack(stack, projectDir))
      : names.flatMap((name) =>
          groups.includes(name) ? openStackGroup(name, projectDir).stacks : [openStack(name, projectDir)],
        );
  const meant = names.length === 0 ? all.filter(({ settings }) => settings.cloud === "real") : all;
  return [...new Map(meant.map((each) => [each.stack, each])).values()];
}

/** `fleet emit --operator`. */
export function emit(options: FleetOptions & Parameters<typeof operatorStacks>[1] & { readonly out?: string }): void {
  const { stacks } = chosenGroup(options);
  const text = operatorStacks(
    stacks.map(({ stack }) => stack),
    options,
  );
  if (options.out !== undefined) writeNamed(options.out, text);
  if (options.json === true) printJson({ stacks: stacks.map(({ stack }) => stack), file: options.out ?? null });
  else if (options.out === undefined) process.stdout.write(text);
  else printLine(`${counted(stacks.length, "stack")} in ${options.out}`);
}
