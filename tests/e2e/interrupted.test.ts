import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { startCloud, type TestCloud } from "../support/cloud.ts";
import { estateOf } from "./estate.ts";
import { processesOf } from "./processes.ts";
import { sideProject, type SideProject } from "./side-project.ts";

const TENANTRY = join(import.meta.dirname, "../../cli/tenantry");

let cloud: TestCloud;
beforeAll(async () => {
  cloud = await startCloud();
});
afterAll(() => cloud.dispose(), 60_000);

/** Starts an `up`, sends the command line this signal when the fifth changing call has arrived, and answers its exit code. */
async function interruptedUp({ home, dir }: SideProject, signal: NodeJS.Signals): Promise<number | null> {
  await cloud.forgetCalls();
  await cloud.faults({ kind: "latency", mutating: true, latencyMs: 300 });
  const child = spawn(TENANTRY, ["up"], { cwd: dir, env: { ...process.env, TENANTRY_HOME: home }, stdio: "ignore" });
  const ended = once(child, "exit") as Promise<[number | null]>;
  const made = async () => (await cloud.calls()).reduce((sum, { mutating, count }) => sum + (mutating ? count : 0), 0);
  while ((await made()) < 5) await sleep(10);
  child.kill(signal);
  const [code] = await ended;
  await cloud.faults();
  return code;
}

describe("an up that is told to stop", () => {
  it.each(["SIGINT", "SIGTERM"] as const)(
    "by %s ends with what it has made in its state and no process left; the next one goes on from there",
    async (signal) => {
      const prefix = signal.toLowerCase();
      const project = sideProject(cloud, { prefix });
      try {
        project.tenant("ada");
        expect(await interruptedUp(project, signal)).toBe(1);
        expect(processesOf(project.home)).toEqual([]);
        const { stdout } = await project.pulumi("stack", "export");
        expect(stdout).toContain(`"id": "${prefix}-local-ada"`);
        expect(await project.tenantry("up")).toMatchObject({ code: 0, stderr: "" });
        expect(await estateOf(cloud, prefix)).toMatchObject({
          buckets: ["ada"],
          apps: ["ada"],
          machines: ["ada started"],
        });
        expect(await project.pulumi("preview", "--refresh", "--expect-no-changes")).toMatchObject({ code: 0 });
      } finally {
        project.dispose();
      }
    },
    120_000,
  );
});
