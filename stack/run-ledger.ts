import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const MINUTE_DIGITS = 7;

/** An id for a run: twelve hex digits, of which seven are its start time, to the minute, and five are random. */
export function newRunId(now: Date): string {
  const minutes = Math.floor(now.getTime() / 60_000)
    .toString(16)
    .padStart(MINUTE_DIGITS, "0");
  return `${minutes}${randomBytes(3).toString("hex").slice(0, 5)}`;
}

/** When a run began, to the minute. */
export function begunAt(id: string): Date {
  return new Date(Number.parseInt(id.slice(0, MINUTE_DIGITS), 16) * 60_000);
}

/** The active runs of one kind: the next run leaves alone what they created at vendors. */
export interface RunLedger {
  enter(id: string): void;
  /** Nothing of it is left. */
  leave(id: string): void;
  /**
   * Whether a run has ended: its process has ended, or it started on another computer and is older than the longest possible
   * run.
   */
  isOver(id: string): boolean;
  /** Those of this computer whose process has ended without `leave`. */
  cutOff(): string[];
}

/** @param folder on this computer, not in git @param longestMs longer than any run takes */
export function runLedger(folder: string, longestMs: number, now: () => Date): RunLedger {
  const file = (id: string) => join(folder, id);
  const hasEnded = (path: string) => !isAlive(Number(readFileSync(path, "utf8")));
  return {
    enter(id) {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      writeFileSync(file(id), String(process.pid), { mode: 0o600 });
    },
    leave(id) {
      rmSync(file(id), { force: true });
    },
    isOver(id) {
      const path = file(id);
      return existsSync(path) ? hasEnded(path) : now().getTime() - begunAt(id).getTime() > longestMs;
    },
    cutOff: () => (existsSync(folder) ? readdirSync(folder).filter((id) => hasEnded(file(id))) : []),
  };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
