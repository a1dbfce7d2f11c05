import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

import { kernelRecord } from "./running.ts";

/**
 * Stands in the environment of all that one run of `tenantry` starts. Its value says whose it is: the run's process by number
 * and start, for numbers are used again, and what the run works on.
 */
export const RUN_MARK = "TENANTRY_RUN";

const GRACE_MS = 3000;
const POLL_MS = 50;

/** What a run works on, as part of its mark: `<home>/<stack>`. */
export type RunScope = string;

/** The mark of this process's run. */
export function markOfRun(scope: RunScope): string {
  return [process.pid, startOf(String(process.pid)), scope].join(" ");
}

/**
 * Ends what is left of dead runs on `scope`: asked first, then by force. Only what carries the mark of a run whose own
 * process exists no more, so never anything that somebody else started. Answers the names of what was ended. Where there is
 * no /proc nothing is found: what we start there ends with its parent by itself.
 */
export async function endDeadRuns(scope: RunScope): Promise<string[]> {
  const left = leftIn(scope);
  signal(left, "SIGTERM");
  const isOver = (of: readonly Left[]) => of.every(({ pid, start }) => startOf(pid) !== start);
  for (const asked = Date.now(); Date.now() - asked < GRACE_MS && !isOver(left);) await sleep(POLL_MS);
  signal(left, "SIGKILL");
  return left.map(({ name, pid }) => `${name} (${pid})`);
}

/** Whether a run of ours started a process. */
export function hasMark(pid: number): boolean {
  return markIn(String(pid)) !== undefined;
}

function markIn(pid: string): string | undefined {
  return procFile(pid, "environ")
    .split("\0")
    .find((entry) => entry.startsWith(`${RUN_MARK}=`));
}

interface Left {
  readonly pid: string;
  readonly start: string;
  readonly name: string;
}

function leftIn(scope: RunScope): Left[] {
  return processNumbers().flatMap((pid) => {
    const [run = "", start = "", ...rest] =
      markIn(pid)
        ?.slice(RUN_MARK.length + 1)
        .split(" ") ?? [];
    if (rest.join(" ") !== scope || startOf(run) === start) return [];
    const own = startOf(pid);
    // In another namespace, as a container has one, the same number is another process.
    if (namespaceOf(pid) !== namespaceOf("self")) return [];
    return own === "" ? [] : [{ pid, start: own, name: procFile(pid, "comm").trim() }];
  });
}

function signal(left: readonly Left[], name: "SIGTERM" | "SIGKILL"): void {
  for (const { pid, start } of left) {
    if (startOf(pid) !== start) continue;
    try {
      process.kill(Number(pid), name);
    } catch (error) {
      // It has ended meanwhile.
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  }
}

/** With its number this names the process for good. "" when there is none, when it ends or has ended, and where there is no /proc. */
function startOf(pid: string): string {
  return kernelRecord(pid)?.start ?? "";
}

function namespaceOf(pid: string): string {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`);
  } catch {
    return "";
  }
}

function processNumbers(): string[] {
  try {
    return readdirSync("/proc").filter((entry) => /^\d+$/.test(entry));
  } catch {
    return [];
  }
}

/** Empty when there is no such process, or when it is not ours to look into. */
function procFile(pid: string, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, "utf8");
  } catch {
    return "";
  }
}
