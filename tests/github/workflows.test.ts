import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "@jest/globals";
import { parse } from "yaml";
import * as z from "zod";

const projectDir = join(import.meta.dirname, "../..");
const workflows = globSync(".github/workflows/*.yml", { cwd: projectDir }).sort();
const actions = globSync(".github/actions/**/action.yml", { cwd: projectDir });

const step = z.looseObject({
  run: z.string().optional(),
  uses: z.string().optional(),
  env: z.record(z.string(), z.string()).optional(),
});
const job = z.looseObject({
  if: z.string().optional(),
  permissions: z.record(z.string(), z.string()),
  environment: z.string().optional(),
  "timeout-minutes": z.number().optional(),
  env: z.record(z.string(), z.string()).optional(),
  /** A call of another workflow of ours has no steps, and the time that one has. */
  uses: z.literal("./.github/workflows/stacks.yml").optional(),
  steps: z.array(step).default([]),
});
const workflow = z.looseObject({
  on: z.record(z.string(), z.unknown()),
  permissions: z.record(z.string(), z.string()),
  env: z.undefined().optional(),
  jobs: z.record(z.string(), job),
});

const textOf = (file: string) => readFileSync(join(projectDir, file), "utf8");
const jobsOf = (file: string) => Object.entries(workflow.parse(parse(textOf(file))).jobs);
const usesSecrets = (value: unknown) => JSON.stringify(value ?? {}).includes("secrets.");

describe("the workflows", () => {
  it("are plan, apply, deep, drift, expire, images, newest, restores, rollout, rotate, snapshots, stacks and test", () => {
    expect(workflows).toEqual(
      [
        "apply",
        "deep",
        "drift",
        "expire",
        "images",
        "newest",
        "plan",
        "restores",
        "rollout",
        "rotate",
        "snapshots",
        "stacks",
        "test",
      ].map((name) => `.github/workflows/${name}.yml`),
    );
  });

  it.each([...workflows, ...actions])("pin every foreign action to a commit, with its version: %s", (file) => {
    const used = [...textOf(file).matchAll(/uses: (.+)/g)].map(([, action = ""]) => action);
    expect(used.length).toBeGreaterThan(0);
    expect(used.filter((action) => !/^\.\/|^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(action))).toEqual([]);
  });

  it("have what decrypts a state wherever they have the place where it lies", () => {
    const steps = workflows.flatMap((file) => jobsOf(file).flatMap(([, each]) => each.steps));
    const environments = steps.flatMap(({ env = {} }) => ("PULUMI_BACKEND_URL" in env ? [env] : []));
    expect(environments.length).toBeGreaterThan(6);
    const passphrases = environments.map((env) => env["PULUMI_CONFIG_PASSPHRASE"]);
    expect([...new Set(passphrases)]).toEqual(["${{ secrets.PULUMI_CONFIG_PASSPHRASE }}"]);
  });

  it.each(workflows)("give no job more rights than it asks for: %s", (file) => {
    expect(workflow.parse(parse(textOf(file))).permissions).toEqual({});
    const asked: Readonly<Record<string, object>> = {
      validate: { contents: "read" },
      plan: { contents: "read", "pull-requests": "write" },
      planned: {},
      apply: { contents: "read", actions: "read", "pull-requests": "read" },
      applied: {},
      stacks: { contents: "read" },
      deep: { contents: "read" },
      elsewhere: { contents: "read" },
      strangers: { contents: "read" },
      test: { contents: "read" },
      drift: { contents: "read", issues: "write" },
      expire: { contents: "write", "pull-requests": "write" },
      images: { contents: "write", "pull-requests": "write" },
      newest: { contents: "read", issues: "write" },
      restores: { contents: "read", issues: "write" },
      rollout: { contents: "write", "pull-requests": "write" },
      finish: { contents: "write", "pull-requests": "write" },
      rotate: { contents: "read", issues: "write" },
      snapshots: { contents: "read", issues: "write" },
    };
    for (const [name, { permissions }] of jobsOf(file)) {
      expect({ name, permissions }).toEqual({ name, permissions: asked[name] });
    }
  });

  it.each(workflows)("end by themselves: %s", (file) => {
    const endless = jobsOf(file).filter(([, job]) => job.uses === undefined && job["timeout-minutes"] === undefined);
    expect(endless.map(([name]) => name)).toEqual([]);
  });

  it.each(workflows)("show secrets to the one step that needs them, and to no script text: %s", (file) => {
    for (const [, { steps, environment, ...rest }] of jobsOf(file)) {
      expect(usesSecrets(rest)).toBe(false);
      const withSecrets = steps.filter(usesSecrets);
      expect(withSecrets.map(({ uses }) => uses)).toEqual(withSecrets.map(() => undefined));
      expect(withSecrets.length).toBe(environment === undefined ? 0 : 1);
      expect(steps.filter(({ run = "" }) => run.includes("${{"))).toEqual([]);
    }
  });

  it("never give credentials to a fork's pull request", () => {
    expect(workflows.filter((file) => textOf(file).includes("pull_request_target"))).toEqual([]);
    const jobs = Object.fromEntries(jobsOf(".github/workflows/plan.yml"));
    expect(jobs["plan"]?.if).toContain("github.event.pull_request.head.repo.full_name == github.repository");
    expect([usesSecrets(jobs["validate"]), usesSecrets(jobs["planned"])]).toEqual([false, false]);
  });

  it("let an apply and a rotation end, and neither drift nor rotation push a waiting apply aside", () => {
    expect(textOf(".github/workflows/apply.yml")).toContain(
      "group: apply-${{ matrix.stack }}\n      cancel-in-progress: false",
    );
    expect(textOf(".github/workflows/rotate.yml")).toContain(
      "group: rotate-${{ matrix.stack }}\n      cancel-in-progress: false",
    );
    expect(textOf(".github/workflows/drift.yml")).not.toContain("group: apply-");
  });

  it("use the secrets that docs/going-live.md names, and no other", () => {
    const used = new Set(
      workflows.flatMap((file) => [...textOf(file).matchAll(/secrets\.(\w+)/g)].map(([, name]) => name)),
    );
    const page = textOf("docs/going-live.md");
    expect([...used].filter((name) => !page.includes(`\`${name ?? ""}\``))).toEqual([]);
  });
});
