import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { changedPaths } from "../../../operations/review/changed-paths.ts";

let root: string;
let project: string;

const git = (...args: string[]) =>
  execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.com", ...args], { cwd: root, stdio: "pipe" });
const write = (path: string, text = "x\n") => {
  writeFileSync(join(project, path), text);
};

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "tenantry-git-"));
  project = join(root, "infrastructure");
  mkdirSync(join(project, "tenants/prod"), { recursive: true });
  write("tenants/prod/acme.yaml", "owner: a\n");
  write("tenants/prod/moved.yaml", "owner: moved\n");
  git("init", "--quiet", "--initial-branch=main");
  git("add", ".");
  git("commit", "--quiet", "-m", "base");
  git("checkout", "--quiet", "-b", "change");
  write("tenants/prod/acme.yaml", "owner: b\n");
  renameSync(join(project, "tenants/prod/moved.yaml"), join(project, "tenants/prod/zed.yaml"));
  git("add", ".");
  git("commit", "--quiet", "-m", "change");
  git("checkout", "--quiet", "main");
  write("others-work.yaml");
  git("add", ".");
  git("commit", "--quiet", "-m", "somebody else's");
  git("checkout", "--quiet", "change");
});

afterAll(() => {
  rmSync(root, { recursive: true });
});

describe("the paths that a branch changed", () => {
  const committed = ["tenants/prod/acme.yaml", "tenants/prod/moved.yaml", "tenants/prod/zed.yaml"];

  it("are those since it left its base, from the project's folder, without what others did to the base", () => {
    expect(changedPaths(project, "main")).toEqual(committed);
  });

  it("hold what is not committed yet, and files git does not know", () => {
    write("tenants/prod/acme.yaml", "owner: c\n");
    write("tenants/prod/néw one.yaml");
    expect(changedPaths(project, "main")).toEqual([...committed, "tenants/prod/néw one.yaml"]);
  });

  it.each([
    [
      "what somebody ignores in all repositories",
      { GIT_CONFIG_KEY_0: "core.excludesFile", GIT_CONFIG_VALUE_0: "IGNORE" },
    ],
    ["another repository in the environment, as a hook has it", { GIT_DIR: "/nonexistent" }],
    ["another folder of work in the environment", { GIT_WORK_TREE: "/nonexistent" }],
    ["paths that git prints from its own top", { GIT_CONFIG_KEY_0: "diff.relative", GIT_CONFIG_VALUE_0: "false" }],
    ["names that git would show with escapes", { GIT_CONFIG_KEY_0: "core.quotePath", GIT_CONFIG_VALUE_0: "true" }],
    ["renames that git would follow", { GIT_CONFIG_KEY_0: "diff.renames", GIT_CONFIG_VALUE_0: "copies" }],
  ])("are the same with %s", (_, settings: Record<string, string>) => {
    writeFileSync(join(root, "ignore"), "prod/\n*.yaml\n");
    mkdirSync(join(project, "tenants/new"), { recursive: true });
    write("tenants/new/acme.yaml");
    const before = changedPaths(project, "main");
    const values = Object.entries(settings).map(([name, value]) => [
      name,
      value === "IGNORE" ? join(root, "ignore") : value,
    ]);
    const added = { GIT_CONFIG_COUNT: "1", ...(Object.fromEntries(values) as Record<string, string>) };
    if (!("GIT_CONFIG_KEY_0" in added)) Reflect.deleteProperty(added, "GIT_CONFIG_COUNT");
    Object.assign(process.env, added);
    try {
      expect(changedPaths(project, "main")).toEqual(before);
      expect(before).toContain("tenants/new/acme.yaml");
    } finally {
      for (const name of Object.keys(added)) Reflect.deleteProperty(process.env, name);
    }
  });

  it("are asked for with advice when the base is unknown, also when it looks like an option", () => {
    for (const base of ["nowhere", "--output=x"]) {
      expect(() => changedPaths(project, base)).toThrow(/^BASE_UNKNOWN: .*[^]*fetch-depth: 0/);
    }
  });
});
