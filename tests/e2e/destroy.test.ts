import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";

import { PutObjectCommand } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { s3For } from "../local/tigris/clients.ts";
import type { TestCloud } from "../support/cloud.ts";
import { endFleet, startFleet } from "../support/fleet.ts";
import { parsed, type ScratchProject } from "../support/scratch-project.ts";
import { bootEnvironments, type Estate, estateOf, exercise } from "./estate.ts";

const NOTHING: Estate = {
  buckets: [],
  keys: [],
  policies: [],
  groups: [],
  databases: [],
  apps: [],
  machines: [],
  addresses: [],
};
const SLOW = 600_000;

let cloud: TestCloud;
let project: ScratchProject;

beforeAll(async () => {
  ({ cloud, project } = await startFleet());
  project.tenant("acme");
  project.tenant("vol", "owner: team@example.com\nstorage: { backend: fly-volume }\n");
}, SLOW);

afterAll(() => endFleet({ cloud, project }));

describe("the destroy of a stack of the embedded cloud", () => {
  it(
    "wants a yes, then deletes all of a stack with files, rows and a half-made tenant, and leaves the tenant files; again, it finds nothing",
    async () => {
      await cloud.faults({
        vendor: "fly",
        operation: "machines$",
        mutating: true,
        kind: "error",
        status: 422,
        times: 1,
      });
      expect((await project.tenantry("up")).code).toBe(1);
      await cloud.faults();
      for (const [app, env] of bootEnvironments(cloud, "tst")) if (app === "tst-local-acme") await exercise(cloud, env);
      const s3 = s3For(cloud);
      await s3.send(new PutObjectCommand({ Bucket: "tst-local-acme", Key: "notes/a.md", Body: "x" }));
      s3.destroy();

      const before = await estateOf(cloud, "tst");
      expect(before).toMatchObject({ buckets: ["acme"], databases: ["acme", "vol"], apps: ["acme", "vol"] });
      expect((await project.tenantry("destroy")).stderr).toContain("UNATTENDED");
      expect(await estateOf(cloud, "tst")).toEqual(before);

      const destroyed = await project.tenantry("destroy", "--yes", "--json");
      expect({ code: destroyed.code, said: destroyed.stderr }).toEqual({ code: 0, said: "" });
      const results = (parsed(destroyed) as { tenant: string; result: string }[]).map(
        ({ tenant, result }) => `${tenant} ${result}`,
      );
      expect(results).toEqual(expect.arrayContaining(["acme ok", "vol ok"]));
      expect(await estateOf(cloud, "tst")).toEqual(NOTHING);
      expect(existsSync(join(project.dir, "tenants/local/acme.yaml"))).toBe(true);
      expect((await project.tenantry("history", "acme")).stdout).toMatch(/deleted|delete/);

      expect(await project.tenantry("destroy", "--yes")).toMatchObject({
        code: 0,
        stderr: "nothing of local exists\n",
      });
    },
    SLOW,
  );

  it(
    "leaves no name taken: up makes all of it anew; and it goes through when the cloud itself was erased meanwhile",
    async () => {
      project.removeTenant("vol");
      const up = await project.tenantry("up");
      expect({ code: up.code, said: up.code === 0 ? "" : up.stdout + up.stderr }).toEqual({ code: 0, said: "" });
      await cloud.halt();
      rmSync(join(cloud.home, "cloud"), { recursive: true });
      await cloud.restart();
      const destroyed = await project.tenantry("destroy", "--yes");
      expect({ code: destroyed.code, said: destroyed.stdout + destroyed.stderr }).toEqual({
        code: 0,
        said: expect.stringContaining("local is gone") as unknown,
      });
    },
    SLOW,
  );

  it(
    "leaves an empty state, of which drift ends with 1 while no vendor accepts the credentials, and says no drift once they do",
    async () => {
      for (const status of [401, 403]) {
        await cloud.faults({ kind: "error", status });
        const blind = await project.tenantry("drift");
        expect(blind.code).toBe(1);
        expect(blind.stdout + blind.stderr).not.toContain("no drift");
      }
      await cloud.faults();
      expect(await project.tenantry("drift")).toMatchObject({
        code: 0,
        stdout: expect.stringContaining("no drift") as unknown,
      });
    },
    SLOW,
  );

  it("is refused on real accounts, even with a yes, and names the way to remove a tenant there", async () => {
    project.settings({ cloud: "real" }, "prod");
    project.tenant("acme", undefined, "prod");
    const refused = await project.tenantry("destroy", "--stack", "prod", "--yes");
    expect(refused).toMatchObject({ code: 1, stdout: "" });
    expect(refused.stderr).toMatch(/DESTROY_REAL_STACK.*state: offboarding/s);
  }, 60_000);
});
