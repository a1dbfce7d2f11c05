import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { measured } from "../../../operations/bench/measured.ts";
import type { BenchReport, Sample } from "../../../operations/bench/report.ts";
import { runBench } from "../../../operations/bench/run.ts";
import { runFile } from "../../../operations/engine/run-file.ts";

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "tenantry-bench-test-"));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const node = (program: string, more: object = {}) => ({
  ...{ words: [process.execPath, "-e", program] as const, cwd: dir, env: process.env },
  ...more,
});
const BUSY = "const end = Date.now() + 1000; while (Date.now() < end);";

describe("a command that is measured", () => {
  it("is told with the processor time of its children too, and with the memory of the largest", async () => {
    const child = `require("node:child_process").spawnSync(process.execPath, ["-e", ${JSON.stringify(BUSY)}])`;
    const { seconds, processes, othersShare } = await measured(node(child));
    expect(seconds).toBeGreaterThanOrEqual(1);
    expect(processes.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0)).toBeGreaterThan(0.02);
    expect(Math.max(...processes.map(({ peakMb }) => peakMb))).toBeGreaterThan(20);
    expect(othersShare).toBeGreaterThanOrEqual(0);
  });

  it("that lives for less than a look counts as well", async () => {
    const sh = (script: string) => ({ words: ["sh", "-c", script] as const, cwd: dir, env: process.env });
    const many = `for each in $(seq 100); do ${process.execPath} --version >/dev/null; done`;
    const { processes } = await measured(sh(many));
    const unseen = processes.find(({ kind }) => kind === "too short to be seen")?.cpuSeconds ?? 0;
    expect(unseen).toBeGreaterThan(0);
  }, 60_000);

  it("has to end as it should: what it said is told, and none of a path of this computer", async () => {
    const failing = node("console.error('the reason'); process.exit(3)");
    await expect(measured(failing)).rejects.toMatchObject({
      code: "BENCH_STEP_FAILED",
      message: expect.stringMatching(/^BENCH_STEP_FAILED: node -e [^]* ended with 3\nthe reason/) as unknown,
    });
    await expect(measured({ ...failing, exit: 3 })).resolves.toMatchObject({ seconds: expect.any(Number) as unknown });
    await expect(measured({ ...failing, words: ["no-such-program"] })).rejects.toMatchObject({
      message: expect.stringContaining("cannot start no-such-program") as unknown,
    });
  });

  it("is interrupted by an abort, and waited for", async () => {
    const controller = new AbortController();
    const step = node("process.on('SIGINT', () => process.exit(130)); setInterval(() => {}, 1000); console.log('up')");
    const running = measured(step, undefined, controller.signal);
    // Before it listens the signal ends it as well.
    controller.abort();
    await expect(running).rejects.toMatchObject({ code: "BENCH_STEP_FAILED" });
  });
});

describe("a run that goes on", () => {
  const sample: Sample = {
    ...{ tenants: 1, round: 1, side: "tenantry", task: "up", seconds: 4711, stateBytes: 1, calls: 1, changes: 1 },
    ...{ processes: [], othersShare: 0 },
  };
  const parts = (home: string) => {
    const file = runFile<object>(join(home, "bench.run.json"));
    const done = { "1 1 none up tenantry": [sample] };
    file.write({ measuredAt: "2026-11-27T10:00:00.000Z", before: [1, 2, 3], seconds: 100, done });
    const given = {
      ...{ projectDir: process.cwd(), home, env: process.env, tenants: [1], rounds: 1, resume: true },
      ...{ tasks: ["up"] as const, sides: ["tenantry"] as const, now: () => new Date("2026-11-27T12:00:00Z") },
      ...{ signal: new AbortController().signal, tell: () => undefined },
    };
    return { file, given, done };
  };

  it("measures nothing twice, and ends with the file of the run", async () => {
    const { file, given } = parts(join(dir, "done"));
    const report: BenchReport = await runBench(given);
    expect(report).toMatchObject({ measuredAt: "2026-11-27T10:00:00.000Z", seconds: 100, unmeasured: [] });
    expect(report).toMatchObject({ samples: [sample], load: { before: [1, 2, 3] } });
    expect(file.read()).toBeUndefined();
  });

  it("keeps what it has where it is broken off again, and begins nothing more", async () => {
    const { file, given, done } = parts(join(dir, "again"));
    await expect(runBench({ ...given, rounds: 2, signal: AbortSignal.abort() })).rejects.toThrow("aborted");
    expect(file.read()).toMatchObject({ done });
  });

  it("names a side that cannot begin as not measured, with its reason, and keeps the file", async () => {
    const { file, given } = parts(join(dir, "broken"));
    const broken = { ...given, sides: ["pulumi"] as const, env: { PATH: "/nowhere" } };
    const report = await runBench({ ...broken, projectDir: join(dir, "broken") });
    expect(report.samples).toEqual([]);
    expect(report.unmeasured).toMatchObject([
      { side: "pulumi", task: "up", tenants: 1, why: expect.stringContaining("cannot start pulumi") as unknown },
    ]);
    expect(file.read()).toBeDefined();
  }, 120_000);
});
