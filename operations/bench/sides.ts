import { spawnSync } from "node:child_process";
import { cpSync, existsSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { AT_A_TIME } from "../engine/at-a-time.ts";
import { localEnvironment, toolsEnvironment } from "../../tools/environment.ts";
import { copyProject, type Place, writeTenants } from "./place.ts";
import { finished } from "./measured.ts";
import type { OpenSide, Side, SideParts, Step } from "./side.ts";
import { isFar, type SideId, type Task, TASK_IDS } from "./task.ts";

const CLI = join(import.meta.dirname, "../../cli/tenantry");
/** Only a checkout of tenantry has it: it is no part of the package. */
const PEERS = join(import.meta.dirname, "../../bench/peers");
const LOOK = ["up", "plan", "preview", "plan-one", "add-one"] as const;

/** All sides, by their ids. */
export function allSides(parts: SideParts): Readonly<Record<SideId, Side>> {
  return {
    tenantry: tenantrySide(parts),
    idle: idleSide(parts),
    pulumi: pulumiSide(parts),
    dynamic: dynamicSide(parts),
    script: scriptSide(parts),
    terraform: terraformSide(parts),
  };
}

const VERBS: Readonly<Record<Exclude<Task, "rotate">, readonly string[]>> = {
  up: ["up", "--yes", "--no-refresh"],
  plan: ["plan", "--no-refresh"],
  preview: ["plan", "--no-refresh", "--all"],
  "fresh-preview": ["plan", "--all"],
  "plan-one": ["plan", "--no-refresh"],
  "add-one": ["up", "--yes", "--no-refresh"],
  "add-all": ["up", "--yes", "--no-refresh", "--all"],
  drift: ["drift"],
  destroy: ["destroy", "--yes"],
  "far-up": ["up", "--yes", "--no-refresh", "--parallel", String(AT_A_TIME)],
  "far-drift": ["drift"],
};

function tenantrySide(parts: SideParts): Side {
  return {
    does: TASK_IDS,
    why: "",
    missing: () => "",
    needsCloud: true,
    open: (place) => Promise.resolve(openTenantry(parts, place)),
  };
}

function openTenantry({ projectDir, env }: SideParts, { dir, home }: Place): OpenSide {
  copyProject(projectDir, dir);
  const surroundings = { ...toolsEnvironment({ projectDir, env }), TENANTRY_HOME: home };
  return {
    declare: (ids) => writeTenants(dir, ids),
    step(task, ids) {
      const words = task === "rotate" ? ["rotate", ...ids, "--apply", "--yes"] : VERBS[task];
      return { words: [CLI, ...words], cwd: dir, env: surroundings, exit: task === "plan-one" ? 2 : 0 };
    },
    stateFile: stateOf(home, "tenantry"),
  };
}

/** Where Pulumi keeps the state of a project's stack. */
function stateOf(home: string, project: string): string {
  return join(home, `state/.pulumi/stacks/${project}/local.json`);
}

/** The program takes only types from the provider's folder, so another one may take its place. */
function idleSide(parts: SideParts): Side {
  return {
    ...tenantrySide(parts),
    does: LOOK,
    why: "its provider has nothing to look at or to delete",
    missing: withoutPeers,
    open(place) {
      const open = openTenantry(parts, place);
      rmSync(join(place.dir, "provider"));
      symlinkSync(join(PEERS, "idle-provider"), join(place.dir, "provider"));
      return Promise.resolve(open);
    },
  };
}

const PULUMI: Readonly<Partial<Record<Task, readonly string[]>>> = {
  up: ["up", "--yes", "--skip-preview"],
  plan: ["preview"],
  preview: ["preview"],
  "fresh-preview": ["preview", "--refresh"],
  "plan-one": ["preview"],
  "add-one": ["up", "--yes", "--skip-preview"],
  drift: ["refresh", "--preview-only"],
  rotate: ["up", "--yes", "--skip-preview"],
  destroy: ["destroy", "--yes", "--skip-preview"],
  "far-up": ["up", "--yes", "--skip-preview"],
  "far-drift": ["refresh", "--preview-only"],
};

function pulumiStep({ projectDir, env }: SideParts, { dir, home }: Place, words: readonly string[]): Step {
  const own = { ...localEnvironment({ projectDir, home, env }), TENANTRY_HOME: home, PULUMI_STACK: "local" };
  return { words: ["pulumi", ...words, "--stack", "local", "--non-interactive"], cwd: dir, env: own };
}

function pulumiSide(parts: SideParts): Side {
  return {
    does: [...LOOK, "fresh-preview", "drift", "rotate", "far-up", "far-drift"],
    why: "buckets and databases are protected: `pulumi destroy` refuses",
    missing: () => "",
    needsCloud: true,
    async open(place) {
      copyProject(parts.projectDir, place.dir);
      await finished(pulumiStep(parts, place, ["stack", "init"]));
      return {
        declare: (ids, epoch) => writeTenants(place.dir, ids, epoch),
        step: (task) => pulumiStep(parts, place, PULUMI[task] ?? []),
        stateFile: stateOf(place.home, "tenantry"),
      };
    },
  };
}

function dynamicSide(parts: SideParts): Side {
  return {
    does: [...LOOK, "fresh-preview", "drift", "destroy"],
    why: "nobody wrote it into that file",
    missing: withoutPeers,
    needsCloud: true,
    async open(place) {
      const { dir } = place;
      cpSync(join(PEERS, "dynamic"), dir, { recursive: true });
      symlinkSync(join(parts.projectDir, "node_modules"), join(dir, "node_modules"));
      await finished(pulumiStep(parts, place, ["stack", "init"]));
      return {
        declare: (ids) => writeFileSync(join(dir, "tenants.json"), JSON.stringify(ids)),
        step: (task) => pulumiStep(parts, place, PULUMI[task] ?? []),
        stateFile: stateOf(place.home, "dynamic"),
      };
    },
  };
}

function scriptSide({ projectDir, env }: SideParts): Side {
  return {
    does: ["up", "add-one", "drift", "destroy", "far-up", "far-drift"],
    why: "a script plans nothing, and this one rotates nothing",
    missing: withoutPeers,
    needsCloud: true,
    open({ dir, home }) {
      copyProject(projectDir, dir);
      const own = { ...toolsEnvironment({ projectDir, env }), TENANTRY_HOME: home };
      const node = [process.execPath, "--disable-warning=ExperimentalWarning", join(PEERS, "script.ts")] as const;
      return Promise.resolve({
        declare: (ids) => writeTenants(dir, ids),
        step(task) {
          const verb = task === "destroy" ? "destroy" : task === "drift" || task === "far-drift" ? "drift" : "up";
          return { words: [...node, verb, ...(isFar(task) ? [String(AT_A_TIME)] : [])], cwd: dir, env: own };
        },
        stateFile: join(dir, "script-state.json"),
      });
    },
  };
}

const APPLY = ["apply", "-auto-approve"];
const TERRAFORM: Readonly<Partial<Record<Task, readonly string[]>>> = {
  up: APPLY,
  plan: ["plan"],
  "plan-one": ["plan"],
  preview: ["plan"],
  "add-one": APPLY,
  rotate: APPLY,
  destroy: ["destroy", "-auto-approve"],
};

function terraformSide({ env }: SideParts): Side {
  return {
    does: [...LOOK, "rotate", "destroy"],
    why: "its engine has nothing to look at",
    missing() {
      if (withoutPeers() !== "") return withoutPeers();
      const { status } = spawnSync("terraform", ["version"], { env, stdio: "ignore" });
      return status === 0 ? "" : "no `terraform` on PATH";
    },
    needsCloud: false,
    async open({ dir }) {
      const own = { ...env, CHECKPOINT_DISABLE: "1", TF_IN_AUTOMATION: "1", TF_INPUT: "0" };
      const step = (words: readonly string[]): Step => ({
        words: ["terraform", ...words, "-no-color"],
        cwd: dir,
        env: own,
      });
      cpSync(join(PEERS, "terraform"), dir, { recursive: true });
      await finished(step(["init"]));
      return {
        declare: (ids, epoch) =>
          writeFileSync(join(dir, "fleet.auto.tfvars.json"), JSON.stringify({ tenants: ids, epoch })),
        step: (task) => step(TERRAFORM[task] ?? []),
        stateFile: join(dir, "terraform.tfstate"),
      };
    },
  };
}

function withoutPeers(): string {
  return existsSync(PEERS) ? "" : "only a checkout of tenantry has what it is compared with";
}
