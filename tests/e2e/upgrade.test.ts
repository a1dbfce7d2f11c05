import { execFileSync, spawnSync } from "node:child_process";
import { globSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect } from "@jest/globals";

import type { PlanDocument } from "../../operations/review/plan-document.ts";
import { CHANGES_SINCE, PREVIOUS_RELEASE } from "../../packaging/releases.ts";
import { TOKENS } from "../../resource-kinds/kinds.ts";
import { startCloud, type TestCloud } from "../support/cloud.ts";
import { isDeep } from "../support/deep.ts";
import { discard } from "../support/evidence.ts";
import { done, packed } from "../support/package.ts";
import { run } from "../support/ran.ts";
import { parsed } from "../support/scratch-project.ts";
import { itIf } from "../support/skip.ts";
import { type Estate, estateOf } from "./estate.ts";

const ROOT = join(import.meta.dirname, "../..");
const SLOW = 600_000;
/** Together these two have a resource of every type that the previous release knows. */
const TENANTS = {
  first: "owner: ops@example.com\naccess: [{ name: ada, mode: read-only }]\n",
  second: "owner: ops@example.com\nstorage: { backend: fly-volume }\n",
};

const { version, commit } = PREVIOUS_RELEASE;
const hasCommit = spawnSync("git", ["cat-file", "-e", `${commit}^{commit}`], { cwd: ROOT }).status === 0;
const whyNot = !isDeep
  ? "two packages and their installation take two minutes of the processor: make test-deep"
  : `this clone has no commit ${commit}: git fetch --unshallow`;
const isTried = isDeep && hasCommit;

let dir: string;
let project: string;
let cloud: TestCloud;
let before: Estate;

const tenantry = (...args: string[]) =>
  run(join(project, "node_modules/.bin/tenantry"), args, project, { ...process.env, TENANTRY_HOME: cloud.home });
const planned = async (...args: string[]) => parsed(await tenantry("plan", "--json", ...args)) as PlanDocument;
const changesIn = (plan: PlanDocument) =>
  plan.changed.flatMap(({ changes }) =>
    changes.map(({ action, kind, settings }) => `${action} ${kind}: ${settings.map(({ path }) => path).join(", ")}`),
  );

/** The files of the previous release, which its own program packs. */
async function previousPackage(): Promise<string> {
  const tree = join(dir, "previous");
  mkdirSync(tree);
  execFileSync("git", ["archive", "--output", join(dir, "previous.tar"), commit], { cwd: ROOT });
  execFileSync("tar", ["-xf", join(dir, "previous.tar"), "-C", tree]);
  // It asks git which files there are, and compiles with what is installed here.
  execFileSync("git", ["init", "--quiet"], { cwd: tree });
  symlinkSync(join(ROOT, "node_modules"), join(tree, "node_modules"));
  return packed(tree, join(dir, "previous-package"));
}

/** `npm install`, as docs/own-project.md has it: a package, and Pulumi's SDK in the version that this package wants. */
async function install(file: string): Promise<void> {
  const manifest = execFileSync("tar", ["-xzOf", file, "package/package.json"], { encoding: "utf8" });
  const { peerDependencies } = JSON.parse(manifest) as { peerDependencies: Record<string, string> };
  const sdk = `@pulumi/pulumi@${peerDependencies["@pulumi/pulumi"] ?? ""}`;
  await done(
    run("npm", ["install", "--prefer-offline", "--ignore-scripts", "--no-audit", file, sdk], project, process.env),
  );
}

/** A team's project with two tenants, of which the previous release has made everything. */
beforeAll(async () => {
  if (!isTried) return;
  dir = mkdtempSync(join(tmpdir(), "tenantry-upgrade-"));
  project = join(dir, "our tenants");
  mkdirSync(project);
  writeFileSync(join(project, "package.json"), '{ "name": "our-tenants", "private": true, "type": "module" }\n');
  cloud = await startCloud();
  await install(await previousPackage());
  await done(tenantry("init"));
  for (const [id, text] of Object.entries(TENANTS)) writeFileSync(join(project, "tenants/local", `${id}.yaml`), text);
  await done(tenantry("up", "--yes"));
  before = await estateOf(cloud, "tnt");
  await install(await packed(ROOT, join(dir, "todays-package")));
}, SLOW);
afterAll(async () => {
  if (!isTried) return;
  await cloud.dispose();
  discard(dir);
});

describe(`from ${version}, whose package has made two tenants, to today's package`, () => {
  itIf(isTried, whyNot)(
    "a plan replaces nothing, deletes nothing, and changes only what CHANGELOG.md marks for tenants",
    async () => {
      const plan = await planned();
      const kinds = globSync(join(dir, "previous/resource-kinds/*.ts")).map((file) => readFileSync(file, "utf8"));
      const known = TOKENS.filter((token) => kinds.some((text) => text.includes(`"${token}"`)));
      const seen = new Set(Object.keys(plan.fingerprint).map((urn) => urn.split("::")[2]?.split("$").at(-1)));
      expect(known.filter((token) => !seen.has(token))).toEqual([]);

      expect([...new Set(changesIn(plan))].sort()).toEqual(Object.keys(CHANGES_SINCE).sort());
      expect(plan).toMatchObject({ removed: [], errors: [] });
    },
    SLOW,
  );

  itIf(isTried, whyNot)(
    "one up carries that out, the vendors have what they had, and nothing is left to change",
    async () => {
      await done(tenantry("up", "--yes"));
      expect(await estateOf(cloud, "tnt")).toEqual(before);
      expect((await planned()).changed).toEqual([]);
      expect((await planned("--all")).changed).toEqual([]);
    },
    SLOW,
  );
});
