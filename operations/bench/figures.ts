import type { BenchReport, Sample } from "./report.ts";
import type { SideId, Task } from "./task.ts";

/** The middle of some figures, and how far they lie apart. */
export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
  readonly count: number;
}

/** Undefined of none. Pure. */
export function spreadOf(figures: readonly number[]): Spread | undefined {
  const sorted = figures.toSorted((one, other) => one - other);
  const [least, most] = [sorted[0], sorted.at(-1)];
  if (least === undefined || most === undefined) return undefined;
  const middle = (sorted.length - 1) / 2;
  const median = ((sorted[Math.floor(middle)] ?? NaN) + (sorted[Math.ceil(middle)] ?? NaN)) / 2;
  return { median, least, most, count: sorted.length };
}

/** Which figures are meant. */
export interface Cell {
  readonly tenants: number;
  readonly side: SideId;
  readonly task: Task;
}

export function samplesOf({ samples }: Pick<BenchReport, "samples">, { tenants, side, task }: Cell): Sample[] {
  return samples.filter((each) => each.tenants === tenants && each.side === side && each.task === task);
}

/** Seconds of wall time. Undefined: not measured. Pure. */
export function secondsOf(report: Pick<BenchReport, "samples">, cell: Cell): Spread | undefined {
  return spreadOf(samplesOf(report, cell).map(({ seconds }) => seconds));
}

/** From this share on others have taken so much of the computer that a figure is an upper bound. */
export const NOISY_SHARE = 0.1;

/** Whether other work ran on the computer in more than half of a cell's rounds. Pure. */
export function isNoisy(samples: readonly Pick<Sample, "othersShare">[]): boolean {
  return 2 * samples.filter(({ othersShare }) => othersShare > NOISY_SHARE).length > samples.length;
}
