import { type Cell, isNoisy, samplesOf, secondsOf } from "./figures.ts";
import type { BenchReport } from "./report.ts";
import type { SideId, Task } from "./task.ts";

/** What something may cost. */
export interface Budget {
  readonly what: string;
  /** At how many tenants in one stack. */
  readonly tenants: number;
  readonly unit: "s" | "x" | "MB";
  readonly good: "at most" | "at least";
  readonly limit: number;
  /** Undefined: not measured in this run. */
  readonly measured: (report: BenchReport) => number | undefined;
  /** What it is made of, for how far it can be relied on. */
  readonly cells: readonly Pick<Cell, "side" | "task">[];
}

type Limits = Readonly<Record<number, number>>;
type Part = readonly [side: SideId, task: Task];

/** Every budget, size by size. */
export const BUDGETS: readonly Budget[] = [
  ...seconds("plan, nothing changed", ["tenantry", "plan"], { 100: 1, 400: 1.5, 1000: 2.5 }),
  ...seconds("plan of one changed tenant", ["tenantry", "plan-one"], { 100: 2.5, 400: 4, 1000: 7 }),
  ...seconds("add one: `up`", ["tenantry", "add-one"], { 100: 3, 400: 4.5, 1000: 8 }),
  ...seconds("`up`, all new", ["tenantry", "up"], { 100: 8, 400: 28, 1000: 75 }),
  ...seconds("full preview (`--all`)", ["tenantry", "preview"], { 100: 5 }),
  ...ratio("`up`, all new, to the provider that does nothing", ["tenantry", "up"], ["idle", "up"], every(1.3)),
  ...ratio("plan of nothing to a full `pulumi preview`", ["tenantry", "plan"], ["pulumi", "preview"], {
    100: 0.15,
    400: 0.05,
  }),
  ...ratio("plan of one to a full `pulumi preview`", ["tenantry", "plan-one"], ["pulumi", "preview"], {
    100: 0.4,
    400: 0.12,
  }),
  ...ratio("add one to add one by `up --all`", ["tenantry", "add-one"], ["tenantry", "add-all"], {
    100: 0.35,
    400: 0.15,
  }),
  ...ratio(
    "`up` of new ones, vendors in the same region, to the script",
    ["tenantry", "far-up"],
    ["script", "far-up"],
    {
      100: 1.3,
    },
  ),
  ...faster("all new: dynamic providers to tenantry", ["dynamic", "up"], ["tenantry", "up"], { 100: 6 }),
  ...faster("add one: dynamic providers to tenantry", ["dynamic", "add-one"], ["tenantry", "add-one"], { 100: 15 }),
  ...(["up", "plan", "plan-one", "add-one"] as const).flatMap((task) =>
    ratio(`${task}, to Terraform's bare engine`, ["tenantry", task], ["terraform", task], every(1)),
  ),
  {
    ...base("memory of any one process", 1000, "MB", 700),
    measured: mostMemory,
    cells: [{ side: "tenantry", task: "up" }],
  },
];

function every(limit: number): Limits {
  return { 100: limit, 400: limit, 1000: limit };
}

function base(what: string, tenants: number, unit: Budget["unit"], limit: number) {
  return { what, tenants, unit, limit, good: "at most" } as const;
}

function each(limits: Limits, budget: (tenants: number, limit: number) => Budget): Budget[] {
  return Object.entries(limits).map(([tenants, limit]) => budget(Number(tenants), limit));
}

function seconds(what: string, [side, task]: Part, limits: Limits): Budget[] {
  return each(limits, (tenants, limit) => ({
    ...base(what, tenants, "s", limit),
    measured: (report) => secondsOf(report, { tenants, side, task })?.median,
    cells: [{ side, task }],
  }));
}

function ratio(what: string, one: Part, other: Part, limits: Limits): Budget[] {
  return each(limits, (tenants, limit) => ({
    ...base(what, tenants, "x", limit),
    measured: (report) => ratioOf(report, tenants, one, other),
    cells: [one, other].map(([side, task]) => ({ side, task })),
  }));
}

function faster(what: string, one: Part, other: Part, limits: Limits): Budget[] {
  return ratio(what, one, other, limits).map((budget) => ({ ...budget, good: "at least" }));
}

/** Of the medians. */
function ratioOf(report: BenchReport, tenants: number, one: Part, other: Part): number | undefined {
  const [above, below] = [one, other].map(([side, task]) => secondsOf(report, { tenants, side, task })?.median);
  return above === undefined || below === undefined ? undefined : above / below;
}

function mostMemory({ samples }: BenchReport): number | undefined {
  const all = samples
    .filter(({ tenants, side }) => tenants === 1000 && side === "tenantry")
    .flatMap(({ processes }) => processes.map(({ peakMb }) => peakMb));
  return all.length === 0 ? undefined : Math.max(...all);
}

/** A budget beside what was measured. */
export interface Judged extends Budget {
  readonly value: number | undefined;
  readonly verdict: "met" | "missed" | "not measured";
  /** Other work ran on the computer. */
  readonly isNoisy: boolean;
}

/** Holds a run against every budget. Pure. */
export function judged(report: BenchReport): Judged[] {
  return BUDGETS.map((budget) => {
    const value = budget.measured(report);
    const cells = budget.cells.flatMap((cell) => samplesOf(report, { ...cell, tenants: budget.tenants }));
    return { ...budget, value, verdict: verdictOf(budget, value), isNoisy: isNoisy(cells) };
  });
}

function verdictOf({ good, limit }: Budget, value: number | undefined): Judged["verdict"] {
  if (value === undefined) return "not measured";
  return (good === "at most" ? value <= limit : value >= limit) ? "met" : "missed";
}
