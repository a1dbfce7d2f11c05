import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

import { afterAll, beforeAll, expect, it } from "@jest/globals";

import type { TestCloud } from "../support/cloud.ts";
import { startFleet } from "../support/fleet.ts";
import { run, type ScratchProject } from "../support/scratch-project.ts";
import { verbsBySocket, type VerbsBySocket } from "../support/warm/by-socket.ts";
import { projectDir, textOf } from "./markdown.ts";

let cloud: TestCloud;
let project: ScratchProject;
let remote: string;
let verbs: VerbsBySocket;

beforeAll(async () => {
  ({ cloud, project } = await startFleet());
  verbs = await verbsBySocket();
  remote = mkdtempSync(join(tmpdir(), "tenantry-remote-"));
  cpSync(join(projectDir, "tenants/local"), join(project.dir, "tenants/local"), { recursive: true });
  for (const name of ["cli", "policies"]) symlinkSync(join(projectDir, name), join(project.dir, name));
  const made = [
    `git init --quiet --bare --initial-branch main '${remote}'`,
    "git init --quiet --initial-branch main",
    "git config user.name Ada && git config user.email ada@example.com",
    `git remote add origin '${remote}'`,
    "git add --all && git commit --quiet --message 'A fleet'",
    "git push --quiet origin main",
  ];
  const { code, stderr } = await project.shell(made.join(" && "));
  if (code !== 0) throw new Error(stderr);
});

afterAll(async () => {
  verbs.close();
  project.dispose();
  rmSync(remote, { recursive: true });
  await cloud.dispose();
});

/** As in a new user's shell; but one, `npx tenantry …` is the stand-in of tests/support/forge, which has verbs run warm. */
function environment(line: string): NodeJS.ProcessEnv {
  const env = { ...process.env, ...project.env };
  if (line === "npx tenantry validate") return env;
  const programs = join(import.meta.dirname, "../support/forge/programs");
  return { ...env, ...verbs.env, PATH: [programs, env["PATH"]].join(delimiter) };
}

/** The commands of the first section, as a new user types them. */
function commands(): string[] {
  const section = /^## The first one.*?(?=^## )/ms.exec(textOf("docs/adding-a-tenant.md"))?.[0] ?? "";
  return (/```sh\n(.*?)```/s.exec(section)?.[1] ?? "").trim().split("\n");
}

it("docs/adding-a-tenant.md leads from a clone to a first tenant, word by word", async () => {
  const [make, ...others] = commands();
  expect(make).toBe("make up");
  // The test's own cloud is up already; the rest of `make up` is what the Makefile says.
  expect(await project.tenantry("up")).toMatchObject({ code: 0 });
  const ended: Record<string, number | null> = {};
  for (const line of others) {
    const { code, stderr } = await run("sh", ["-c", line], project.dir, environment(line));
    ended[line] = code;
    expect({ line, stderr, isFine: code === 0 || code === 2 }).toMatchObject({ line, isFine: true });
  }
  // The line that npm's own npx has run.
  expect(others).toContain("npx tenantry validate");
  const changes = Object.entries(ended).filter(([, code]) => code === 2);
  expect(changes.map(([line]) => line)).toEqual([
    "npx tenantry plan",
    "npx tenantry plan --base origin/main --markdown comment.md",
  ]);
  const comment = readFileSync(join(project.dir, "comment.md"), "utf8");
  expect(comment).toMatch(/^<!-- tenantry:plan:local -->\n### Plan of `local`: 8 to create; 3 tenants unchanged/);
  expect(await project.tenantry("plan")).toMatchObject({ code: 0 });
}, 300_000);
