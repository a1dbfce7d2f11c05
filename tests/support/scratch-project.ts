import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { openStack } from "../../stack/context.ts";
import { pulumiEnvironment } from "../../operations/engine/pulumi.ts";
import { type Answer, atTerminal } from "./at-terminal.ts";
import { discard } from "./evidence.ts";
import { type Ran, run } from "./ran.ts";
import { warmVerbs } from "./warm/verbs.ts";

const ROOT = join(import.meta.dirname, "../..");
const TENANTRY = join(ROOT, "cli/tenantry");

export { type Ran, run };

/** A project of a test's own: the program, provider and CLI of this checkout, but tenants, settings and state apart. */
export interface ScratchProject {
  readonly dir: string;
  /** Writes `tenants/<stack>/<id>.yaml`. */
  tenant(id: string, text?: string, stack?: string): void;
  removeTenant(id: string, stack?: string): void;
  /** Writes `Pulumi.<stack>.yaml` with these settings over those of the local stack. */
  settings(values: Readonly<Record<string, string>>, stack?: string): void;
  /** `npx tenantry …` in this project. */
  tenantry(...args: string[]): Promise<Ran>;
  /** The same at a pseudo-terminal, where somebody gives each answer when its question stands there. Needs `script`. */
  atTerminal(answers: readonly Answer[], ...args: string[]): Promise<Ran>;
  /** `pulumi … --stack <stack> --non-interactive` in this project. */
  pulumi(...args: string[]): Promise<Ran>;
  /** A line as somebody pastes it into a shell in this project, with what `pulumi` needs in its environment. */
  shell(line: string): Promise<Ran>;
  /** Sets variables for all later commands. */
  readonly env: Record<string, string>;
  dispose(): void;
}

const SETTINGS = {
  cloud: "embedded",
  fleetId: "0123456789abcdef0123456789abcdef",
  prefix: "tst",
  tursoOrganization: "tenantry-local",
  flyOrganization: "tenantry-local",
};

/** What a verb says every 15 seconds (output/progress.ts): how busy this computer is decides, not what a test is about. */
const STILL_AT_WORK = /^[a-z][a-z ]* (?:of|in) [^\n]*\(\d+ s\)\n/gm;

/**
 * Makes a scratch project whose home is `home`: the home of the test's own cloud. `verbs: "warm"` runs its verbs in one
 * process that has loaded them before (warm/verbs.ts), and has `pulumi` use the provider in it.
 * `stack` is the stack that `tenant`, `removeTenant`, `settings` and `pulumi` mean; default: `local`.
 */
export function scratchProject(
  home: string,
  { verbs = "cold", stack: own = "local" }: { verbs?: "cold" | "warm"; stack?: string } = {},
): ScratchProject {
  const dir = mkdtempSync(join(tmpdir(), "tenantry-project-"));
  for (const name of [
    "index.ts",
    "components",
    "provider",
    "processes",
    "stack",
    "errors",
    "resource-kinds",
    "tools",
    "node_modules",
    "package.json",
  ]) {
    symlinkSync(join(ROOT, name), join(dir, name));
  }
  copyFileSync(join(ROOT, "Pulumi.yaml"), join(dir, "Pulumi.yaml"));
  mkdirSync(join(dir, "tenants"));
  copyFileSync(join(ROOT, "tenants/plans.yaml"), join(dir, "tenants/plans.yaml"));
  writeFileSync(join(home, "passphrase"), "tenantry-local", { mode: 0o600 });
  mkdirSync(join(home, "state"), { recursive: true, mode: 0o700 });

  const env: Record<string, string> = { TENANTRY_HOME: home };
  const environment = () => ({ ...pulumiEnvironment({ ...openStack(own, dir), home }), ...env });
  const warm = verbs === "warm" ? warmVerbs() : undefined;
  const project: ScratchProject = {
    dir,
    env,
    tenant(id, text = "owner: team@example.com\n", stack = own) {
      const folder = join(dir, "tenants", stack);
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, `${id}.yaml`), text);
    },
    removeTenant(id, stack = own) {
      rmSync(join(dir, "tenants", stack, `${id}.yaml`));
    },
    settings(values, stack = own) {
      const entries = Object.entries({ ...SETTINGS, ...values }).map(([key, value]) => `  tenantry:${key}: ${value}\n`);
      writeFileSync(join(dir, `Pulumi.${stack}.yaml`), `config:\n${entries.join("")}`);
    },
    tenantry: async (...args) => {
      const place = { cwd: dir, env: { ...process.env, ...env } };
      const ran = await (warm?.run({ words: args, ...place }) ?? run(TENANTRY, args, place.cwd, place.env));
      return { ...ran, stderr: ran.stderr.replaceAll(STILL_AT_WORK, "") };
    },
    atTerminal: (answers, ...args) => atTerminal([TENANTRY, ...args], answers, dir, { ...process.env, ...env }),
    pulumi: (...args) => {
      const words = [...args, "--stack", own, "--non-interactive"];
      const place = { cwd: dir, env: environment() };
      return warm?.run({ program: "pulumi", words, ...place }) ?? run("pulumi", words, place.cwd, place.env);
    },
    shell: (line) => run("sh", ["-c", line], dir, environment()),
    dispose: () => {
      warm?.dispose();
      discard(dir);
    },
  };
  project.settings({});
  return project;
}

/** The JSON that a program printed. Throws what it said instead when that is none. */
export function parsed(ran: Ran): unknown {
  try {
    return JSON.parse(ran.stdout);
  } catch {
    throw new Error(
      `no JSON, but exit code ${ran.code}, on standard output:\n${ran.stdout}\non standard error:\n${ran.stderr}`,
    );
  }
}
