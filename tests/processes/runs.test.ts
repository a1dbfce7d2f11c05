import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";

import { afterEach, describe, expect, it } from "@jest/globals";

import { endDeadRuns, markOfRun, RUN_MARK } from "../../processes/runs.ts";

const SCOPE = "/somebody's home/local";
const started: ChildProcess[] = [];

afterEach(() => {
  for (const child of started.splice(0)) child.kill("SIGKILL");
});

/** A process that says when it runs, and ends when it is asked, unless it was told to ignore that. */
async function aProcess(env: Record<string, string>, { stubborn = false } = {}): Promise<ChildProcess> {
  const script = `${stubborn ? "trap '' TERM;" : ""} echo up; exec sleep 60`;
  const child = spawn("sh", ["-c", script], {
    env: { PATH: process.env["PATH"], ...env },
    stdio: ["ignore", "pipe", "ignore"],
  });
  started.push(child);
  await once(child.stdout, "data");
  // The shell says so before it becomes `sleep`.
  while (readFileSync(`/proc/${String(child.pid)}/comm`, "utf8") !== "sleep\n") await setTimeout(5);
  return child;
}

/** The mark of a run whose process has ended. */
const deadMark = (scope = SCOPE) => `2147483647 1 ${scope}`;

describe("what a dead run has left", () => {
  it.each([
    ["is ended", { stubborn: false }],
    ["is ended by force when it does not listen", { stubborn: true }],
  ])(
    "%s",
    async (_, how) => {
      const left = await aProcess({ [RUN_MARK]: deadMark() }, how);
      const gone = once(left, "exit");
      expect(await endDeadRuns(SCOPE)).toEqual([`sleep (${String(left.pid)})`]);
      await gone;
    },
    20_000,
  );

  it("is ended also when its run's number is another process's now", async () => {
    const left = await aProcess({ [RUN_MARK]: `${process.pid} 1 ${SCOPE}` });
    expect(await endDeadRuns(SCOPE)).toEqual([`sleep (${String(left.pid)})`]);
  });

  it.each([
    ["what a living run has started", () => markOfRun(SCOPE)],
    ["what a dead run on another stack has left", () => deadMark("/somebody's home/prod")],
    ["what a dead run in another home has left", () => deadMark("/home/local")],
    ["a process without a mark", () => undefined],
    ["a process with a mark that is none of ours", () => "1"],
  ])("does not take %s along", async (_, mark) => {
    const value = mark();
    const other = await aProcess(value === undefined ? {} : { [RUN_MARK]: value });
    expect(await endDeadRuns(SCOPE)).toEqual([]);
    expect(other.exitCode ?? other.signalCode).toBeNull();
  });
});
