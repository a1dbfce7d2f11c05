import { Command, Option } from "commander";

import { TenantryError } from "../errors/tenantry-error.ts";
import { durationSeconds } from "../tenants/model/duration.ts";
import { EXIT } from "../output/exit-codes.ts";
import { type Checked, checkHistory } from "../operations/history/check.ts";
import type { Entry } from "../operations/history/entry.ts";
import { entryWords } from "../operations/history/entry-words.ts";
import { historyErrors } from "../operations/history/errors.ts";
import type { HistoryLog } from "../operations/history/log.ts";
import { historyLog } from "../operations/history/open-log.ts";
import { type Column, columnTable, terminalWidth } from "../output/columns.ts";
import { during } from "../output/progress.ts";
import { relativeTime } from "../output/relative-time.ts";
import { jsonOption, stackOption, wideOption } from "./options.ts";
import { openStack } from "../stack/context.ts";
import { note, paint, printJson, printLine } from "../output/terminal.ts";
import { counted } from "../output/counted.ts";

/** `tenantry history`: who changed which tenant when. Reads only. */
export function command(): Command {
  return new Command("history")
    .description(
      "Show who changed which tenant when, and whether the log is complete. Exit code 2: the log was changed, or lines are missing.",
    )
    .argument("[tenant]", "only this tenant")
    .addOption(new Option("--since <time>", "only entries after this time: 2026-11-23, an ISO time, 7d, 12h"))
    .addOption(new Option("--check", "only check whether the log is complete"))
    .addOption(
      new Option("--contains <hash>", "also require the line with this hash, the head that an earlier check printed"),
    )
    .addOption(stackOption())
    .addOption(wideOption())
    .addOption(jsonOption())
    .action(history);
}

interface HistoryOptions {
  readonly stack: string;
  readonly since?: string;
  readonly check?: boolean;
  readonly contains?: string;
  readonly wide?: boolean;
  readonly json?: boolean;
}

async function history(tenant: string | undefined, options: HistoryOptions): Promise<void> {
  const log = historyLog(openStack(options.stack));
  const since = options.since === undefined ? undefined : moment(options.since, new Date());
  const lines = await during(`history of ${options.stack}`, () => log.lines());
  const found = checkHistory(lines, options.contains);
  const entries = found.entries.filter(
    (entry) =>
      (tenant === undefined || entry.tenant === tenant) && (since === undefined || Date.parse(entry.time) >= since),
  );
  if (options.json === true) {
    const { faults, open, head } = found;
    printJson({
      where: log.where,
      isShared: log.isShared,
      head,
      faults,
      open,
      ...(options.check === true ? {} : { entries }),
    });
  } else {
    const told = entries.filter(({ kind }) => kind !== "begun");
    const width = options.wide === true ? Infinity : terminalWidth();
    if (options.check !== true) printLine(columnTable(columnsAt(new Date()), told, width));
    printCheck(found, log);
  }
  if (found.faults.length > 0) process.exitCode = EXIT.changes;
}

/** One row per tenant that was changed; of a run only its end is shown. */
function columnsAt(now: Date): readonly Column<Entry>[] {
  return [
    { head: "when", of: ({ time }) => relativeTime(time, now) },
    { head: "tenant", of: ({ tenant }) => tenant ?? "" },
    { head: "what", of: whatOf },
    { head: "who", of: ({ actor }) => actor, goes: 1 },
    { head: "from", of: ({ from }) => from, goes: 4 },
    { head: "commit", of: commitOf, goes: 2 },
    { head: "plan", of: ({ plan }) => plan?.slice(0, 10) ?? "", goes: 3 },
    { head: "time", of: ({ time }) => time.slice(0, 19).replace("T", " "), goes: 5 },
  ];
}

function whatOf(entry: Entry): string {
  const { done, failed } = entryWords(entry);
  return [done, ...(failed === "" ? [] : [paint("red", failed)])].filter((each) => each !== "").join(", ");
}

function commitOf({ commit }: Entry): string {
  return commit === undefined ? "" : `${commit.sha.slice(0, 10)}${commit.isClean ? "" : " + changes"}`;
}

function printCheck({ entries, faults, open, head }: Checked, { where, isShared }: HistoryLog): void {
  for (const { line, what } of faults) printLine(paint("red", `line ${line} ${what}`));
  for (const { line, time, actor } of open)
    printLine(
      paint("yellow", `line ${line}: the run that ${actor} began at ${time} has no end: it is under way, or it died`),
    );
  const state = faults.length === 0 ? paint("green", "whole") : paint("red", "NOT whole");
  printLine(`${where}: ${counted(entries.length, "line")}, ${state}${head === null ? "" : `; head ${head}`}`);
  if (!isShared)
    note("this history is on this computer only and does not contain runs on other computers (docs/history.md)");
}

/** Milliseconds since 1970. Throws SINCE_INVALID. */
function moment(text: string, now: Date): number {
  if (/^(?:\d+[wdhms])+$/.test(text)) return now.getTime() - durationSeconds(text) * 1000;
  const time = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : NaN;
  if (Number.isNaN(time)) throw new TenantryError(historyErrors.SINCE_INVALID, text);
  return time;
}
