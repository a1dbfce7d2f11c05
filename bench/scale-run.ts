import type { BenchReport } from "../operations/bench/report.ts";

/** What one command took: seconds, and processor time and the most memory that one process of each kind had, in MB. */
export interface ScaleFigure {
  readonly seconds: number;
  /** How much of all processors others took meanwhile, 0 to 1. */
  readonly othersShare: number;
  readonly cpuSeconds: Readonly<Record<string, number>>;
  readonly peakMb: Readonly<Record<string, number>>;
}

/** One size of fleet, as `bench/scale.ts` keeps it in docs/scale.json. */
export interface ScaleRun {
  readonly tenants: number;
  readonly stacks: number;
  /** How many stacks at a time. */
  readonly workers: number;
  readonly measuredAt: string;
  readonly computer: BenchReport["machine"];
  readonly versions: Readonly<Record<string, string>>;
  readonly load: readonly number[];
  readonly stateBytesPerTenant: number;
  readonly figures: Readonly<Record<string, ScaleFigure>>;
}
