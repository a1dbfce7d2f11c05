import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readlinkSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { machinesRun } from "../container/machine.ts";
import { type Ran, run } from "../support/scratch-project.ts";
import { itIf } from "../support/skip.ts";

const ROOT = join(import.meta.dirname, "../..");
const isCheckout = existsSync(join(ROOT, ".git"));

/** What people and their CI have around a clone, all of it at once. `npm ci` itself: tests/tools/npm-surroundings.test.ts. */
const SURROUNDINGS: Readonly<Record<string, string>> = {
  NODE_ENV: "production",
  npm_config_omit: "dev optional",
  npm_config_ignore_scripts: "true",
  CI: "1",
  NO_COLOR: "1",
  LANG: "C",
  LC_ALL: "C",
  PAGER: "false",
  GIT_PAGER: "false",
  // Nobody can write there, not even root. npx itself needs a home; cli/tenantry, which it would start, does not.
  HOME: "/proc/none",
};

let dir: string;
let clone: string;
let env: NodeJS.ProcessEnv;
let up: Ran;

/** In a shell whose files nobody else may read: the strictest umask that people have. */
const strictly = (line: string, ...args: string[]) =>
  run("sh", ["-c", `umask 077; cd "$0" && ${line}`, clone, ...args], dir, env);

beforeAll(async () => {
  if (!isCheckout) return;
  dir = mkdtempSync(join(tmpdir(), "tenantry-clone-"));
  clone = join(dir, `it's 100% of a "#1" folder, ünï`);
  const cache = join(dir, "cache");
  env = { ...process.env, ...SURROUNDINGS, XDG_CACHE_HOME: cache };
  mkdirSync(clone);
  const made = await strictly(
    'git -c core.autocrlf=true clone --quiet "$1" . && cp -al "$1/node_modules" node_modules && rm -rf node_modules/.cache',
    ROOT,
  );
  if (made.code !== 0) throw new Error(made.stderr);
  const program = realpathSync(join(ROOT, ".tenantry/bin/versitygw"));
  await strictly('mkdir -p "$2/tenantry" && cp -rl "$1" "$2/tenantry/tools"', dirname(dirname(program)), cache);
  up = await strictly("make up");
}, 600_000);

afterAll(() => {
  if (!isCheckout) return;
  spawnSync("make", ["down"], { cwd: clone, env });
  rmSync(dir, { recursive: true, force: true });
}, 60_000);

describe("a fresh clone under umask 077, with core.autocrlf, in a folder of odd characters, without a home", () => {
  itIf(isCheckout, "this is no checkout")("comes up by `make up`, and its tenants run", () => {
    expect({ code: up.code, stderr: up.stderr }).toMatchObject({ code: 0 });
    expect(up.stdout).toMatch(/^lighthouse-bakery +\d+ created +ok$/m);
    expect(up.stdout).toContain("lighthouse-bakery, with its own credentials:");
    if (machinesRun) expect(up.stdout.match(/ running .*ready passing/g)).toHaveLength(3);
    expect(up.stdout).not.toContain("\u001b");
  });

  itIf(isCheckout, "this is no checkout")(
    "has nothing left to change, for tenantry, plain pulumi and git",
    async () => {
      expect(await strictly("cli/tenantry plan")).toMatchObject({ code: 0 });
      expect(
        await strictly(". .tenantry/activate && pulumi preview -s local --expect-no-changes --non-interactive"),
      ).toMatchObject({ code: 0 });
      expect(await strictly("git status --porcelain")).toMatchObject({ code: 0, stdout: "" });
    },
    300_000,
  );

  itIf(isCheckout, "this is no checkout")("shows nobody else what is secret", () => {
    const open = execFileSync("find", [
      join(clone, ".tenantry"),
      join(clone, ".tenantry/passphrase"),
      "-prune",
      "-perm",
      "/077",
    ]);
    expect(open.toString()).toBe("");
  });

  itIf(isCheckout, "this is no checkout")("runs the Node that its installer chose", () => {
    expect(existsSync(readlinkSync(join(clone, ".tenantry/bin/node")))).toBe(true);
  });
});

it("keeps line ends, whatever git would make of them", () => {
  const attributes = execFileSync(
    "git",
    ["check-attr", "eol", "tools/install.sh", "container/entrypoint.sh", "Makefile"],
    {
      cwd: ROOT,
      encoding: "utf8",
    },
  );
  expect(
    attributes
      .trim()
      .split("\n")
      .map((line) => line.split(": ")[2]),
  ).toEqual(["lf", "lf", "lf"]);
});
