import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import type { TestCloud } from "../support/cloud.ts";
import { times } from "../support/deep.ts";
import { watched } from "../support/watched.ts";
import { endProcessesOf } from "./processes.ts";
import { endFleet, startFleet, up } from "../support/fleet.ts";
import { parsed, type Ran, type ScratchProject } from "../support/scratch-project.ts";

const SLOW = times(900_000, 5_400_000);
const COUNT = times(8, 200);
/** How many of the second ring fail. */
const BROKEN = times(1, 3);
const HALT = BROKEN + 1;
const IDS = Array.from({ length: COUNT }, (_, at) => `t${String(at).padStart(2, "0")}`);
const OLD = "ghcr.io/tenantry/reference-app:0.1.0";
const NEW = "ghcr.io/tenantry/reference-app:0.2.0";
const ROLLOUT = `reason: the next version of the app
change: { machine: { image: "${NEW}" } }
rings: [{ canary: [t02, t05] }, 50%, rest]
gates: { checks: 0s }
hold: [{ tenant: t07, until: 2099-01-31, reason: an audit that lasts }]
halt: ${HALT}
`;

let cloud: TestCloud;
let project: ScratchProject;

beforeAll(async () => {
  ({ cloud, project } = await startFleet());
  for (const id of IDS) project.tenant(id);
  mkdirSync(join(project.dir, "rollouts"));
  writeFileSync(join(project.dir, "rollouts/app-2.yaml"), ROLLOUT);
  await up(project);
}, SLOW);

afterAll(() => endFleet({ cloud, project }));

const plansFile = () => join(project.dir, "tenants/plans.yaml");

/** The images that the machines have, by tenant, as the state tells. */
async function images(): Promise<Readonly<Record<string, string>>> {
  const listed = parsed(await project.tenantry("list", "--json")) as {
    id: string;
    exists: { machine: { config: { image: string } } };
  }[];
  return Object.fromEntries(listed.map(({ id, exists }) => [id, exists.machine.config.image]));
}

const on = (image: string, found: Readonly<Record<string, string>>) =>
  Object.entries(found).flatMap(([id, has]) => (has === image ? [id] : []));
const rollout = (...args: string[]) => project.tenantry("rollout", ...args);
const upAsJson = () => project.tenantry("up", "--json", "--no-refresh");
const failedIn = (ran: Ran) =>
  (parsed(ran) as { tenant: string; result: string }[]).flatMap(({ tenant, result }) =>
    result === "failed" ? [tenant] : [],
  );
const mutations = async () =>
  Object.fromEntries(
    (await cloud.calls()).filter(({ mutating }) => mutating).map(({ operation, count }) => [operation, count]),
  );
const UPDATE = "POST /v1/apps/{app}/machines/{machine}";

/** Kills an `up` and all that it started once so many changing calls have arrived at Fly. */
async function killedUp(after: number): Promise<void> {
  await cloud.forgetCalls();
  const child = spawn(join(import.meta.dirname, "../../cli/tenantry"), ["up", "--no-refresh", "--yes"], {
    cwd: project.dir,
    env: { ...process.env, ...project.env },
    stdio: "ignore",
    detached: true,
  });
  const ended = once(child, "exit");
  await cloud.called(after, child, "fly");
  process.kill(-(child.pid ?? 0), "SIGKILL");
  await ended;
  endProcessesOf(cloud.home);
}

/** How many machines are down, by Fly's own list. */
async function down(): Promise<number> {
  const { endpoint, token, organization } = cloud.descriptor.fly;
  const headers = { authorization: `Bearer ${token}` };
  let cursor = "";
  let count = 0;
  do {
    const query = new URLSearchParams({ limit: "500", ...(cursor === "" ? {} : { cursor }) });
    const response = await fetch(`${endpoint}/v1/orgs/${organization}/machines?${query.toString()}`, { headers });
    const { machines, next_cursor } = (await response.json()) as { machines: { state: string }[]; next_cursor: string };
    count += machines.filter(({ state }) => state !== "started").length;
    cursor = next_cursor;
  } while (cursor !== "");
  return count;
}

interface Status {
  readonly rings: readonly { readonly name: string; readonly tenants: readonly { tenant: string; is: string }[] }[];
}
async function ringOf(name: string): Promise<readonly { tenant: string; is: string }[]> {
  const [status] = parsed(await rollout("status", "app-2", "--json")) as Status[];
  return status?.rings.find((ring) => ring.name === name)?.tenants ?? [];
}

