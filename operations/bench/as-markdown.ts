import { counted } from "../../output/counted.ts";
import { table } from "../gates/as-markdown.ts";
import { judged, type Judged } from "./budgets.ts";
import { isNoisy, samplesOf, secondsOf, spreadOf } from "./figures.ts";
import type { BenchReport, Sample } from "./report.ts";
import { SIDE_IDS, SIDES, type SideId, type Task, TASK_IDS, TASKS } from "./task.ts";

const NOISE = "~";

/** The run as Markdown: its conditions, the budgets, and a table for each size. Pure. */
export function asMarkdown(report: BenchReport): string {
  const largest = report.tenants.at(-1) ?? 0;
  return [
    conditionsOf(report),
    "## Budgets",
    budgetTable(report),
    ...report.tenants.flatMap((tenants) => [`## ${counted(tenants, "tenant")}: seconds`, timeTable(report, tenants)]),
    `## ${counted(largest, "tenant")}: seconds of processor time`,
    "All processes except those of the embedded cloud. Waiting time does not count, so other work on the computer affects these figures less.",
    cpuTable(report, largest),
    "## State and calls",
    sizeTable(report, largest),
    "## Processes",
    `tenantry with ${counted(largest, "tenant")}: seconds of processor time, and the peak megabytes of one process of each kind.`,
    processTable(report, largest, "tenantry"),
    ...unmeasured(report),
  ].join("\n\n");
}

/** What was measured, where, and how far it can be relied on. Pure. */
export function conditionsOf(report: BenchReport): string {
  const { measuredAt, seconds, rounds, machine, versions, load, samples } = report;
  const programs = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  const noisy = samples.filter((sample) => isNoisy([sample])).length;
  const words = [
    `Measured ${measuredAt.slice(0, 16).replace("T", " ")} UTC in ${Math.round(seconds / 60)} minutes: medians of ${counted(rounds, "round")}, minimum and maximum in brackets.`,
    `${machine.cores} cores (${machine.cpu}), ${machine.memoryGb} GB, ${machine.system}; ${programs.join(", ")}.`,
    "Each tool has its own embedded cloud on the same cores, with machines as records and Fly's rate limits off.",
    `Load ${load.before.join(", ")} before and ${load.after.join(", ")} after.`,
    noisy === 0
      ? "No other work ran on the computer."
      : `**Noisy**: in ${noisy} of ${samples.length} measurements other processes used more than a tenth of the processors. Those cells have a ${NOISE}; their seconds are upper bounds.`,
  ];
  return words.join(" ");
}

function budgetTable(report: BenchReport): string {
  const [shown, rest] = [measuredBudgets(report), openBudgets(report)];
  const rows = shown.map((each) => [each.what, String(each.tenants), limitOf(each), valueOf(each), each.verdict]);
  const found = table({ head: ["what", "tenants", "budget", "measured", ""], rows });
  return [...(rows.length === 0 ? [] : [found]), ...(rest === undefined ? [] : [rest])].join("\n\n");
}

/** Pure. */
export function measuredBudgets(report: BenchReport): Judged[] {
  return judged(report).filter(({ verdict }) => verdict !== "not measured");
}

/** How many budgets a run does not measure, in a sentence; undefined: it measures all. Pure. */
export function openBudgets(report: BenchReport): string | undefined {
  const all = judged(report);
  const open = all.filter(({ verdict }) => verdict === "not measured");
  if (open.length === 0) return undefined;
  const sizes = [...new Set(open.map(({ tenants }) => tenants))].join(", ");
  return `${open.length} of ${all.length} budgets are not measured in this run, for fleets of ${sizes}.`;
}

/** `at most 2.5 s`. Pure. */
export function limitOf({ good, limit, unit }: Pick<Judged, "good" | "limit" | "unit">): string {
  return `${good} ${limit} ${unit}`;
}

/** Pure. */
export function valueOf({ value, unit, isNoisy: isLoud }: Pick<Judged, "value" | "unit" | "isNoisy">): string {
  return value === undefined ? "" : `${figure(value)} ${unit}${isLoud ? ` ${NOISE}` : ""}`;
}

