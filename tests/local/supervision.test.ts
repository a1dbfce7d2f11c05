import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";

import { type EngineProcess, startEngine } from "../../local/engine.ts";
import { cloudErrors } from "../../local/errors.ts";
import { supervise, type SupervisedEngine } from "../../local/supervision.ts";

const PATIENCE = { start: 5000, look: 20, silence: 300, pause: 50 };

let dir: string;
let lines: string[];
let engine: SupervisedEngine | undefined;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "tenantry-engine-"));
  lines = [];
});
afterEach(async () => {
  await engine?.stop();
  engine = undefined;
  rmSync(dir, { recursive: true, force: true });
});

/** A program that does nothing until it is ended. */
const launch = (): Promise<EngineProcess> =>
  startEngine(join(dir, "engine.log"), process.execPath, ["-e", "setInterval(() => {}, 1000)"], {});

const keep = async (more: Partial<Parameters<typeof supervise>[0]> = {}) =>
  (engine = await supervise({
    name: "one",
    launch,
    isWell: () => Promise.resolve(true),
    clock: () => new Date("2026-11-26T12:00:00Z"),
    log: (line) => lines.push(line),
    patience: PATIENCE,
    ...more,
  }));

/** Until it is so; at the latest jest ends the test. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(10);
}

describe("an engine", () => {
  it("is started again when it was killed, and tells when and why", async () => {
    const kept = await keep();
    const { pid } = kept;
    expect(kept.state()).toEqual({ name: "one", state: "up", pid, restarts: 0 });
    process.kill(pid, "SIGKILL");
    await until(() => kept.state().restarts === 1);
    expect(kept.state()).toEqual({
      name: "one",
      state: "up",
      pid: kept.pid,
      restarts: 1,
      lastFailure: { at: "2026-11-26T12:00:00.000Z", why: "signal SIGKILL" },
    });
    expect(kept.pid).not.toBe(pid);
    expect(lines).toEqual([`one (pid ${pid}) is started again: signal SIGKILL`]);
  });

  it("is started again when it runs but does not answer any more", async () => {
    let isSilent = false;
    const kept = await keep({
      isWell: () => (isSilent ? new Promise<boolean>(() => undefined) : Promise.resolve(true)),
    });
    const { pid } = kept;
    isSilent = true;
    await until(() => kept.state().state === "restarting");
    isSilent = false;
    await until(() => kept.state().restarts === 1);
    expect(kept.state()).toMatchObject({ state: "up", restarts: 1, lastFailure: { why: "no answer for 0 s" } });
    expect(() => process.kill(pid, 0)).toThrow("ESRCH");
  });

  it("is given the time that it may leave a question open", async () => {
    let looks = 0;
    const kept = await keep({
      isWell: async () => {
        looks += 1;
        await sleep(looks > 1 ? PATIENCE.silence / 3 : 0);
        return true;
      },
    });
    await until(() => looks > 5);
    expect(kept.state()).toMatchObject({ state: "up", restarts: 0 });
  });

  it("is down while it does not come up, and is tried on and on", async () => {
    let isBroken = false;
    const broken = () => startEngine(join(dir, "engine.log"), process.execPath, ["-e", "process.exit(7)"], {});
    const kept = await keep({
      launch: () => (isBroken ? broken() : launch()),
      isWell: () => Promise.resolve(!isBroken),
    });
    isBroken = true;
    process.kill(kept.pid, "SIGKILL");
    await until(() => lines.filter((line) => line.includes("exit code 7")).length >= 2);
    expect(kept.state()).toMatchObject({ state: "down", restarts: 0, lastFailure: { why: "signal SIGKILL" } });
    isBroken = false;
    await until(() => kept.state().state === "up");
    expect(kept.state()).toMatchObject({ state: "up", restarts: 1 });
  });

  it("that never comes up is an error with what became of it", async () => {
    const broken = () => startEngine(join(dir, "engine.log"), process.execPath, ["-e", "process.exit(3)"], {});
    const failure = supervise({
      name: "one",
      launch: broken,
      isWell: () => Promise.resolve(false),
      clock: () => new Date(),
      log: () => undefined,
      patience: PATIENCE,
    });
    await expect(failure).rejects.toMatchObject({
      kind: cloudErrors.CLOUD_ENGINE_DID_NOT_START,
      message: expect.stringContaining("exit code 3"),
    });
  });

  it("stays down once it is stopped", async () => {
    const kept = await keep();
    const { pid } = kept;
    await kept.stop();
    expect(() => process.kill(pid, 0)).toThrow("ESRCH");
    expect(kept.state().restarts).toBe(0);
    expect(lines).toEqual([]);
  });
});
