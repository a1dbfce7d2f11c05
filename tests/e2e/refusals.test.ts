import { CreateBucketCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";

import { s3For } from "../local/tigris/clients.ts";
import { startCloud, type TestCloud } from "../support/cloud.ts";
import { parsed } from "../support/scratch-project.ts";
import { estateOf } from "./estate.ts";
import { sideProject, type SideProject } from "./side-project.ts";

let cloud: TestCloud;
let project: SideProject;

beforeAll(async () => {
  cloud = await startCloud();
});
afterAll(() => cloud.dispose(), 60_000);
afterEach(async () => {
  await cloud.faults();
  project.dispose();
});

const mutations = async () => (await cloud.calls()).filter(({ mutating }) => mutating);

describe("a tenant whose bucket's name somebody else holds", () => {
  beforeEach(async () => {
    project = sideProject(cloud, { prefix: "held" }, { verbs: "warm" });
    const client = s3For(cloud);
    await client.send(new CreateBucketCommand({ Bucket: "held-local-ben" }));
    await client.send(new PutObjectCommand({ Bucket: "held-local-ben", Key: "theirs", Body: "x" }));
    client.destroy();
  });

  it("fails alone: the others go through, and the summary says who failed and how to take it over on purpose", async () => {
    for (const id of ["ada", "ben", "cyd"]) project.tenant(id);
    const { code, stdout } = await project.tenantry("up");
    expect(code).toBe(1);
    expect(stdout).toMatch(/^ada .*ok$/m);
    expect(stdout).toMatch(/^ben .*failed$/m);
    expect(stdout).toMatch(/^cyd .*ok$/m);
    expect(stdout).toMatch(/^failed: ben; the others are as declared\. /m);
    expect(stdout).toMatch(/TIGRIS_NAME_TAKEN[^]*pulumi import tenantry:tigris:Bucket 'ben' 'held-local-ben' /);
    const { buckets, apps, databases } = await estateOf(cloud, "held");
    expect({ buckets, apps, databases }).toEqual({
      buckets: ["ada", "ben", "cyd"],
      apps: ["ada", "cyd"],
      databases: ["ada", "cyd"],
    });
    // It never came to exist, so nothing keeps its file from being removed.
    project.removeTenant("ben");
    expect(await project.tenantry("up")).toMatchObject({ code: 0 });
  }, 180_000);
});

describe("a tenant whose file is removed", () => {
  const refused = { code: 3, stderr: expect.stringMatching(/^TENANT_FILE_REMOVED: .*ben\.yaml/) as unknown };
  const planned = {
    code: 3,
    stdout: expect.stringMatching(/bucket delete[^]*TENANT_FILE_REMOVED: .*ben\.yaml/) as unknown,
  };

  beforeEach(() => {
    project = sideProject(cloud, { prefix: "gone" }, { verbs: "warm" });
    for (const id of ["ada", "ben"]) project.tenant(id);
  });

  it("is kept, and list, status and env still show it: plan and up refuse, plain pulumi too, and nothing is touched", async () => {
    expect(await project.tenantry("up")).toMatchObject({ code: 0 });
    const before = await estateOf(cloud, "gone");
    project.removeTenant("ben");
    await cloud.forgetCalls();
    expect(await project.tenantry("plan")).toMatchObject(planned);
    expect(await project.tenantry("up")).toMatchObject(refused);
    expect((await project.pulumi("up", "--yes")).code).not.toBe(0);
    expect((await project.pulumi("up", "--yes", "--skip-preview")).code).not.toBe(0);
    expect(await mutations()).toEqual([]);
    expect(await estateOf(cloud, "gone")).toEqual(before);
    // Every verb that only looks still sees it, by name too.
    project.tenant("cyd", "owner: not mail\n");
    const [list, one, status, env, report] = [
      await project.tenantry("list", "--json"),
      await project.tenantry("list", "ben"),
      await project.tenantry("status", "ben", "--json"),
      await project.tenantry("env", "ben"),
      await project.tenantry("report", "--json"),
    ];
    expect((parsed(list) as { id: string; file: string }[]).map(({ id, file }) => [id, file])).toEqual([
      ["ada", "valid"],
      ["ben", "removed"],
    ]);
    expect(one).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/ben +removed +yes[^]*bring the file back/) as unknown,
    });
    expect(parsed(status)).toMatchObject({ tenant: "ben" });
    expect(env).toMatchObject({ code: 0, stdout: expect.stringContaining("gone-local-ben") as unknown });
    expect(parsed(report)).toMatchObject({
      rows: [{ tenant: "ada" }],
      undeclared: [
        { tenant: "ben", exists: true, hasFile: false },
        { tenant: "cyd", exists: false, hasFile: true },
      ],
    });
  }, 180_000);

  it("is kept also when only half of it exists", async () => {
    project.settings({ prefix: "half" });
    await cloud.faults({ operation: "^POST /v1/apps/{app}/secrets$", kind: "error", status: 403 });
    expect(await project.tenantry("up")).toMatchObject({ code: 1 });
    await cloud.faults();
    project.removeTenant("ben");
    await cloud.forgetCalls();
    expect(await project.tenantry("plan")).toMatchObject(planned);
    expect(await project.tenantry("up")).toMatchObject(refused);
    expect(await mutations()).toEqual([]);
    expect((await project.tenantry("list")).stdout).toMatch(/ben +removed +partly/);
  }, 180_000);
});
