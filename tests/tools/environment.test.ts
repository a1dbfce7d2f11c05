import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";

import { activation } from "../../tools/activation.ts";
import { localEnvironment, toolsEnvironment } from "../../tools/environment.ts";
import { prepareHome } from "../../tools/prepare-home.ts";
import { itIf } from "../support/skip.ts";

const inherited = { PATH: "/usr/bin:/bin", PULUMI_CONFIG_PASSPHRASE: "somebody's own", OTHER: "stays" };

/** What a shell has in its environment after it sourced `file`. */
function sourced(shell: string, file: string, times: number): Record<string, string> {
  const source = Array.from({ length: times }, () => '. "$FILE"').join("; ");
  const text = execFileSync(shell, ["-c", `${source}; unset FILE; env -0`], {
    env: { ...inherited, FILE: file },
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
  const pairs = text.split("\0").filter((line) => line !== "");
  const made = Object.fromEntries(
    pairs.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
  );
  // What shells add of themselves; the last two zsh.
  for (const name of ["_", "PWD", "SHLVL", "OLDPWD", "HOME", "LOGNAME"]) Reflect.deleteProperty(made, name);
  return made;
}

describe("The environment of the local stack", () => {
  let projectDir: string;
  let home: string;
  let file: string;

  beforeEach(() => {
    projectDir = join(mkdtempSync(join(tmpdir(), "tenantry-env-")), "it's 100% of a #1 folder?");
    home = join(projectDir, ".tenantry");
    file = join(projectDir, "activate");
    mkdirSync(projectDir);
    writeFileSync(file, activation({ projectDir, home }));
  });

  afterEach(() => {
    rmSync(join(projectDir, ".."), { recursive: true });
  });

  for (const shell of ["sh", "bash", "zsh"]) {
    const path = ["/bin", "/usr/bin"].map((folder) => join(folder, shell)).find((candidate) => existsSync(candidate));
    itIf(path !== undefined, `this machine has no ${shell}`)(`is the same in ${shell} as in TypeScript`, () => {
      const expected = localEnvironment({ projectDir, home, env: inherited });
      expect(sourced(path ?? shell, file, 1)).toEqual(expected);
      expect(sourced(path ?? shell, file, 2)).toEqual(expected);
    });
  }

  it("does not let somebody's own passphrase win", () => {
    expect(localEnvironment({ projectDir, home, env: inherited })).not.toHaveProperty("PULUMI_CONFIG_PASSPHRASE");
  });

  it("puts the project's programs first on PATH, once, however often it is made", () => {
    const once = toolsEnvironment({ projectDir, env: inherited });
    expect(once["PATH"]).toBe(`${home}/bin:${projectDir}/node_modules/.bin:/usr/bin:/bin`);
    expect(toolsEnvironment({ projectDir, env: once })).toEqual(once);
  });

  it("leaves the environment of other stacks as it is, but for PATH", () => {
    expect(toolsEnvironment({ projectDir, env: inherited })).toEqual({ ...inherited, PATH: expect.any(String) });
  });

  it("leads Pulumi to a state of its own, also when the folder's name has odd characters", () => {
    prepareHome(home);
    const env = { ...localEnvironment({ projectDir, home, env: { ...process.env } }) };
    writeFileSync(join(projectDir, "Pulumi.yaml"), "name: tenantry\nruntime: nodejs\n");
    const args = ["--non-interactive", "--cwd", projectDir];
    execFileSync("pulumi", ["stack", "init", "local", ...args], { env, stdio: "pipe" });
    execFileSync("pulumi", ["config", "set", "--secret", "a", "b", "--stack", "local", ...args], {
      env,
      stdio: "pipe",
    });
    const value = execFileSync("pulumi", ["config", "get", "a", "--stack", "local", ...args], {
      env,
      encoding: "utf8",
    });
    expect(value.trim()).toBe("b");
    expect(existsSync(join(home, "state/.pulumi/stacks/tenantry/local.json"))).toBe(true);
  });
});