/** A row for each task, a column for each side that did any. */
function sideTable(report: BenchReport, tenants: number, cell: (side: SideId, task: Task) => string): string {
  const here = report.samples.filter((each) => each.tenants === tenants);
  const sides = SIDE_IDS.filter((side) => here.some((each) => each.side === side));
  const tasks = TASK_IDS.filter((task) => here.some((each) => each.task === task));
  const rows = tasks.map((task) => [TASKS[task], ...sides.map((side) => cell(side, task))]);
  return table({ head: ["", ...sides.map((side) => SIDES[side])], rows });
}

function timeTable(report: BenchReport, tenants: number): string {
  return sideTable(report, tenants, (side, task) => {
    const cell = { tenants, side, task };
    const spread = secondsOf(report, cell);
    if (spread === undefined) return "";
    const range = spread.count === 1 ? "" : ` (${figure(spread.least)} to ${figure(spread.most)})`;
    return `${figure(spread.median)}${range}${isNoisy(samplesOf(report, cell)) ? ` ${NOISE}` : ""}`;
  });
}

/** Of all processes but the embedded cloud's: those are the vendors'. */
function cpuTable(report: BenchReport, tenants: number): string {
  const cpuOf = ({ processes }: Sample) =>
    processes.reduce((sum, { kind, cpuSeconds }) => (kind === "embedded cloud" ? sum : sum + cpuSeconds), 0);
  return sideTable(report, tenants, (side, task) => {
    const median = spreadOf(samplesOf(report, { tenants, side, task }).map(cpuOf))?.median;
    return median === undefined ? "" : figure(median);
  });
}

/** As the largest fleet shows it. */
function sizeTable(report: BenchReport, tenants: number): string {
  const middle = (side: SideId, task: Task, of: (sample: Sample) => number) =>
    spreadOf(samplesOf(report, { tenants, side, task }).map(of))?.median;
  const rows = SIDE_IDS.flatMap((side) => {
    const bytes = middle(side, "up", ({ stateBytes }) => stateBytes / tenants);
    if (bytes === undefined) return [];
    const calls = (["up", "add-one", "drift"] as const).map((task) => {
      const [all, changes] = [middle(side, task, (each) => each.calls), middle(side, task, (each) => each.changes)];
      return all === undefined ? "" : `${all} (${String(changes)})`;
    });
    return [[SIDES[side], String(Math.round(bytes)), ...calls]];
  });
  const head = [
    counted(tenants, "tenant"),
    "state per tenant, bytes",
    "calls of `up` (that change something)",
    "of adding one",
    "of drift",
  ];
  return table({ head, rows });
}

function processTable(report: BenchReport, tenants: number, side: SideId): string {
  const byTask = TASK_IDS.map((task) => ({ task, samples: samplesOf(report, { tenants, side, task }) })).filter(
    ({ samples }) => samples.length > 0,
  );
  const usages = byTask.flatMap(({ samples }) => samples.flatMap(({ processes }) => processes));
  const kinds = [...new Set(usages.map(({ kind }) => kind))];
  const rows = byTask.map(({ task, samples }) => [
    TASKS[task],
    ...kinds.map((kind) => {
      const those = samples.flatMap(({ processes }) => processes.filter((each) => each.kind === kind));
      const [cpu, peak] = [
        spreadOf(those.map(({ cpuSeconds }) => cpuSeconds))?.median,
        spreadOf(those.map(({ peakMb }) => peakMb))?.most,
      ];
      return cpu === undefined ? "" : `${figure(cpu)} s${(peak ?? 0) > 0 ? `, ${String(peak)} MB` : ""}`;
    }),
  ]);
  return table({ head: ["", ...kinds], rows });
}

/** By who and why, a line each. */
function unmeasured(report: BenchReport): string[] {
  if (report.unmeasured.length === 0) return [];
  const reasons = Map.groupBy(report.unmeasured, ({ side, tenants, why }) => {
    const where = tenants === undefined ? "" : ` with ${counted(tenants, "tenant")}`;
    return `${SIDES[side]}${where}: ${why.split("\n")[0] ?? ""}`;
  });
  const lines = [...reasons].map(([reason, all]) => `- ${reason} (${all.map(({ task }) => task).join(", ")})`);
  return ["## Not measured", lines.join("\n")];
}

function figure(value: number): string {
  return value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0);
}
