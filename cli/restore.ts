import { Command, InvalidArgumentError, Option } from "commander";

import type { Restored } from "../operations/snapshots/restore.ts";
import { holdStack } from "../operations/engine/stack-lock.ts";
import { restoreTenant } from "../operations/snapshots/of-tenant.ts";
import { compareTenant, switchTenant } from "../operations/snapshots/switch-tenant.ts";
import type { Switched, WholeCompared } from "../operations/snapshots/switched.ts";
import { EXIT } from "../output/exit-codes.ts";
import { printable } from "../output/printable.ts";
import { during } from "../output/progress.ts";
import { note, printJson, printLine } from "../output/terminal.ts";
import { openStack } from "../stack/context.ts";
import { keepHeapSmall } from "../processes/small-heap.ts";
import { interruptible } from "./interruptible.ts";
import { jsonOption, stackOption } from "./options.ts";
import { counted } from "../output/counted.ts";

/** `tenantry restore TENANT --at TIME`: brings back what is gone and writes over nothing; or makes all of it as it was. */
export function command(): Command {
  return new Command("restore")
    .description(
      "Restore missing files and rows from a snapshot. It overwrites nothing: the older version of a changed file goes below " +
        "`restored-<time>/`, and a changed row stays. With --switch it restores all data of a suspended tenant: it first takes a " +
        "snapshot, then removes newer data and replaces all credentials.",
    )
    .argument("<tenant>", "the tenant's id")
    .addOption(atOption().makeOptionMandatory())
    .addOption(new Option("--path <prefix>", "only files below it").default(""))
    .addOption(new Option("--tables <names...>", "only these tables"))
    .addOption(
      new Option("--switch", "restore all of a suspended tenant, and rotate its credentials").conflicts([
        "path",
        "tables",
      ]),
    )
    .addOption(new Option("--dry-run", "only compare: files added, changed and missing; rows of each table"))
    .addOption(stackOption())
    .addOption(jsonOption())
    .action(run);
}

/** A moment, by which a snapshot is meant: the youngest that is not after it. */
export function atOption(): Option {
  return new Option(
    "--at <time>",
    "the latest snapshot at or before this time, as `snapshot --list` shows it; a day is its start, in UTC",
  ).argParser((text: string) => {
    const time = new Date(text);
    if (Number.isNaN(time.getTime()) || !/^\d{4}-\d{2}-\d{2}/.test(text))
      throw new InvalidArgumentError("expected a day like 2026-11-23, or an ISO time");
    return time;
  });
}

interface RestoreOptions {
  readonly stack: string;
  readonly at: Date;
  readonly path: string;
  readonly tables?: readonly string[];
  readonly switch?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

async function run(id: string, options: RestoreOptions): Promise<void> {
  keepHeapSmall();
  if (options.switch === true) {
    await runSwitch(id, options);
    return;
  }
  const { stack, at, path, tables = [], dryRun, json } = options;
  const wish = { at, prefix: path, tables, dryRun: dryRun === true };
  const context = openStack(stack);
  const found = await during(`restore of ${id}`, (tell) =>
    interruptible((signal) => restoreTenant(context, id, wish, { tell, signal })),
  );
  if (json === true) printJson(found);
  else for (const line of linesOf(id, found, wish.dryRun)) printLine(line);
  sayFailed(found.failed, { json, what: "not restored" });
  if (wish.dryRun) note("nothing was changed; run it without --dry-run to restore what is gone");
}

async function runSwitch(id: string, { stack, at, dryRun, json }: RestoreOptions): Promise<void> {
  const context = openStack(stack);
  const title = `switch of ${id}`;
  if (dryRun === true) {
    const found = await during(title, (tell) =>
      interruptible((signal) => compareTenant(context, id, at, { tell, signal })),
    );
    if (json === true) printJson(found);
    else for (const line of comparedLines(id, found)) printLine(line);
    note("nothing was changed; run it without --dry-run to restore all data of the suspended tenant");
    return;
  }
  const hold = await holdStack(context);
  try {
    const found = await during(title, (tell) =>
      interruptible((signal) => switchTenant(context, id, at, { tell, signal })),
    );
    if (json === true) printJson(found);
    else for (const line of switchedLines(id, found)) printLine(line);
    sayFailed(found.failed, { json, what: "not as it was" });
    if (Object.keys(found.failed).length > 0) return;
    note(
      `its file says \`epoch: ${found.epoch}\`: commit it. \`npx tenantry resume ${id} --stack ${stack}\` opens it again`,
    );
  } finally {
    hold.release();
  }
}

/** What a switch has done, for people. Pure. */
export function switchedLines(id: string, found: Switched): string[] {
  const rows = Object.values(found.rows ?? {});
  const all = rows.reduce((sum, count) => sum + count, 0);
  const database = found.rows === null ? "" : `; ${counted(all, "row")} in ${counted(rows.length, "table")}`;
  return [
    ...comparedLines(id, found),
    `as it was then: ${counted(found.broughtFiles, "file")} brought back, ${found.removedFiles} removed${database}`,
    `to take that back: npx tenantry restore ${id} --at ${found.undo.at} --switch`,
  ];
}

function sayFailed(
  failures: Readonly<Record<string, string>>,
  { json, what }: { json: boolean | undefined; what: string },
): void {
  const failed = Object.entries(failures);
  if (failed.length === 0) return;
  process.exitCode = EXIT.error;
  if (json === true) return;
  for (const [key, why] of failed.slice(0, MOST_NAMED)) printLine(`  ${what}: ${printable(key)}: ${printable(why)}`);
  printLine(`${counted(failed.length, "file is", "files are")} ${what}; fix the cause and run the same command again`);
}

/** What a restore has found and done, for people: names of files and tables are the app's own, and begin no line. Pure. */
export function linesOf(id: string, found: Restored, isDry: boolean): string[] {
  const { broughtFiles, broughtBeside, broughtRows, beside } = found;
  return [
    ...comparedLines(id, found),
    ...(isDry
      ? []
      : [
          `brought back: ${counted(broughtFiles, "file")}; ${counted(broughtBeside, "older version")} below ${beside}`,
          ...Object.entries(broughtRows).map(([name, count]) => `  ${printable(name)}: ${counted(count, "row")}`),
        ]),
  ];
}

function comparedLines(id: string, { cut, files, tables }: WholeCompared): string[] {
  const named = (what: string, keys: readonly string[]) =>
    keys.slice(0, MOST_NAMED).map((key) => `    ${what} ${printable(key)}`);
  const rest = [files.added, files.changed, files.gone].some((keys) => keys.length > MOST_NAMED);
  return [
    `${id} as of ${cut.at}, compared with now`,
    `  files: ${files.added.length} added since, ${files.changed.length} changed, ${files.gone.length} gone, ${files.same} as they were`,
    ...named("added", files.added),
    ...named("changed", files.changed),
    ...named("gone", files.gone),
    ...(rest ? ["    and more: --json names all"] : []),
    ...Object.entries(tables).map(
      ([name, { then, now }]) =>
        `  ${printable(name)}: ${then === null ? "no rows" : counted(then, "row")} then, ${now ?? "no"} now`,
    ),
  ];
}

const MOST_NAMED = 20;
