import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { openStack } from "../../stack/context.ts";
import { pulumiEnvironment } from "../../operations/engine/pulumi.ts";
import { type Answer, atTerminal } from "./at-terminal.ts";
import { discard } from "./evidence.ts";
import { startKeyService } from "./key-service.ts";
import { type Ran, run } from "./ran.ts";
import type { Order } from "./warm/host.ts";
import { besideWarm, runWarm } from "./warm/verbs.ts";

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
  /** The same with these variables besides. */
  tenantryWith(more: Readonly<Record<string, string>>, ...args: string[]): Promise<Ran>;
  /** The same in a process of its own, also where verbs are warm. */
  asProcess(...args: string[]): Promise<Ran>;
  /** The same at a pseudo-terminal, where somebody gives each answer when its question is there. Needs `script`. */
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
 * Makes a scratch project whose home is `home`: the home of the test's own cloud. `verbs: "warm"` runs its verbs in a
 * process that has loaded them before, and has `pulumi` use the provider and the program that are there (warm/verbs.ts).
 * `secrets` is what encrypts those of its stacks; default: a key service where verbs are warm, else a passphrase. `stack` is the stack that `tenant`, `removeTenant`, `settings` and `pulumi` mean; default: `local`.
 */
export function scratchProject(
  home: string,
  {
    verbs = "cold",
    secrets = verbs === "warm" ? "key service" : "passphrase",
    stack: own = "local",
  }: { verbs?: "cold" | "warm"; secrets?: "passphrase" | "key service"; stack?: string } = {},
): ScratchProject {
  const dir = mkdtempSync(join(tmpdir(), "tenantry-project-"));
  for (const name of [
    "index.ts",
    "components",
    "provider",
    "stack",
    "errors",
    "resource-kinds",
    "tools",
    "node_modules",
    "package.json",
  ]) {
    symlinkSync(join(ROOT, name), join(dir, name));
  }
  // Where Pulumi.yaml says that the language host is.
  symlinkSync(join(ROOT, verbs === "warm" ? "tests/support/warm/processes" : "processes"), join(dir, "processes"));
  copyFileSync(join(ROOT, "Pulumi.yaml"), join(dir, "Pulumi.yaml"));
  mkdirSync(join(dir, "tenants"));
  copyFileSync(join(ROOT, "tenants/plans.yaml"), join(dir, "tenants/plans.yaml"));
  writeFileSync(join(home, "passphrase"), "tenantry-local", { mode: 0o600 });
  mkdirSync(join(home, "state"), { recursive: true, mode: 0o700 });

  const keys = secrets === "key service" ? startKeyService() : undefined;
  const env: Record<string, string> = { TENANTRY_HOME: home, ...keys?.env };
  const environment = () => ({ ...pulumiEnvironment({ ...openStack(own, dir), home }), ...env });
  const warm = verbs === "warm" ? runWarm : () => undefined;
  const beside: typeof besideWarm = verbs === "warm" ? besideWarm : ({ env: variables }, work) => work(variables);
  const alone = ({ words, cwd, env: variables }: Order) => run(TENANTRY, words, cwd, variables);
  const order = (words: readonly string[], more: Readonly<Record<string, string>> = {}): Order => ({
    words,
    cwd: dir,
    env: { ...process.env, ...env, ...more },
  });
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
      writeFileSync(join(dir, `Pulumi.${stack}.yaml`), `config:\n${entries.join("")}${keys?.settings ?? ""}`);
    },
    tenantry: (...args) => project.tenantryWith({}, ...args),
    tenantryWith: async (more, ...args) => {
      const given = order(args, more);
      return quietly(await (warm(given) ?? alone(given)));
    },
    asProcess: async (...args) => quietly(await alone(order(args))),
    atTerminal: (answers, ...args) =>
      beside(order(args), (variables) => atTerminal([TENANTRY, ...args], answers, dir, variables)),
    pulumi: (...args) => {
      const words = [...args, "--stack", own, "--non-interactive"];
      const place = { cwd: dir, env: environment() };
      return warm({ program: "pulumi", words, ...place }) ?? run("pulumi", words, place.cwd, place.env);
    },
    shell: (line) => beside({ cwd: dir, env: environment() }, (variables) => run("sh", ["-c", line], dir, variables)),
    dispose: () => {
      keys?.close();
      discard(dir);
    },
  };
  project.settings({});
  return project;
}

const quietly = (ran: Ran): Ran => ({ ...ran, stderr: ran.stderr.replaceAll(STILL_AT_WORK, "") });

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
