import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { candidates, type World } from "../../cli/completion/candidates.ts";
import { SCRIPTS, type Shell } from "../../cli/completion/scripts.ts";
import { projectWorld } from "../../cli/completion/world.ts";
import { VERBS } from "../../cli/verbs.ts";
import { run } from "../support/scratch-project.ts";
import { hasProgram } from "../support/programs.ts";
import { itIf } from "../support/skip.ts";

const world: World = {
  stack: "local",
  stacks: () => ["local", "prod"],
  tenants: (stack) => (stack === "prod" ? ["big"] : ["acme", "acme-2", "globex"]),
};

const after = (...words: string[]) => candidates(words, world);

describe("completion", () => {
  it("offers the verbs, and those that begin with what was typed", async () => {
    expect(await after("")).toEqual(expect.arrayContaining([...VERBS.map(({ name }) => name), "help"]));
    expect(await after("pu")).toEqual(["pull", "push"]);
    expect(await after("help", "pla")).toEqual(["plan"]);
    expect(await after("cloud", "")).toEqual(["up", "down", "status", "env", "logs"]);
    expect(await after("help", "cloud", "d")).toEqual(["down"]);
  });

  it("offers a verb's options, and none that is hidden", async () => {
    expect(await after("logs", "acme", "--f")).toEqual(["--follow"]);
    expect(await after("cloud", "up", "--m")).toEqual(["--machines"]);
    expect(await after("completion", "--")).not.toContain("--words");
  });

  it("offers the values of an option, written either way and as bash cuts it up", async () => {
    expect(await after("status", "--stack", "")).toEqual(["local", "prod"]);
    expect(await after("status", "-s", "p")).toEqual(["prod"]);
    expect(await after("status", "--stack=p")).toEqual(["--stack=prod"]);
    expect(await after("status", "--stack", "=")).toEqual(["local", "prod"]);
    expect(await after("status", "--stack", "=", "p")).toEqual(["prod"]);
    expect(await after("access", "acme", "--mode", "read-w")).toEqual(["read-write"]);
  });

  it("offers the tenants of the stack that was named, where a tenant belongs", async () => {
    expect(await after("show", "")).toEqual(["acme", "acme-2", "globex"]);
    expect(await after("show", "-s", "prod", "")).toEqual(["big"]);
    expect(await after("show", "--stack", "=", "prod", "")).toEqual(["big"]);
    expect(await after("show", "acme", "")).toEqual([]);
    expect(await after("demo", "--tenant", "g")).toEqual(["globex"]);
    expect(await after("rotate", "acme", "")).toEqual(["acme-2", "globex"]);
  });

  it("offers nothing where only a new name, a file or somebody else's command fits", async () => {
    expect(await after("new", "")).toEqual([]);
    expect(await after("pull", "acme", "")).toEqual([]);
    expect(await after("plan", "--out", "")).toEqual([]);
    expect(await after("exec", "acme", "--", "pl")).toEqual([]);
    expect(await after("nosuch", "")).toEqual([]);
  });

  it("knows stacks and tenants from the names of files, and nothing outside a project", () => {
    const dir = mkdtempSync(join(tmpdir(), "tenantry-completion-"));
    try {
      expect(projectWorld(dir, {}).stacks()).toEqual([]);
      for (const name of ["Pulumi.yaml", "Pulumi.prod.yaml", "Pulumi.dev.yaml"]) writeFileSync(join(dir, name), "");
      mkdirSync(join(dir, "tenants/prod"), { recursive: true });
      writeFileSync(join(dir, "tenants/prod/big.yaml"), "");
      const found = projectWorld(join(dir, "tenants"), { TENANTRY_STACK: "prod" });
      expect(found.stacks()).toEqual(["dev", "prod"]);
      expect(found.tenants(found.stack)).toEqual(["big"]);
      expect(found.tenants("../..")).toEqual([]);
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
});

describe("the script of a shell", () => {
  let bin: string;

  beforeAll(() => {
    bin = mkdtempSync(join(tmpdir(), "tenantry-shells-"));
    symlinkSync(join(import.meta.dirname, "../../cli/tenantry"), join(bin, "tenantry"));
  });

  afterAll(() => {
    rmSync(bin, { recursive: true });
  });

  /** What the shell offers after `tenantry status --stack l`, by its own means of completion. */
  const asks: Readonly<Record<Shell, string>> = {
    bash: 'COMP_WORDS=(tenantry status --stack l); COMP_CWORD=3; _tenantry; printf "%s\\n" "${COMPREPLY[@]}"',
    zsh: "compadd() { print -l ${(P)2} }; words=(tenantry status --stack l); CURRENT=4; _tenantry",
    fish: "complete -C 'tenantry status --stack l'",
  };
  const shells: readonly Shell[] = ["bash", "zsh", "fish"];

  for (const shell of shells) {
    itIf(hasProgram(shell), `there is no ${shell}`)(`completes in ${shell}`, async () => {
      const before = shell === "zsh" ? "compdef() { : }\n" : "";
      const env = { ...process.env, PATH: `${bin}:${process.env["PATH"] ?? ""}`, HOME: bin };
      const text = `${before}${SCRIPTS[shell]}\n${asks[shell]}\n`;
      const done = await run(
        shell,
        [...(shell === "zsh" ? ["-f"] : []), "-c", text],
        join(import.meta.dirname, "../.."),
        env,
      );
      expect(done).toMatchObject({ code: 0, stdout: "local\n", stderr: "" });
    });
  }
});
