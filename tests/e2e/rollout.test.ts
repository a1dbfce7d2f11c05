import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { startCloud, type TestCloud } from "../support/cloud.ts";
import { parsed, type Ran, scratchProject, type ScratchProject } from "../support/scratch-project.ts";

const SLOW = 900_000;
const IDS = Array.from({ length: 8 }, (_, at) => `t${String(at).padStart(2, "0")}`);
const OLD = "ghcr.io/tenantry/reference-app:0.1.0";
const NEW = "ghcr.io/tenantry/reference-app:0.2.0";
const ROLLOUT = `reason: the next version of the app
change: { machine: { image: "${NEW}" } }
rings: [{ canary: [t02, t05] }, 50%, rest]
gates: { checks: 0s }
hold: [{ tenant: t07, until: 2099-01-31, reason: an audit that lasts }]
halt: 2
`;

let cloud: TestCloud;
let project: ScratchProject;

beforeAll(async () => {
  cloud = await startCloud();
  project = scratchProject(cloud.home, { verbs: "warm" });
  for (const id of IDS) project.tenant(id);
  mkdirSync(join(project.dir, "rollouts"));
  writeFileSync(join(project.dir, "rollouts/app-2.yaml"), ROLLOUT);
  const { code, stderr } = await project.tenantry("up");
  if (code !== 0) throw new Error(`up ended with ${String(code)}: ${stderr}`);
}, SLOW);

afterAll(async () => {
  project.dispose();
  await cloud.dispose();
});

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
const up = () => project.tenantry("up", "--json", "--no-refresh");
const failedIn = (ran: Ran) =>
  (parsed(ran) as { tenant: string; result: string }[]).flatMap(({ tenant, result }) =>
    result === "failed" ? [tenant] : [],
  );
const mutations = async () =>
  Object.fromEntries(
    (await cloud.calls()).filter(({ mutating }) => mutating).map(({ operation, count }) => [operation, count]),
  );
const UPDATE = "POST /v1/apps/{app}/machines/{machine}";

describe("an image for eight tenants", () => {
  it(
    "is refused as a change of their plan, by plan and by up, with the command that brings it in rings",
    async () => {
      const text = readFileSync(plansFile(), "utf8");
      writeFileSync(plansFile(), text.replace(OLD, NEW));
      await cloud.forgetCalls();
      const planned = await project.tenantry("plan", "--no-refresh");
      expect(planned).toMatchObject({ code: 1, stdout: expect.stringContaining("gated-change") as unknown });
      expect(planned.stdout).toContain("restarts 8 machines at once; at most 5 may without a rollout");
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
      expect(failedIn(await up())).toEqual([]);
      expect(on(NEW, await images())).toEqual(["t02", "t05"]);

      expect(await rollout("next", "app-2")).toMatchObject({ code: 0 });
      await cloud.faults({
        vendor: "fly",
        operation: `^${UPDATE.replace(/[{}]/g, "\\$&")}$`,
        kind: "error",
        status: 400,
        times: 1,
      });
      const failed = failedIn(await up());
      expect(failed).toHaveLength(1);
      const [bad = ""] = failed;
      const status = parsed(await rollout("status", "app-2", "--json")) as {
        rings: { name: string; tenants: { tenant: string; is: string }[] }[];
      }[];
      const ring = status[0]?.rings.find(({ name }) => name === "50%")?.tenants ?? [];
      expect(ring.filter(({ is }) => is === "failed").map(({ tenant }) => tenant)).toEqual([bad]);
      expect(ring.filter(({ is }) => is === "runs")).toHaveLength(1);

      expect(parsed(await rollout("back", "app-2", "--json"))).toMatchObject({ returned: [bad] });
      await cloud.forgetCalls();
      expect(failedIn(await up())).toEqual([]);
      expect(await mutations()).toEqual({});

      expect(parsed(await rollout("back", "app-2", "t02", "--json"))).toMatchObject({ returned: ["t02"] });
      expect(failedIn(await up())).toEqual([]);
      expect((await mutations())[UPDATE]).toBe(1);
      expect(Object.keys(await mutations()).filter((name) => !name.includes("/machines/{machine}"))).toEqual([]);

      expect(parsed(await rollout("next", "app-2", "--json"))).toMatchObject({ passed: "50%" });
      expect(failedIn(await up())).toEqual([]);
      expect(parsed(await rollout("next", "app-2", "--json"))).toMatchObject({ passed: "rest", written: null });
      const before = await images();
      expect(on(OLD, before)).toEqual([bad, "t02", "t07"].sort());
      expect(parsed(await rollout("finish", "app-2", "--json"))).toMatchObject({ moved: ["standard"] });
      expect(readFileSync(plansFile(), "utf8")).toContain(`image: ${NEW}`);
      expect(await project.tenantry("plan")).toMatchObject({ code: 0 });
      expect(await project.pulumi("preview", "--expect-no-changes")).toMatchObject({ code: 0 });
      expect(await images()).toEqual(before);
    },
    SLOW,
  );
});
