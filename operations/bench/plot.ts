import { secondsOf } from "./figures.ts";
import type { BenchReport } from "./report.ts";
import { SIDE_IDS, type SideId, type Task, TASKS } from "./task.ts";

const COLOURS: Readonly<Record<SideId, string>> = {
  tenantry: "#0b5d74",
  idle: "#7a4a00",
  pulumi: "#8a3ffc",
  dynamic: "#a3201c",
  script: "#0b6238",
  terraform: "#454f5e",
};
const [WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [640, 300, 56, 96, 34, 40];

interface Line {
  readonly side: SideId;
  readonly points: readonly { readonly tenants: number; readonly seconds: number }[];
}

/**
 * Seconds over tenants, both in powers of ten, a line for each side: a picture that needs nothing beside itself and reads on light
 * and dark pages. Undefined when nobody has done the task. Pure.
 */
export function plotOf(report: Pick<BenchReport, "samples" | "tenants">, task: Task): string | undefined {
  const lines = linesOf(report, task);
  const all = lines.flatMap(({ points }) => points);
  if (all.length === 0) return undefined;
  const x = scale(
    all.map(({ tenants }) => tenants),
    LEFT,
    WIDTH - RIGHT,
  );
  const y = scale(
    all.map(({ seconds }) => seconds),
    HEIGHT - BOTTOM,
    TOP,
  );
  const title = TASKS[task].replaceAll("`", "");
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${title}" font-family="system-ui, sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" rx="6" fill="#ffffff"/>`,
    text(LEFT, 20, `${title}: seconds over tenants`, `fill="#1b2330" font-weight="600"`),
    ...y.ticks.flatMap((tick) => [
      `<path d="M${LEFT} ${y.at(tick)}H${WIDTH - RIGHT}" stroke="#dfe3e8"/>`,
      text(LEFT - 6, y.at(tick) + 4, String(tick), `fill="#566072" text-anchor="end"`),
    ]),
    ...[...new Set(all.map(({ tenants }) => tenants))].map((tenants) =>
      text(x.at(tenants), HEIGHT - BOTTOM + 18, String(tenants), `fill="#566072" text-anchor="middle"`),
    ),
    ...lines.flatMap((line) => drawn(line, x.at, y.at)),
    ...labelled(lines, y.at),
    "</svg>",
  ].join("\n");
}

function linesOf(report: Pick<BenchReport, "samples" | "tenants">, task: Task): Line[] {
  return SIDE_IDS.map((side) => ({
    side,
    points: report.tenants.flatMap((tenants) => {
      const seconds = secondsOf(report, { tenants, side, task })?.median;
      return seconds === undefined ? [] : [{ tenants, seconds }];
    }),
  })).filter(({ points }) => points.length > 0);
}

/** From powers of ten to a length in the picture. */
function scale(values: readonly number[], from: number, to: number) {
  const logs = values.map((value) => Math.log10(value));
  const [least, most] = [
    Math.floor(Math.min(...logs)),
    Math.max(Math.floor(Math.min(...logs)) + 1, Math.ceil(Math.max(...logs))),
  ];
  const at = (value: number) => Math.round(from + ((Math.log10(value) - least) / (most - least)) * (to - from));
  return {
    at,
    ticks: Array.from({ length: most - least + 1 }, (_, index) => Number((10 ** (least + index)).toPrecision(1))),
  };
}

function drawn({ side, points }: Line, x: (value: number) => number, y: (value: number) => number): string[] {
  const path = points.map(({ tenants, seconds }, at) => `${at === 0 ? "M" : "L"}${x(tenants)} ${y(seconds)}`).join("");
  return [
    `<path d="${path}" fill="none" stroke="${COLOURS[side]}" stroke-width="2"/>`,
    ...points.map(
      ({ tenants, seconds }) => `<circle cx="${x(tenants)}" cy="${y(seconds)}" r="3" fill="${COLOURS[side]}"/>`,
    ),
  ];
}

const LABEL = 14;

/** Names beside the ends of the lines, none over another. */
function labelled(lines: readonly Line[], y: (value: number) => number): string[] {
  let above = -Infinity;
  return lines
    .map(({ side, points }) => ({ side, at: y(points.at(-1)?.seconds ?? 1) + 4 }))
    .sort((one, other) => one.at - other.at)
    .map(({ side, at }) => {
      above = Math.max(at, above + LABEL);
      return text(WIDTH - RIGHT + 10, above, side, `fill="${COLOURS[side]}"`);
    });
}

function text(x: number, y: number, words: string, more: string): string {
  return `<text x="${x}" y="${y}" ${more}>${words}</text>`;
}
