import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { expect, it } from "@jest/globals";

import { CHANGES_SINCE, PREVIOUS_RELEASE } from "../../packaging/releases.ts";
import { itIf } from "../support/skip.ts";

const ROOT = join(import.meta.dirname, "../..");
const read = (path: string) => readFileSync(join(ROOT, path), "utf8");
const { version, commit } = PREVIOUS_RELEASE;
const manifest = spawnSync("git", ["show", `${commit}:package.json`], { cwd: ROOT, encoding: "utf8" });

it("the previous release has its day in CHANGELOG.md, and is older than what package.json names", () => {
  const [unreleased, latest] = [...read("CHANGELOG.md").matchAll(/^## (.*)/gm)].map(([, title]) => title);
  expect(unreleased).toBe("Unreleased");
  expect(latest).toMatch(new RegExp(`^${version} - \\d{4}-\\d\\d-\\d\\d$`));
  const current = (JSON.parse(read("package.json")) as { version: string }).version;
  expect(version.localeCompare(current, "en", { numeric: true })).toBe(-1);
});

it("each change of the previous release's tenants is told by an unreleased entry that is marked **tenants**", () => {
  const [, unreleased = ""] = read("CHANGELOG.md").split(/^## .*/m);
  const marked = unreleased.split(/^- /m).filter((entry) => entry.includes("**tenants**"));
  expect(Object.values(CHANGES_SINCE).filter((words) => !marked.some((entry) => entry.includes(words)))).toEqual([]);
});

itIf(manifest.status === 0, `this clone has no commit ${commit}: git fetch --unshallow`)(
  "the commit of the previous release is of that version",
  () => {
    expect((JSON.parse(manifest.stdout) as { version: string }).version).toBe(version);
  },
);
