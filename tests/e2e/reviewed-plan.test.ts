import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { secretEnv } from "../support/secret-env.ts";
import type { TestCloud } from "../support/cloud.ts";
import { endFleet, startFleet, up } from "../support/fleet.ts";
import type { Ran, ScratchProject } from "../support/scratch-project.ts";

const OWNER = "owner: team@example.com\n";
const BIGGER = `${OWNER}machine: { memoryMb: 2048 }\n`;
const SLOW = 180_000;
const PACK = join(import.meta.dirname, "../../policies/pack/tenantry");

let cloud: TestCloud;
let project: ScratchProject;

beforeAll(async () => {
  ({ cloud, project } = await startFleet());
  project.tenant("acme", OWNER);
  project.tenant("beta", OWNER);
  await up(project);
}, SLOW);

afterAll(() => endFleet({ cloud, project }));

const file = (name: string) => readFileSync(join(project.dir, name), "utf8");
const mutations = async () => (await cloud.calls()).filter(({ mutating }) => mutating);

async function refused(command: Promise<Ran>, code: string, exit = 1): Promise<string> {
  await cloud.forgetCalls();
  const ran = await command;
  expect(ran).toMatchObject({ code: exit, stderr: expect.stringContaining(`${code}: `) as unknown });
  expect(await mutations()).toEqual([]);
  return ran.stderr;
}

