import { linePlot } from "../../output/line-plot.ts";
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

/** Seconds over tenants, a line for each side. Undefined when nobody has done the task. Pure. */
export function plotOf(report: Pick<BenchReport, "samples" | "tenants">, task: Task): string | undefined {
  const lines = SIDE_IDS.map((side) => ({
    ...{ name: side, colour: COLOURS[side] },
    points: report.tenants.flatMap((tenants) => {
      const seconds = secondsOf(report, { tenants, side, task })?.median;
      return seconds === undefined ? [] : [{ x: tenants, y: seconds }];
    }),
  }));
  return linePlot(`${TASKS[task].replaceAll("`", "")}: seconds over tenants`, lines);
}
