import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, expect, it } from "@jest/globals";

import { checkedOut } from "../../stack/git.ts";

let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "tenantry-git-"));
});

afterEach(() => {
  rmSync(dir, { recursive: true });
});

const git = (...words: string[]) => execFileSync("git", words, { cwd: dir, encoding: "utf8" }).trim();

function commit(): string {
  const who = ["-c", "user.name=a", "-c", "user.email=a@example.com"];
  git("add", "--all");
  git(...who, "commit", "--quiet", "--allow-empty", "--message", "some");
  return git("rev-parse", "HEAD");
}

it("knows no commit outside a repository, nor before the first one", async () => {
  expect(await checkedOut(dir)).toBeUndefined();
  git("init", "--quiet");
  writeFileSync(join(dir, "file"), "new");
  expect(await checkedOut(dir)).toBeUndefined();
});

it("names the commit and whether the folder is as it is in it, whatever lies beside the folder", async () => {
  git("init", "--quiet");
  const project = join(dir, "project");
  mkdirSync(project);
  writeFileSync(join(project, "file"), "one");
  const sha = commit();
  expect(await checkedOut(project)).toEqual({ sha, isClean: true });
  writeFileSync(join(dir, "beside"), "new");
  expect(await checkedOut(project)).toEqual({ sha, isClean: true });
  writeFileSync(join(project, "file"), "two");
  expect(await checkedOut(project)).toEqual({ sha, isClean: false });
  const next = commit();
  expect(await checkedOut(project)).toEqual({ sha: next, isClean: true });
  writeFileSync(join(project, "untracked"), "new");
  expect(await checkedOut(project)).toEqual({ sha: next, isClean: false });
  git("checkout", "--quiet", "--detach", sha);
  rmSync(join(project, "untracked"));
  expect(await checkedOut(project)).toEqual({ sha, isClean: true });
});
