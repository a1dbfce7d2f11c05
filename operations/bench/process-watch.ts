import { readdirSync, readFileSync } from "node:fs";

import { descendants, Ledger, type Seen, type Usage } from "./ledger.ts";
import { kindOf, parseBusy, parseMemory, parseStat, type Stat, TICKS_A_SECOND } from "./proc.ts";

const LOOK_MS = 50;

/** What a piece of work took, as far as the kernel tells. */
export interface Watched {
  readonly processes: readonly Usage[];
  /** Of what all processors could do meanwhile, the share that others took: 0.1 is a tenth. */
  readonly othersShare: number;
}

/** Whether this computer lists its processes, as Linux does. */
export function tellsOfProcesses(): boolean {
  return read("self", "stat") !== "";
}

/** A watch over processes that goes on until `end`. */
export interface ProcessWatch {
  /** Watches this one too, and all that it starts. Call it as soon as the process is started. */
  follow(pid: number): void;
  end(): Watched;
}

/**
 * Watches the embedded cloud with its engines, where there is one, and the children of this process that it is told to follow.
 * What lives for less than a look still counts: the kernel adds what a child took to who has waited for it.
 *
 * @param cloud the embedded cloud's process
 * @param cores how many processors there are
 */
export function watchProcesses(cloud: number | undefined, cores: number): ProcessWatch {
  const others = new Set<number>();
  const ours = new Set<number>();
  const look = () => seenNow(others, ours, cloud);
  const ledger = new Ledger(look());
  const began = performance.now();
  const before = self();
  const busyBefore = busy();
  const timer = setInterval(() => ledger.see(look()), LOOK_MS);
  return {
    follow(pid) {
      ours.add(pid);
    },
    end() {
      clearInterval(timer);
      ledger.see(look());
      const { ticks, waitedTicks } = self();
      const processes = ledger.usage(waitedTicks - before.waitedTicks);
      const own = (ticks - before.ticks) / TICKS_A_SECOND;
      const known = processes.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, own);
      const seconds = (performance.now() - began) / 1000;
      const share = ((busy() - busyBefore) / TICKS_A_SECOND - known) / (seconds * cores);
      return { processes, othersShare: Math.round(Math.max(0, share) * 100) / 100 };
    },
  };
}

/** Reads only new processes and our own: one of others stays theirs. */
function seenNow(others: Set<number>, ours: Set<number>, cloud: number | undefined): Seen[] {
  const pids = new Set(
    readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .map(Number),
  );
  for (const known of [others, ours]) for (const pid of known) if (!pids.has(pid)) known.delete(pid);
  const stats = new Map<number, Stat>();
  for (const pid of pids) {
    const text = others.has(pid) ? "" : read(pid, "stat");
    if (text !== "") stats.set(pid, parseStat(text));
  }
  const parents = new Map([...stats].map(([pid, { parent }]) => [pid, parent]));
  const ofCloud = descendants(parents, new Set(cloud === undefined ? [] : [cloud]));
  // One whose parent has ended is another process's child by now.
  const found = descendants(parents, new Set([...ours, ...ofCloud]));
  for (const pid of stats.keys()) (found.has(pid) ? ours : others).add(pid);
  return [...found].flatMap((pid) => {
    const stat = stats.get(pid);
    if (stat === undefined) return [];
    const command = read(pid, "cmdline").replaceAll("\0", " ");
    const kind = ofCloud.has(pid) ? "embedded cloud" : command === "" ? undefined : kindOf(command);
    return [{ pid, kind, started: stat.started, ticks: stat.ticks, ...parseMemory(read(pid, "status")) }];
  });
}

function self(): Stat {
  return parseStat(read("self", "stat"));
}

function busy(): number {
  return parseBusy(read(undefined, "stat"));
}

/** Nothing of a process that has ended. */
function read(pid: number | "self" | undefined, file: string): string {
  try {
    return readFileSync(pid === undefined ? `/proc/${file}` : `/proc/${pid}/${file}`, "utf8");
  } catch {
    return "";
  }
}
