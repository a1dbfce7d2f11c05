import { readFileSync } from "node:fs";
import { join } from "node:path";

import type { ScaleRun } from "../../bench/scale-run.ts";
import { isNoisy } from "../../operations/bench/figures.ts";
import { linePlot } from "../../output/line-plot.ts";
import { table } from "./markdown.ts";
import type { GeneratedPage } from "./pages.ts";

const COLOURS = ["#0b5d74", "#7a4a00", "#8a3ffc", "#a3201c", "#0b6238", "#454f5e", "#b5179e", "#3a5a00", "#00509d"];
/** The commands that share the stacks out between workers. */
const OF_ALL_STACKS = /^`fleet (up|plan|list|report)/;
const PAPER = [10_000, 100_000, 1_000_000];
/** As many jobs as one matrix of GitHub Actions takes. */
const JOBS = 256;

/** The runs that are kept in docs/scale.json: tables, two pictures, and what follows for larger fleets. */
export function scalePages(
  projectDir: string,
  page: (path: string, generated: string) => GeneratedPage,
): GeneratedPage[] {
  const runs = JSON.parse(readFileSync(join(projectDir, "docs/scale.json"), "utf8")) as ScaleRun[];
  const plots = {
    seconds: linePlot("Fleets of many stacks: seconds over tenants", linesOf(runs, secondsOf)),
    memory: linePlot("Fleets of many stacks: MB of the largest process over tenants", linesOf(runs, memoryOf)),
  };
  const pictures = Object.entries(plots).flatMap(([name, text]) =>
    text === undefined ? [] : [{ path: `docs/scale/${name}.svg`, text: `${text}\n` }],
  );
  return [page("docs/scale.md", scaleTables(runs)), ...pictures];
}

/** Pure. */
export function scaleTables(runs: readonly ScaleRun[]): string {
  return [
    ...["## Seconds", figureTable(runs, (run, what) => marked(secondsOf(run, what), run, what))],
    "![Seconds over tenants](scale/seconds.svg)",
    ...["## Memory", "The most megabytes that one process had, without the embedded cloud's processes."],
    figureTable(runs, (run, what) => rounded(memoryOf(run, what))),
    "![Megabytes over tenants](scale/memory.svg)",
    ...["## Conditions", conditionsOf(runs)],
    ...onPaper(runs),
  ].join("\n\n");
}

function commandsOf(runs: readonly ScaleRun[]): string[] {
  return [...new Set(runs.flatMap(({ figures }) => Object.keys(figures)))];
}

function figureTable(runs: readonly ScaleRun[], cell: (run: ScaleRun, what: string) => string): string {
  const sizes = runs.map(({ tenants, stacks }) => `${grouped(tenants)} in ${stacks}`);
  const rows = commandsOf(runs).map((what) => [what, ...runs.map((run) => cell(run, what))]);
  return table(["tenants in stacks", ...sizes], rows);
}

function linesOf(runs: readonly ScaleRun[], of: (run: ScaleRun, what: string) => number | undefined) {
  return commandsOf(runs).map((what, at) => ({
    ...{ name: what.replaceAll("`", "").split(/[,-]| of /)[0] ?? "", colour: COLOURS[at % COLOURS.length] ?? "" },
    points: runs.flatMap((run) => {
      const value = of(run, what);
      return value === undefined || value <= 0 ? [] : [{ x: run.tenants, y: value }];
    }),
  }));
}

function secondsOf({ figures }: ScaleRun, what: string): number | undefined {
  return figures[what]?.seconds;
}

function memoryOf({ figures }: ScaleRun, what: string): number | undefined {
  const kinds = Object.entries(figures[what]?.peakMb ?? {}).filter(([kind]) => kind !== "embedded cloud");
  return kinds.length === 0 ? undefined : Math.max(...kinds.map(([, megabytes]) => megabytes));
}

function marked(seconds: number | undefined, { figures }: ScaleRun, what: string): string {
  const figure = figures[what];
  return `${rounded(seconds)}${figure !== undefined && isNoisy([figure]) ? " ~" : ""}`;
}

function conditionsOf(runs: readonly ScaleRun[]): string {
  const lines = runs.map(({ tenants, stacks, workers, measuredAt, computer, versions, stateBytesPerTenant }) =>
    [
      `- ${grouped(tenants)} tenants in ${stacks} ${stacks === 1 ? "stack" : "stacks"}: ${measuredAt.slice(0, 16).replace("T", " ")} UTC,`,
      `${workers} stacks at the same time, ${computer.cores} cores (${computer.cpu}), ${computer.memoryGb} GB,`,
      `Node ${versions["node"] ?? ""}, Pulumi ${versions["pulumi"] ?? ""}; state per tenant ${stateBytesPerTenant} bytes.`,
    ].join(" "),
  );
  return `${lines.join("\n")}\n\nThe embedded cloud runs on the same cores; its machines are records. A ~ marks a figure during which other work took more than a tenth of the processors: an upper bound.`;
}

/** What the largest run says of larger fleets: so many worker-seconds a stack, times the stacks, over the workers. */
function onPaper(runs: readonly ScaleRun[]): string[] {
  const largest = runs.at(-1);
  if (largest === undefined) return [];
  const { tenants, stacks, workers, figures } = largest;
  const rows = Object.entries(figures)
    .filter(([what]) => OF_ALL_STACKS.test(what))
    .map(([what, { seconds }]) => {
      const perTenant = (seconds * workers) / tenants;
      const here = PAPER.map((size) => duration((perTenant * size) / workers));
      const largestFleet = PAPER.at(-1) ?? 0;
      return [what, `${(perTenant * 1000).toFixed(1)} ms`, ...here, duration((perTenant * largestFleet) / JOBS)];
    });
  const head = ["", "worker time per tenant", ...PAPER.map((size) => `${grouped(size)}, ${workers} workers`)];
  return [
    "## Larger fleets, on paper",
    `The constants are those of ${grouped(tenants)} tenants in ${stacks} stacks: \`worker time per tenant = seconds x workers / tenants\`. A fleet takes \`tenants x worker time per tenant / workers\`. A stack is assumed to hold ${Math.round(tenants / stacks)} tenants. The last column shares the stacks out between ${JOBS} jobs with one worker each. The vendors' rate limits are not in it.`,
    table([...head, `${grouped(PAPER.at(-1) ?? 0)}, ${JOBS} jobs`], rows),
  ];
}

function rounded(value: number | undefined): string {
  return value === undefined ? "" : value.toFixed(value < 100 ? 1 : 0);
}

/** `1 200`: a space between the thousands. */
function grouped(count: number): string {
  return String(count).replaceAll(/\B(?=(\d{3})+$)/g, " ");
}

function duration(seconds: number): string {
  if (seconds < 120) return `${seconds.toFixed(0)} s`;
  return seconds < 7200 ? `${(seconds / 60).toFixed(0)} min` : `${(seconds / 3600).toFixed(1)} h`;
}
