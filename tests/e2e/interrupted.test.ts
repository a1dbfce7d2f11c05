import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { startCloud, type TestCloud } from "../support/cloud.ts";
import { parsed } from "../support/scratch-project.ts";
import { estateOf } from "./estate.ts";
import { processesOf } from "./processes.ts";
import { sideProject, type SideProject } from "./side-project.ts";

const TENANTRY = join(import.meta.dirname, "../../cli/tenantry");

let cloud: TestCloud;
beforeAll(async () => {
  cloud = await startCloud();
});
afterAll(() => cloud.dispose(), 60_000);

interface Told {
  readonly code: number | null;
  readonly outcomes: readonly { readonly tenant: string; readonly result: string; readonly open: readonly string[] }[];
}

/** Starts an `up`, sends this signal when the fifth changing call has arrived, and answers what the `up` then tells. */
async function interruptedUp({ dir, env }: SideProject, send: (child: ChildProcess) => void): Promise<Told> {
  await cloud.forgetCalls();
  await cloud.faults({ kind: "latency", mutating: true, latencyMs: 300 });
  const child = spawn(TENANTRY, ["up", "--json"], {
    cwd: dir,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "ignore"],
  });
  let said = "";
  child.stdout.on("data", (piece: Buffer) => (said += piece.toString()));
  const ended = once(child, "close") as Promise<[number | null]>;
  await cloud.called(5, child);
  send(child);
  const [code] = await ended;
  await cloud.faults();
  const outcomes = (JSON.parse(said) as Told["outcomes"]).filter(({ tenant }) => tenant === "ada");
  return { code, outcomes };
}

/** What the history says of the tenant in the last run, and of that run. */
async function lastRun(project: SideProject): Promise<(readonly [string | undefined, string | undefined])[]> {
  const { entries } = parsed(await project.tenantry("history", "--json")) as {
    entries: { run: string; kind: string; tenant?: string; result?: string }[];
  };
  return entries
    .filter(({ run, kind, tenant }) => run === entries.at(-1)?.run && (tenant === "ada" || kind === "ended"))
    .map(({ tenant, result }) => [tenant, result] as const);
}

const INTERRUPTED = [
  ["ada", "interrupted"],
  [undefined, "interrupted"],
];

describe("an up that is told to stop", () => {
  it.each(["SIGINT", "SIGTERM"] as const)(
    "by %s tells what it interrupted, ends with what it has made in its state and no process left; the next one goes on from there",
    async (signal) => {
      const prefix = signal.toLowerCase();
      const project = sideProject(cloud, { prefix }, { verbs: "warm" });
      try {
        project.tenant("ada");
        const told = await interruptedUp(project, (child) => child.kill(signal));
        expect(told).toMatchObject({ code: 1, outcomes: [{ tenant: "ada", result: "interrupted" }] });
        expect(told.outcomes[0]?.open).not.toEqual([]);
        expect(await lastRun(project)).toEqual(INTERRUPTED);
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
    240_000,
  );
});

describe("an up whose engine dies", () => {
  it("tells what was interrupted, on the screen and in the history", async () => {
    const project = sideProject(cloud, { prefix: "dead" });
    try {
      project.tenant("ada");
      const told = await interruptedUp(project, () => {
        for (const { pid, name } of processesOf(project.home)) if (name === "pulumi") process.kill(pid, "SIGKILL");
      });
      expect(told).toMatchObject({ code: 1, outcomes: [{ tenant: "ada", result: "interrupted" }] });
      expect(await lastRun(project)).toEqual(INTERRUPTED);
    } finally {
      project.dispose();
    }
  }, 240_000);
});