describe(`an image for ${COUNT} tenants`, () => {
  it(
    "is refused as a change of their plan, by plan and by up, with the command that brings it in rings",
    async () => {
      const text = readFileSync(plansFile(), "utf8");
      writeFileSync(plansFile(), text.replace(OLD, NEW));
      await cloud.forgetCalls();
      const planned = await project.tenantry("plan", "--no-refresh");
      expect(planned).toMatchObject({ code: 1, stdout: expect.stringContaining("gated-change") as unknown });
      expect(planned.stdout).toContain(`restarts ${COUNT} machines at once; at most 5 may without a rollout`);
      expect(planned.stdout).toContain("npx tenantry rollout start");
      const refused = await project.tenantry("up", "--yes", "--no-refresh");
      expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining("POLICY_BROKEN") as unknown });
      expect(await mutations()).toEqual({});
      writeFileSync(plansFile(), text);
    },
    SLOW,
  );

  it(
    "goes ring by ring; who failed is returned and nobody else is called; and ends in the plan, with nothing left to do",
    async () => {
      expect(await rollout("next")).toMatchObject({ code: 0, stdout: "no rollout is under way in local\n" });
      expect(await rollout("start", "app-2")).toMatchObject({ code: 0 });
      // Without a name: each that is under way, as the workflow asks.
      expect(await rollout("next")).toMatchObject({
        code: 2,
        stderr: expect.stringContaining("not applied yet") as unknown,
      });
      expect(failedIn(await upAsJson())).toEqual([]);
      expect(on(NEW, await images())).toEqual(["t02", "t05"]);
      let failed: string[] = [];

      expect(await rollout("next", "app-2")).toMatchObject({ code: 0 });
      const mostDown = await watched(down, async () => {
        await cloud.switches({ "fly.bootTakesMs": 1000 });
        await killedUp(times(2, 40));
        await cloud.resetSwitches();
        await cloud.faults({
          vendor: "fly",
          operation: `^${UPDATE.replace(/[{}]/g, "\\$&")}$`,
          kind: "error",
          status: 400,
          times: BROKEN,
        });
        failed = failedIn(await upAsJson()).sort();
      });
      expect(failed).toHaveLength(BROKEN);
      // One at a time, and the one that the killed run was at.
      expect(mostDown).toBeGreaterThan(0);
      expect(mostDown).toBeLessThanOrEqual(1 + HALT);
      const ring = await ringOf("50%");
      expect(ring.flatMap(({ tenant, is }) => (is === "failed" ? [tenant] : [])).sort()).toEqual(failed);
      expect(ring.filter(({ is }) => is === "runs")).toHaveLength(ring.length - BROKEN);

      const { returned } = parsed(await rollout("back", "app-2", "--json")) as { returned: string[] };
      expect(returned.sort()).toEqual(failed);
      await cloud.forgetCalls();
      expect(failedIn(await upAsJson())).toEqual([]);
      expect(await mutations()).toEqual({});

      expect(parsed(await rollout("back", "app-2", "t02", "--json"))).toMatchObject({ returned: ["t02"] });
      expect(failedIn(await upAsJson())).toEqual([]);
      expect((await mutations())[UPDATE]).toBe(1);
      expect(Object.keys(await mutations()).filter((name) => !name.includes("/machines/{machine}"))).toEqual([]);

      expect(parsed(await rollout("next", "app-2", "--json"))).toMatchObject({ passed: "50%" });
      expect(failedIn(await upAsJson())).toEqual([]);
      // Without a name each that is through is finished; one whose last ring is not is left, and that is said.
      const early = await rollout("finish", "--json");
      expect(early).toMatchObject({
        code: 2,
        stderr: expect.stringContaining("the ring rest has not passed its gates") as unknown,
      });
      expect(JSON.parse(early.stdout)).toMatchObject([{ rollout: "app-2", error: "ROLLOUT_OPEN" }]);
      expect(parsed(await rollout("next", "app-2", "--json"))).toMatchObject({ passed: "rest", written: null });
      const before = await images();
      expect(on(OLD, before)).toEqual([...failed, "t02", "t07"].sort());
      expect(parsed(await rollout("finish", "--json"))).toMatchObject([{ rollout: "app-2", moved: ["standard"] }]);
      expect(parsed(await rollout("finish", "--json"))).toEqual([]);
      expect(readFileSync(plansFile(), "utf8")).toContain(`image: ${NEW}`);
      expect(await project.tenantry("plan")).toMatchObject({ code: 0 });
      expect(await project.pulumi("preview", "--expect-no-changes")).toMatchObject({ code: 0 });
      expect(await images()).toEqual(before);
    },
    SLOW,
  );
});