describe("a plan that was reviewed (each case goes on from the one before)", () => {
  it(
    "holds no secret, in no form, and changes nothing",
    async () => {
      const { AWS_SECRET_ACCESS_KEY, DATABASE_AUTH_TOKEN } = await secretEnv(project.tenantry, "acme");
      project.tenant("acme", BIGGER);
      await cloud.forgetCalls();
      const { code, stdout } = await project.tenantry("plan", "--json", "--out", "plan.json", "--markdown", "plan.md");
      expect(code).toBe(2);
      expect(await mutations()).toEqual([]);
      expect(JSON.parse(stdout)).toEqual(JSON.parse(file("plan.json")));
      expect(file("plan.md")).toContain("| `config.guest.memory_mb` | `1024` | `2048` |");
      expect(file("plan.md")).toMatch(/\+\$\d+\.\d\d a month/);
      for (const secret of [AWS_SECRET_ACCESS_KEY, DATABASE_AUTH_TOKEN]) {
        expect(secret?.length).toBeGreaterThan(20);
        for (const text of [stdout, file("plan.md")]) expect(text).not.toContain(secret);
      }
    },
    SLOW,
  );

  it(
    "is refused when its file is cut off, changed by hand, not there or another stack's, and says how to make it anew",
    async () => {
      const whole = file("plan.json");
      const damaged = [whole.slice(0, -20), "", "{}", whole.replace('"2048"', '"4096"').replace("2048", "4096")];
      for (const text of damaged) {
        expect(text).not.toBe(whole);
        writeFileSync(join(project.dir, "damaged.json"), text);
        const told = await refused(project.tenantry("up", "--plan", "damaged.json"), "PLAN_UNREADABLE");
        expect(told).toContain("npx tenantry plan --stack <stack> --out <file>");
      }
      await refused(project.tenantry("up", "--plan", "nowhere.json"), "PLAN_UNREADABLE");
      project.settings({}, "other");
      const other = await refused(
        project.tenantry("up", "--stack", "other", "--plan", "plan.json"),
        "PLAN_OTHER_STACK",
      );
      expect(other).toContain("plan.json is a plan of local, not of other");
    },
    SLOW,
  );

  it(
    "is refused after somebody else's change in between, with what moved, and nothing is touched",
    async () => {
      project.tenant("acme", OWNER);
      project.tenant("beta", `${OWNER}machine: { env: { LOG_LEVEL: debug } }\n`);
      expect(await project.tenantry("up")).toMatchObject({ code: 0 });
      project.tenant("acme", BIGGER);
      project.tenant("beta", OWNER);
      const told = await refused(project.tenantry("up", "--plan", "plan.json"), "PLAN_MOVED");
      expect(told).toContain('beta: machine config.env.LOG_LEVEL: changed since: reviewed nothing, now "debug"');
      expect(told).not.toContain("acme:");
    },
    SLOW,
  );

  it(
    "is refused when a credential has come of age since",
    async () => {
      expect(await project.tenantry("plan", "--no-refresh", "--out", "plan.json")).toMatchObject({ code: 2 });
      project.env["TENANTRY_NOW"] = new Date(Date.now() + 31 * 86_400_000).toISOString();
      const told = await refused(project.tenantry("up", "--plan", "plan.json"), "PLAN_MOVED");
      delete project.env["TENANTRY_NOW"];
      expect(told).toContain("acme: database token: has become due for rotation since the review");
      expect(told).not.toContain("access key");
    },
    SLOW,
  );

  it(
    "made anew is applied, once; a second time there is nothing left",
    async () => {
      expect(await project.tenantry("plan", "--out", "plan.json")).toMatchObject({ code: 2 });
      expect(await project.tenantry("up", "--plan", "plan.json")).toMatchObject({ code: 0 });
      expect(await project.tenantry("up", "--plan", "plan.json")).toMatchObject({
        code: 0,
        stderr: expect.stringContaining("nothing is left to apply") as unknown,
      });
    },
    SLOW,
  );

  it(
    "in which only a protection changes is applied all the same: Pulumi protects the bucket again",
    async () => {
      interface State {
        readonly deployment: {
          readonly resources: { readonly urn: string; readonly type: string; readonly protect?: boolean }[];
        };
      }
      const buckets = async () => {
        const { deployment } = JSON.parse((await project.pulumi("stack", "export")).stdout) as State;
        return deployment.resources.filter(({ type }) => type === "tenantry:tigris:Bucket");
      };
      const [bucket] = await buckets();
      expect(await project.pulumi("state", "unprotect", bucket?.urn ?? "", "--yes")).toMatchObject({ code: 0 });
      expect((await buckets()).map(({ protect }) => protect)).toEqual([undefined, true]);
      expect(await project.tenantry("plan", "--out", "plan.json")).toMatchObject({ code: 0 });
      expect(await project.tenantry("up", "--plan", "plan.json")).toMatchObject({ code: 0 });
      expect((await buckets()).map(({ protect }) => protect)).toEqual([true, true]);
    },
    SLOW,
  );

  it(
    "that would lose data ends with 3, opens with the loss, and is not applied",
    async () => {
      project.tenant("acme", `${OWNER}region: fra\nmachine: { memoryMb: 2048 }\n`);
      expect(await project.tenantry("plan", "--out", "plan.json", "--markdown", "plan.md")).toMatchObject({ code: 3 });
      const [, , , caution, , loss] = file("plan.md").split("\n");
      expect(caution).toBe("> [!CAUTION]");
      expect(loss).toBe("> - **acme**: database `tst-local-acme`, with all its rows (replace)");
      await refused(project.tenantry("up", "--plan", "plan.json"), "DESTROY_UNDECLARED", 3);
    },
    SLOW,
  );
});

describe("a mandatory policy that is broken", () => {
  beforeAll(() => {
    project.tenant("acme", BIGGER);
    project.tenant("beta", `${OWNER}rotation:\n  keys: 365d\n`);
  });

  it(
    "fails the plan with the place in the tenant's file, and up refuses before anything is called",
    async () => {
      const place = "tenants/local/beta.yaml:3:9: rotation-limit: keys are rotated every 365d";
      const plan = await project.tenantry("plan", "--no-refresh");
      expect(plan).toMatchObject({ code: 1, stdout: expect.stringContaining(place) as unknown });
      expect(await refused(project.tenantry("up"), "POLICY_BROKEN")).toContain(place);
      expect(await cloud.calls()).toEqual([]);
    },
    SLOW,
  );

  it(
    "fails plain pulumi too, with the same set as a CrossGuard pack",
    async () => {
      const { code, stdout } = await project.shell(
        `pulumi preview -s local --non-interactive --skip-plugin-pre-install --policy-pack "${PACK}"`,
      );
      expect(code).not.toBe(0);
      expect(stdout).toMatch(/\[mandatory\] +rotation-limit[^]*beta: keys are rotated every 365d/);
      expect(stdout).toMatch(/\[advisory\] +image-pinned/);
    },
    SLOW,
  );
});
