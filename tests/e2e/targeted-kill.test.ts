import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { startCloud, type TestCloud } from "../support/cloud.ts";
import { times } from "../support/deep.ts";
import { bootEnvironments, estateOf, exercise } from "./estate.ts";
import { processesOf } from "./processes.ts";
import { endFleet, up } from "../support/fleet.ts";
import { seeded } from "../../operations/engine/seeded.ts";
import { sideProject, type SideProject } from "./side-project.ts";

const TENANTRY = join(import.meta.dirname, "../../cli/tenantry");
const SEED = Number(process.env["KILL_SEED"] ?? Math.floor(Math.random() * 1_000_000));
const SLOW = 600_000;
const PREFIX = "tk";
const OWNER = "owner: team@example.com\n";
const SETTLED = ["ada", "ben", "cyd"];
/** A new tenant and a rotation are more changing calls than that, so the `up` is still at work after so many. */
const MOST_CALLS = 10;

const random = seeded(SEED);
const moments = Array.from({ length: times(1, 10) }, (_, round) => ({
  round: round + 1,
  after: 1 + Math.floor(random() * MOST_CALLS),
}));

let cloud: TestCloud;
let project: SideProject;

beforeAll(async () => {
  cloud = await startCloud();
  project = sideProject(cloud, { prefix: PREFIX }, { verbs: "warm" });
  for (const id of SETTLED) project.tenant(id, OWNER);
  await up(project);
}, SLOW);

afterAll(() => endFleet({ cloud, project }));

async function mutations(): Promise<number> {
  return (await cloud.calls()).reduce((sum, { mutating, count }) => sum + (mutating ? count : 0), 0);
}

/** Kills an `up` and all that it started after so many changing calls. Answers what its `pulumi` was called with. */
async function killedUp(after: number): Promise<readonly string[]> {
  await cloud.forgetCalls();
  const child = spawn(TENANTRY, ["up", "--no-refresh"], {
    cwd: project.dir,
    env: { ...process.env, ...project.env },
    stdio: "ignore",
    detached: true,
  });
  const ended = once(child, "exit");
  while ((await mutations()) < after && child.exitCode === null) await sleep(10);
  const code = child.exitCode;
  if (code !== null) throw new Error(`the up ended with ${code} before it could be killed`);
  const words = processesOf(project.home).find(({ name, parent }) => name === "pulumi" && parent === child.pid)?.argv;
  process.kill(-(child.pid ?? 0), "SIGKILL");
  await ended;
  return words ?? [];
}

describe(`an up of one new and one rotated tenant among settled ones (KILL_SEED=${SEED})`, () => {
  it.each(moments)(
    "is told its targets, and after kill -9 at call $after one more up has everything once (round $round)",
    async ({ round, after }) => {
      project.tenant("ada", `${OWNER}rotation: { epoch: ${round + 1} }\n`);
      project.tenant(`new-${round}`, OWNER);
      const words = await killedUp(after);
      expect(words.filter((word) => word.includes("::ben") || word.includes("::cyd"))).toEqual([]);
      expect(words).toContain("urn:pulumi:local::*::tenantry:index:Tenant::ada");
      expect((await project.tenantry("up")).code).toBe(0);
      const all = [...SETTLED, ...Array.from({ length: round }, (_, at) => `new-${at + 1}`)].sort();
      const estate = await estateOf(cloud, PREFIX);
      expect([estate.buckets, estate.apps, estate.databases]).toEqual([all, all, all]);
      expect(estate.machines).toEqual(all.map((id) => `${id} started`));
      expect([estate.keys.length, estate.policies.length, estate.groups.length]).toEqual([all.length, all.length, 1]);
      const machines = [...bootEnvironments(cloud, PREFIX).values()];
      expect(machines).toHaveLength(all.length);
      await Promise.all(machines.map((env) => exercise(cloud, env)));
      const preview = await project.pulumi("preview", "--refresh", "--expect-no-changes", "--skip-plugin-pre-install");
      expect({ code: preview.code, words: preview.code === 0 ? "" : preview.stdout }).toEqual({ code: 0, words: "" });
    },
    SLOW,
  );
});
