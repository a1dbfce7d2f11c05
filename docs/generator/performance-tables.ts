import { type Cell, isNoisy, samplesOf, secondsOf, spreadOf } from "../../operations/bench/figures.ts";
import type { BenchReport } from "../../operations/bench/report.ts";
import type { SideId, Task } from "../../operations/bench/task.ts";
import { table } from "./markdown.ts";

/** What a fleet costs beside a provider that does nothing, and what a change costs beside a look at all. Pure. */
export function performanceTables(report: BenchReport): string {
  return [
    "## A new fleet",
    table(
      [
        "tenants",
        "`up`, all new",
        "with a provider that does nothing",
        "ratio",
        "look at all, nothing changed",
        "with that provider",
        "ratio",
        "state per tenant, bytes",
      ],
      report.tenants.map((tenants) => [String(tenants), ...newFleet(report, tenants)]),
    ),
    "## What a change costs",
    table(
      [
        ...["tenants", "plan of nothing", "`pulumi preview`", "plan of one", "add one", "add one, `--all`"],
        ...["nothing : preview", "one : preview", "add : `--all`"],
      ],
      report.tenants.map((tenants) => [String(tenants), ...changes(report, tenants)]),
    ),
  ].join("\n\n");
}

function newFleet(report: BenchReport, tenants: number): string[] {
  const at = (side: SideId, task: Task): Cell => ({ tenants, side, task });
  const pair = (task: Task) => {
    const cells = [at("tenantry", task), at("idle", task)] as const;
    return [...cells.map((cell) => seconds(report, cell)), ratio(report, ...cells)];
  };
  const bytes = samplesOf(report, at("tenantry", "up")).map(({ stateBytes }) => stateBytes / tenants);
  return [...pair("up"), ...pair("preview"), String(Math.round(spreadOf(bytes)?.median ?? 0))];
}

function changes(report: BenchReport, tenants: number): string[] {
  const at = (side: SideId, task: Task): Cell => ({ tenants, side, task });
  const [nothing, preview, one, added, all] = [
    at("tenantry", "plan"),
    at("pulumi", "preview"),
    at("tenantry", "plan-one"),
    at("tenantry", "add-one"),
    at("tenantry", "add-all"),
  ] as const;
  const ratios = [ratio(report, nothing, preview), ratio(report, one, preview), ratio(report, added, all)];
  return [...[nothing, preview, one, added, all].map((cell) => seconds(report, cell)), ...ratios];
}

function seconds(report: BenchReport, cell: Cell): string {
  const median = secondsOf(report, cell)?.median;
  return median === undefined ? "" : `${median.toFixed(1)} s${isNoisy(samplesOf(report, cell)) ? " ~" : ""}`;
}

/** Of the medians. */
function ratio(report: BenchReport, one: Cell, other: Cell): string {
  const [above, below] = [one, other].map((cell) => secondsOf(report, cell)?.median);
  return above === undefined || below === undefined ? "" : (above / below).toFixed(2);
}
