import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { startCloud, type TestCloud } from "../support/cloud.ts";
import { scratchProject, type ScratchProject } from "../support/scratch-project.ts";

let home: string;
let project: ScratchProject;

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), "tenantry-home-"));
  project = scratchProject(home, { verbs: "warm" });
  project.tenant("acme");
});

afterAll(() => {
  project.dispose();
  rmSync(home, { recursive: true, force: true });
});

describe("the command line", () => {
  it("shows its help when nothing was asked for, and a verb's options for `help VERB`", async () => {
    const [bare, help, verb] = await Promise.all([
      project.tenantry(),
      project.tenantry("help", "plan"),
      project.tenantry("plan", "--help"),
    ]);
    expect(bare).toMatchObject({ code: 0, stdout: expect.stringContaining("Change them:") as unknown, stderr: "" });
    expect(help).toMatchObject({ code: 0, stdout: expect.stringContaining("--no-refresh") as unknown, stderr: "" });
    expect(help.stdout).toBe(verb.stdout);
  });

  it("answers an unknown verb or flag with exit code 1 and what was meant", async () => {
    const [verb, flag] = await Promise.all([project.tenantry("pln"), project.tenantry("plan", "--jsn")]);
    expect(verb).toMatchObject({ code: 1, stderr: expect.stringContaining("Did you mean plan?") as unknown });
    expect(flag).toMatchObject({ code: 1, stderr: expect.stringContaining("Did you mean --json?") as unknown });
  });

  it.each([
    ["import", "acme"],
    ["offboard", "acme", "--export"],
    ["export", "acme", "--to"],
  ])("says what is wrong with the address of a bucket: %s %s %s", async (...words) => {
    const said = expect.stringContaining("expected s3://BUCKET/PREFIX") as unknown;
    expect(await project.tenantry(...words, "s3://X")).toMatchObject({ code: 1, stderr: said });
  });

  it("refuses options of an export without one", async () => {
    const { code, stderr } = await project.tenantry("offboard", "acme", "--versions");
    expect({ code, stderr }).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("--versions goes with --export") as unknown,
    });
  });

  it.each(["not mail", "", "a@b.example\nstate: purged", "<ops@acme.example>"])(
    "new writes no file that validate would refuse: --owner %j",
    async (owner) => {
      const { code, stderr } = await project.tenantry("new", "zed", "--owner", owner);
      expect({ code, stderr }).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/^TENANT_FILES_INVALID.*\n.*owner/) as unknown,
      });
      expect(existsSync(join(project.dir, "tenants/local/zed.yaml"))).toBe(false);
    },
  );

  it("says which stack file is missing", async () => {
    const { code, stderr } = await project.tenantry("validate", "--stack", "nowhere");
    expect(code).toBe(1);
    expect(stderr).toContain("NO_STACK_FILE");
  });

  it("says with the line that fixes it that a stack has no fleet id", async () => {
    project.settings({ fleetId: "" }, "unclaimed");
    const { code, stderr } = await project.tenantry("validate", "--stack", "unclaimed");
    expect(code).toBe(1);
    expect(stderr).toContain("tenantry:fleetId");
  });

  it("says that the embedded cloud is not running, and how to start it", async () => {
    const { code, stderr } = await project.tenantry("up");
    expect(code).toBe(1);
    expect(stderr).toContain("CLOUD_NOT_UP");
    expect(stderr).toContain("npx tenantry cloud up");
  });
});

describe("--json", () => {
  it.each([
    [["new", "hooli", "--owner", "ops@hooli.example"], { tenant: "hooli", stack: "local" }],
    [["validate"], { stack: "local" }],
    [["json-schema"], { type: "object" }],
    [["completion", "bash"], { shell: "bash" }],
    [["cloud", "down"], { wasUp: false, erased: false }],
    [["cloud", "status"], { down: true }],
    [["cloud", "logs"], []],
  ])("prints one document and nothing else: %j", async (words, expected) => {
    const { stdout, stderr } = await project.tenantry(...words, "--json");
    expect(stderr).toBe("");
    expect(JSON.parse(stdout)).toMatchObject(expected);
    rmSync(join(project.dir, "tenants/local/hooli.yaml"), { force: true });
  });
});

describe("tenantry new", () => {
  it("writes a file that is valid as it is, and never overwrites one", async () => {
    const first = await project.tenantry("new", "globex", "--owner", "ops@globex.example", "--region", "fra");
    expect(first.code).toBe(0);
    const path = join(project.dir, "tenants/local/globex.yaml");
    expect(readFileSync(path, "utf8")).toContain("region: fra");
    expect((await project.tenantry("validate")).stdout).toContain("2 tenant files are valid");
    const before = readFileSync(path, "utf8");
    const again = await project.tenantry("new", "globex", "--owner", "other@globex.example");
    expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining("TENANT_EXISTS") as unknown });
    expect(readFileSync(path, "utf8")).toBe(before);
  });

  it.each(["Globex", "-globex", "a--b", "a/../b", "x".repeat(41)])(
    "refuses the id %s and writes nothing",
    async (id) => {
      const { code, stderr } = await project.tenantry("new", "--owner", "ops@globex.example", "--", id);
      expect(code).toBe(1);
      expect(stderr).toContain("TENANT_ID_INVALID");
      expect(existsSync(join(project.dir, "tenants/local", `${id}.yaml`))).toBe(false);
    },
  );
});

describe("broken tenant files", () => {
  let cloud: TestCloud;
  let broken: ScratchProject;

  beforeAll(async () => {
    cloud = await startCloud();
    broken = scratchProject(cloud.home);
    broken.tenant("acme", "owner: team@example.com\nmachin: { memoryMb: 1000 }\n");
    broken.tenant("beta", "region: ird\nstorage:\n  softDeleteDays: 3\n");
  });

  afterAll(async () => {
    broken.dispose();
    await cloud.dispose();
  });

  it("are named by `list`, which shows the others and changes nothing", async () => {
    await cloud.forgetCalls();
    const { code, stderr } = await broken.tenantry("list");
    expect({ code, stderr }).toMatchObject({
      code: 0,
      stderr: expect.stringContaining("acme.yaml:2:1: machin:") as unknown,
    });
    expect(stderr).toContain("beta.yaml:3:19: storage.softDeleteDays:");
    expect((await cloud.calls()).filter(({ mutating }) => mutating)).toEqual([]);
  });

  it.each([["validate"], ["plan"], ["up"]])("stop `%s` with every error at once, and not one call", async (verb) => {
    await cloud.forgetCalls();
    const { code, stderr } = await broken.tenantry(verb);
    expect(code).toBe(1);
    expect(stderr).toContain("acme.yaml:2:1: machin:");
    expect(stderr).toContain("did you mean machine?");
    expect(stderr).toMatch(/beta\.yaml:1:1: owner:/);
    expect(stderr).toContain("beta.yaml:1:9: region:");
    expect(stderr).toContain("beta.yaml:3:19: storage.softDeleteDays:");
    expect(await cloud.calls()).toEqual([]);
  });
});
