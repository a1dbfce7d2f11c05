import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";

import { startCloud, type TestCloud } from "../support/cloud.ts";
import { times } from "../support/deep.ts";
import { bootEnvironments, type Estate, estateOf, exercise } from "./estate.ts";
import { isPlugin, type Process, processesOf } from "./processes.ts";
import { seeded } from "../../operations/engine/seeded.ts";
import { sideProject, type SideProject } from "./side-project.ts";

const TENANTRY = join(import.meta.dirname, "../../cli/tenantry");
const SEED = Number(process.env["KILL_SEED"] ?? Math.floor(Math.random() * 1_000_000));
const SLOW = 600_000;
const MOMENTS = times(2, 20);
/** Five kinds of tenants, and nightly four of each. */
const SETS = times(1, 4);
const KINDS = {
  ada: undefined,
  ben: "owner: b@example.com\naccess: [{ name: laptop, mode: read-only }]\n",
  cyd: undefined,
  dan: "owner: d@example.com\nmachine: { ingress: private }\n",
  eva: "owner: e@example.com\ndatabase: { engine: none }\n",
};
const TENANTS = Object.fromEntries(
  Object.entries(KINDS).flatMap(([id, text]) =>
    Array.from({ length: SETS }, (_, set) => [set === 0 ? id : `${id}-${set}`, text] as const),
  ),
);
const COUNT = Object.keys(TENANTS).length;

/** Who is killed: the whole group the shell started, or one of its processes alone, or the vendors. */
type Victim = "the process group" | "pulumi" | "the command line" | "the plugin" | "the embedded cloud";
/** In this order; what is usual takes two of them in turn, and a third where the state is written after every step. */
const VICTIMS: readonly Victim[] = [
  "the process group",
  "pulumi",
  "the command line",
  "the plugin",
  "the embedded cloud",
];

const random = seeded(SEED);
const firstVictim = Math.floor(random() * VICTIMS.length);
/** One moment in each half (nightly: twentieth) of the calls that change something, whatever the machine's speed. */
const moments = Array.from({ length: MOMENTS }, (_, part) => ({
  prefix: `k${part}`,
  percent: Math.floor(((part + random()) / MOMENTS) * 100),
  victim: VICTIMS[(firstVictim + part) % VICTIMS.length] ?? "pulumi",
}));

type Moment = (typeof moments)[number];

let cloud: TestCloud;
let project: SideProject | undefined;
let undisturbed: Estate;
let calls: number;

function fleet(prefix: string): SideProject {
  const made = sideProject(cloud, { prefix }, { verbs: "warm" });
  for (const [id, text] of Object.entries(TENANTS)) made.tenant(id, text);
  project = made;
  return made;
}

beforeAll(async () => {
  cloud = await startCloud();
  const { code, stderr } = await fleet("k").tenantry("up");
  if (code !== 0) throw new Error(stderr);
  calls = await mutations();
  undisturbed = await estateOf(cloud, "k");
  project?.dispose();
}, SLOW);

afterEach(() => {
  project?.dispose();
  project = undefined;
});

afterAll(() => cloud.dispose(), 60_000);

async function mutations(): Promise<number> {
  return (await cloud.calls()).reduce((sum, { mutating, count }) => sum + (mutating ? count : 0), 0);
}

/** Starts an `up`, kills one of its processes when that many changing calls have arrived, and waits for its end. */
async function killedUp(
  { home, dir, env }: SideProject,
  { percent, victim }: Moment,
  ...args: string[]
): Promise<void> {
  const after = Math.max(1, Math.round((percent / 100) * calls));
  await cloud.forgetCalls();
  const child = spawn(TENANTRY, ["up", ...args], {
    cwd: dir,
    env: { ...process.env, ...env },
    stdio: "ignore",
    detached: true,
  });
  const ended = once(child, "exit");
  await cloud.called(after, child);
  await kill(child, home, victim);
  await ended;
}

async function kill({ pid = 0 }: ChildProcess, home: string, victim: Victim): Promise<void> {
  switch (victim) {
    case "the process group":
      process.kill(-pid, "SIGKILL");
      return;
    case "the command line":
      process.kill(pid, "SIGKILL");
      return;
    case "the embedded cloud":
      await cloud.kill();
      await cloud.restart();
      return;
    case "pulumi":
    case "the plugin": {
      const isMeant = (each: Process) =>
        victim === "pulumi" ? each.name === "pulumi" && each.parent === pid : isPlugin(each);
      const found = processesOf(home).filter(isMeant);
      if (found.length === 0) throw new Error(`no ${victim} to kill`);
      for (const each of found) process.kill(each.pid, "SIGKILL");
    }
  }
}

describe(`an up of ${COUNT} tenants (KILL_SEED=${SEED})`, () => {
  it("makes each thing once when nothing disturbs it", () => {
    const all = Object.keys(TENANTS).sort();
    const counts = Object.fromEntries(
      Object.entries(undisturbed).map(([kind, found]) => [kind, (found as string[]).length]),
    );
    expect(undisturbed.buckets).toEqual(all);
    expect(undisturbed.machines).toEqual(all.map((id) => `${id} started`));
    const ofEach = { buckets: 5, keys: 6, policies: 6, databases: 4, apps: 5, machines: 5, addresses: 9 };
    const expected = Object.entries(ofEach).map(([kind, count]) => [kind, count * SETS]);
    expect(counts).toEqual({ ...Object.fromEntries(expected), groups: 1 });
  });

  it.each(moments)(
    "converges in one more up after kill -9 of $victim at $percent percent of its calls",
    async (moment) => {
      const made = fleet(moment.prefix);
      await killedUp(made, moment);
      expect(await afterOneMoreUp(made, moment.prefix)).toMatchObject(converged());
    },
    SLOW,
  );

  it(
    "converges also when the state was written after every step, and so remembers what was only begun",
    async () => {
      const victim = VICTIMS[(firstVictim + MOMENTS) % VICTIMS.length] ?? "pulumi";
      const moment = { prefix: "kc", percent: 20 + Math.floor(random() * 60), victim };
      const made = fleet(moment.prefix);
      await killedUp(made, moment, "--checkpoints");
      expect(await afterOneMoreUp(made, moment.prefix)).toMatchObject(converged());
    },
    SLOW,
  );
});

/** What there is after one more `up`. Throws when a machine's credentials do not open its bucket or its database. */
async function afterOneMoreUp({ home, tenantry, pulumi }: SideProject, prefix: string) {
  const { code, stdout, stderr } = await tenantry("up");
  const up = { code, said: code === 0 ? "" : stdout + stderr };
  const estate = await estateOf(cloud, prefix);
  const machines = [...bootEnvironments(cloud, prefix).values()];
  await Promise.all(machines.map((env) => exercise(cloud, env)));
  // With a refresh: neither the files nor the vendors differ from the state.
  const preview = await pulumi("preview", "--refresh", "--expect-no-changes");
  const plugins = processesOf(home).filter(isPlugin);
  return { up, estate, opened: machines.length, preview, plugins };
}

function converged() {
  return { up: { code: 0, said: "" }, estate: undisturbed, opened: COUNT, preview: { code: 0 }, plugins: [] };
}
