import { readdirSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";

import { descendants } from "../../operations/bench/ledger.ts";
import { parseMemory, parseStat } from "../../operations/bench/proc.ts";
import { watchProcesses } from "../../operations/bench/process-watch.ts";

/** What of tenantry had how much in memory, in MB, at one moment of a long run. */
export interface MemorySeen {
  readonly minute: number;
  /** The embedded cloud with its engines, all together. */
  readonly cloud: number;
  /** The most that one had, during the work that was watched. */
  readonly plugin: number;
  readonly cli: number;
}

export const WATCHED = ["cloud", "plugin", "cli"] as const;

/** Watches memory while `work` is done. */
export async function memoryDuring(cloud: number, minute: number, work: () => Promise<unknown>): Promise<MemorySeen> {
  const watch = watchProcesses(cloud, availableParallelism());
  watch.follow(process.pid);
  await work();
  const { processes } = watch.end();
  const most = (kind: string) => processes.find((each) => each.kind === kind)?.peakMb ?? 0;
  return { minute, cloud: togetherMb(cloud), plugin: most("provider"), cli: most("command line") };
}

/** By how many MB something grew between the first and the last of these moments, by the line that fits them best. */
export function growth(seen: readonly MemorySeen[], what: (typeof WATCHED)[number]): number {
  const mean = (values: readonly number[]) => values.reduce((sum, each) => sum + each, 0) / values.length;
  const [minutes, sizes] = [seen.map(({ minute }) => minute), seen.map((each) => each[what])];
  const [middle, usual] = [mean(minutes), mean(sizes)];
  const spread = mean(minutes.map((minute) => (minute - middle) ** 2));
  if (spread === 0) return 0;
  const slope = mean(minutes.map((minute, at) => (minute - middle) * ((sizes[at] ?? 0) - usual))) / spread;
  return slope * ((minutes.at(-1) ?? 0) - (minutes[0] ?? 0));
}

function togetherMb(root: number): number {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  const parents = new Map(
    pids.flatMap((pid) => {
      const stat = read(pid, "stat");
      return stat === "" ? [] : [[Number(pid), parseStat(stat).parent] as const];
    }),
  );
  const all = descendants(parents, new Set([root]));
  return Math.round([...all].reduce((sum, pid) => sum + parseMemory(read(String(pid), "status")).nowKb, 0) / 1024);
}

/** Nothing of a process that has ended. */
function read(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return "";
  }
}
