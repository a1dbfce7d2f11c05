import { existsSync, readFileSync } from "node:fs";

import { Command, InvalidArgumentError, Option } from "commander";

import { TenantryError } from "../errors/tenantry-error.ts";
import { asMarkdown, limitOf, valueOf } from "../operations/bench/as-markdown.ts";
import { judged } from "../operations/bench/budgets.ts";
import { benchErrors } from "../operations/bench/errors.ts";
import { isNoisy, samplesOf, secondsOf } from "../operations/bench/figures.ts";
import { merged } from "../operations/bench/merged.ts";
import { asPage } from "../operations/bench/page.ts";
import type { BenchReport } from "../operations/bench/report.ts";
import { runBench } from "../operations/bench/run.ts";
import { SIDE_IDS, SIDES, type SideId, type Task, TASK_IDS, TASKS } from "../operations/bench/task.ts";
import { EXIT } from "../output/exit-codes.ts";
import { during } from "../output/progress.ts";
import { printJson, printLine, table } from "../output/terminal.ts";
import { refuseUnwritable, writeNamed } from "../output/written-file.ts";
import { findProject } from "../stack/context.ts";
import { homeOf } from "../stack/home.ts";
import { interruptible } from "./interruptible.ts";
import { jsonOption, positive } from "./options.ts";
import { counted } from "../output/counted.ts";

/** `tenantry bench`: what a change costs, beside what others take for it. */
export function command(): Command {
  return new Command("bench")
    .description(
      "Measure plan, up, drift, rotate and destroy in fleets of several sizes, compared with other tools: wall time, processor " +
        "time and memory of each process, state, calls. It creates its own projects and embedded clouds, removes them, and touches " +
        "none of your stacks. Exit code 0: everything is measured; 1: something could not be measured.",
    )
    .addOption(
      new Option("--tenants <counts>", "sizes of fleets").argParser(counts).default([1, 10, 100, 400], "1,10,100,400"),
    )
    .addOption(new Option("--rounds <count>", "how often each is measured").argParser(positive).default(3))
    .addOption(new Option("--only <tasks...>", "only these tasks and the tasks they need; default: all"))
    .addOption(new Option("--peers <names...>", "only compare with these tools; default: all"))
    .addOption(new Option("--resume", "continue with the rounds that the last run did not measure"))
    .addOption(new Option("--list", "only list tasks and peers"))
    .addOption(
      new Option("--into <file>", "write the result as JSON; rounds in it from the same computer and programs stay"),
    )
    .addOption(new Option("--markdown <file>", "write Markdown to this file"))
    .addOption(new Option("--html <file>", "write a self-contained HTML page"))
    .addOption(jsonOption())
    .action(bench);
}

interface BenchOptions {
  readonly tenants: readonly number[];
  readonly rounds: number;
  readonly only?: readonly string[];
  readonly peers?: readonly string[];
  readonly resume?: boolean;
  readonly list?: boolean;
  readonly into?: string;
  readonly markdown?: string;
  readonly html?: string;
  readonly json?: boolean;
}

async function bench(options: BenchOptions): Promise<void> {
  const { tenants, rounds, only, peers, json, markdown, html, into } = options;
  if (options.list === true) {
    list(json === true);
    return;
  }
  refuseUnwritable(markdown, html, into);
  const projectDir = findProject(process.cwd());
  const parts = {
    ...{ projectDir, tenants, rounds },
    home: homeOf(projectDir, process.env),
    env: process.env,
    tasks: among(TASK_IDS, only),
    sides: ["tenantry", ...among(SIDE_IDS, peers)] satisfies SideId[],
    resume: options.resume === true,
    now: () => new Date(),
  };
  const measured = await interruptible(
    (signal) => during("benchmarks of this computer", (tell) => runBench({ ...parts, signal, tell })),
    "Run the same command with `--resume` to continue with the missing rounds.",
  );
  const report = into === undefined || !existsSync(into) ? measured : merged(readReport(into), measured);
  if (into !== undefined) writeNamed(into, `${JSON.stringify(report, null, 2)}\n`);
  if (markdown !== undefined) writeNamed(markdown, `# Benchmarks\n\n${asMarkdown(report)}\n`);
  if (html !== undefined) writeNamed(html, asPage(report));
  if (json === true) printJson(report);
  else print(report);
  if (measured.unmeasured.some((each) => each.tenants !== undefined)) process.exitCode = EXIT.error;
}

/** Throws BENCH_UNREADABLE. */
function readReport(file: string): BenchReport {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as BenchReport;
  } catch (cause) {
    throw new TenantryError(benchErrors.BENCH_UNREADABLE, file, { cause });
  }
}

function counts(text: string): number[] {
  const found = text.split(",").map(Number);
  if (found.every((count) => Number.isInteger(count) && count >= 1 && count <= 10_000))
    return [...new Set(found)].sort((one, other) => one - other);
  throw new InvalidArgumentError("expected numbers from 1 to 10000 with commas between them, like 1,10,100");
}

/** Throws BENCH_UNKNOWN. */
function among<Id extends string>(all: readonly Id[], asked: readonly string[] = all): Id[] {
  const unknown = asked.filter((each) => !(all as readonly string[]).includes(each));
  if (unknown.length > 0)
    throw new TenantryError(benchErrors.BENCH_UNKNOWN, `${unknown.join(", ")}; there are ${all.join(", ")}`);
  return all.filter((each) => asked.includes(each));
}

function list(isJson: boolean): void {
  if (isJson) {
    printJson({ tasks: TASKS, peers: SIDES });
    return;
  }
  const rows = (kind: string, of: Readonly<Record<string, string>>) =>
    Object.entries(of).map(([id, words]) => [kind, id, words]);
  printLine(table(["", "name", "what it is"], [...rows("task", TASKS), ...rows("peer", SIDES)]));
}

function print(report: BenchReport): void {
  const sides = SIDE_IDS.filter((side) => report.samples.some((each) => each.side === side));
  const cell = (tenants: number, side: SideId, task: Task) => {
    const seconds = secondsOf(report, { tenants, side, task })?.median.toFixed(2);
    return `${seconds ?? ""}${isNoisy(samplesOf(report, { tenants, side, task })) ? " ~" : ""}`;
  };
  const rows = report.tenants.flatMap((tenants) =>
    TASK_IDS.filter((task) => sides.some((side) => samplesOf(report, { tenants, side, task }).length > 0)).map(
      (task) => [String(tenants), task, ...sides.map((side) => cell(tenants, side, task))],
    ),
  );
  printLine(table(["tenants", "seconds of", ...sides], rows));
  for (const each of judged(report).filter(({ verdict }) => verdict !== "not measured"))
    printLine(
      `${each.verdict.padEnd(6)}  ${each.what}, ${counted(each.tenants, "tenant")}: ${valueOf(each)}, ${limitOf(each)}`,
    );
  for (const { side, task, tenants, why } of report.unmeasured)
    if (tenants !== undefined) printLine(`not measured  ${side}, ${task}, ${counted(tenants, "tenant")}: ${why}`);
  printLine("~: other programs were running on this computer");
}
