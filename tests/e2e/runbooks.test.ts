import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";

import { startCloud, type TestCloud } from "../support/cloud.ts";
import { outsider } from "../support/outsider.ts";
import { estateOf } from "./estate.ts";
import { sideProject, type SideProject } from "./side-project.ts";

const TENANTRY = join(import.meta.dirname, "../../cli/tenantry");
const OWNER = "owner: team@example.com\n";
const SLOW = 300_000;
const CREATED = "^POST /v1/apps/{app}/machines$";

let cloud: TestCloud;
let project: SideProject;

beforeAll(async () => {
  cloud = await startCloud();
}, SLOW);
afterAll(() => cloud.dispose(), 60_000);
afterEach(async () => {
  await cloud.faults();
  project.dispose();
});

/** A stack of one tenant, as it is before the day on which a runbook is taken out. */
async function stackAt(prefix: string): Promise<void> {
  project = sideProject(cloud, { prefix }, { verbs: "warm" });
  project.tenant("ada", OWNER);
  expect(await project.tenantry("up")).toMatchObject({ code: 0 });
}

async function nothingIsTwice(prefix: string, ids: readonly string[]): Promise<void> {
  const { buckets, databases, apps, machines } = await estateOf(cloud, prefix);
  expect({ buckets, databases, apps }).toEqual({ buckets: ids, databases: ids, apps: ids });
  expect(machines).toEqual(ids.map((id) => `${id} started`));
}

describe("over-quota.md", () => {
  beforeEach(() => stackAt("quota"), SLOW);

  it(
    "leaves those that exist as they are, shows what there is, and goes on when there is room or in another region",
    async () => {
      for (const id of ["ben", "cyd"]) project.tenant(id, OWNER);
      const body = { error: 'organization "acme" is using 2048 MB of memory in dfw which is over the allowed quota' };
      await cloud.faults({ operation: CREATED, kind: "error", status: 403, body });
      const full = await project.tenantry("up");
      expect(full).toMatchObject({ code: 1, stdout: expect.stringContaining("FLY_QUOTA") as unknown });
      expect(full.stdout).toMatch(/^failed: ben, cyd; the others are as declared\. /m);
      await cloud.faults({ operation: CREATED, kind: "error", status: 400, body: { error: "no capacity" } });
      const noRoom = await project.tenantry("up");
      expect(noRoom).toMatchObject({ code: 1, stdout: expect.stringContaining("FLY_NO_CAPACITY") as unknown });
      await cloud.faults();
      expect((await project.tenantry("status")).stdout).toMatch(/^ada +running/m);
      expect(await project.tenantry("cost")).toMatchObject({ code: 0 });
      project.tenant("cyd", `${OWNER}machine: { region: ord }\n`);
      expect(await project.tenantry("up")).toMatchObject({ code: 0 });
      await nothingIsTwice("quota", ["ada", "ben", "cyd"]);
    },
    SLOW,
  );
});

describe("stuck-lease.md", () => {
  beforeEach(() => stackAt("lease"), SLOW);

  it(
    "fails the one tenant whose lease somebody holds; when it is cleared, the same up goes through",
    async () => {
      const [machine] = await outsider(cloud).fly<{ id: string }[]>("GET", "/apps/lease-local-ada/machines");
      const lease = `/apps/lease-local-ada/machines/${machine?.id ?? ""}/lease`;
      const { data } = await outsider(cloud).fly<{ data: { nonce: string } }>("POST", lease, { ttl: 3600 });
      project.tenant("ada", `${OWNER}machine: { memoryMb: 2048 }\n`);
      project.tenant("ben", OWNER);
      const held = await project.tenantry("up");
      expect(held).toMatchObject({ code: 1, stdout: expect.stringContaining("FLY_LEASE_HELD") as unknown });
      expect(held.stdout).toMatch(/^failed: ada; the others are as declared\. /m);
      const { endpoint, token } = cloud.descriptor.fly;
      const headers = { authorization: `Bearer ${token}`, "fly-machine-lease-nonce": data.nonce };
      expect((await fetch(`${endpoint}/v1${lease}`, { method: "DELETE", headers })).status).toBe(200);
      expect(await project.tenantry("up", "ada")).toMatchObject({ code: 0 });
      await nothingIsTwice("lease", ["ada", "ben"]);
    },
    SLOW,
  );
});

describe("failed-half-way.md", () => {
  beforeEach(() => stackAt("half"), SLOW);

  it(
    "finds the run that died in the history, what it left undone in the plan, and the next up goes on",
    async () => {
      project.tenant("ben", OWNER);
      await cloud.forgetCalls();
      const env = { ...process.env, ...project.env };
      const killed = spawn(TENANTRY, ["up"], { cwd: project.dir, env, stdio: "ignore", detached: true });
      const ended = once(killed, "exit");
      await cloud.called(3, killed);
      process.kill(-(killed.pid ?? 0), "SIGKILL");
      await ended;
      const { stdout, stderr } = await project.tenantry("history", "--check");
      expect(stdout + stderr).toMatch(/has no end: it is under way, or it died/);
      expect(await project.tenantry("plan")).toMatchObject({
        code: 2,
        stdout: expect.stringContaining("ben") as unknown,
      });
      expect(await project.tenantry("up")).toMatchObject({ code: 0 });
      await nothingIsTwice("half", ["ada", "ben"]);
    },
    SLOW,
  );
});
