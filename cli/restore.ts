import { Command, InvalidArgumentError, Option } from "commander";

import type { Restored } from "../operations/snapshots/restore.ts";
import { restoreTenant } from "../operations/snapshots/of-tenant.ts";
import { EXIT } from "../output/exit-codes.ts";
import { printable } from "../output/printable.ts";
import { during } from "../output/progress.ts";
import { note, printJson, printLine } from "../output/terminal.ts";
import { openStack } from "../stack/context.ts";
import { keepHeapSmall } from "../processes/small-heap.ts";
import { interruptible } from "./interruptible.ts";
import { jsonOption, stackOption } from "./options.ts";

/** `tenantry restore TENANT --at TIME`: brings back what is gone; writes over nothing. */
export function command(): Command {
  return new Command("restore")
    .description(
      "Bring back what a snapshot holds and the tenant no longer has: files, and rows by their keys. Nothing is overwritten: " +
        "the older version of a changed file goes below `restored-<time>/`, and a changed row stays as it is. To have all of " +
        "a tenant as it was, `clone` it.",
    )
    .argument("<tenant>", "the tenant's id")
    .addOption(atOption().makeOptionMandatory())
    .addOption(new Option("--path <prefix>", "only files below it").default(""))
    .addOption(new Option("--tables <names...>", "only these tables"))
    .addOption(new Option("--dry-run", "only compare: files added, changed and gone; rows of each table"))
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
      throw new InvalidArgumentError("a day like 2026-11-23, or an ISO time");
    return time;
  });
}

interface RestoreOptions {
  readonly stack: string;
  readonly at: Date;
  readonly path: string;
  readonly tables?: readonly string[];
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

async function run(id: string, { stack, at, path, tables = [], dryRun, json }: RestoreOptions): Promise<void> {
  keepHeapSmall();
  const wish = { at, prefix: path, tables, dryRun: dryRun === true };
  const context = openStack(stack);
  const found = await during(`restore of ${id}`, (tell) =>
    interruptible((signal) => restoreTenant(context, id, wish, { tell, signal })),
  );
  if (json === true) printJson(found);
  else for (const line of linesOf(id, found, wish.dryRun)) printLine(line);
  const failed = Object.entries(found.failed);
  if (failed.length > 0) process.exitCode = EXIT.error;
  if (json !== true && failed.length > 0) {
    for (const [key, why] of failed.slice(0, MOST_NAMED))
      printLine(`  not brought back: ${printable(key)}: ${printable(why)}`);
    printLine(`${failed.length} files were not brought back; fix the cause and run the same command again`);
  }
  if (wish.dryRun) note("nothing was changed; without --dry-run what is gone is brought back");
}

/** What a restore has found and done, for people: names of files and tables are the app's own, and begin no line. Pure. */
export function linesOf(id: string, found: Restored, isDry: boolean): string[] {
  const { cut, files, tables, broughtFiles, broughtBeside, broughtRows, beside } = found;
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
      ([name, { then, now }]) => `  ${printable(name)}: ${then ?? "no"} rows then, ${now ?? "no"} now`,
    ),
    ...(isDry
      ? []
      : [
          `brought back: ${broughtFiles} files; ${broughtBeside} older versions below ${beside}`,
          ...Object.entries(broughtRows).map(([name, count]) => `  ${printable(name)}: ${count} rows`),
        ]),
  ];
}

const MOST_NAMED = 20;
