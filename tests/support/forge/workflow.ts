import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runInNewContext } from "node:vm";

import { parse } from "yaml";
import * as z from "zod";

import { type Ran, run } from "../scratch-project.ts";

const ROOT = join(import.meta.dirname, "../../..");

const texts = z.record(z.string(), z.string());

const step = z.looseObject({
  id: z.string().optional(),
  if: z.string().optional(),
  run: z.string().optional(),
  uses: z.string().optional(),
  with: z.record(z.string(), z.unknown()).default({}),
  env: texts.default({}),
});

const job = z.looseObject({
  if: z.string().optional(),
  needs: z.union([z.string(), z.array(z.string())]).default([]),
  strategy: z.looseObject({ matrix: z.string() }).optional(),
  outputs: texts.default({}),
  env: texts.default({}),
  steps: z.array(step).default([]),
  /** Another workflow, which is called in the place of steps. */
  uses: z.string().optional(),
  with: texts.default({}),
});

const workflow = z.looseObject({
  on: z.looseObject({
    workflow_call: z.looseObject({ outputs: z.record(z.string(), z.object({ value: z.string() })) }).optional(),
  }),
  jobs: z.record(z.string(), job),
});

type Job = z.infer<typeof job>;

const vector = z.object({ include: z.array(texts) });

/** What GitHub knows when it runs a workflow: the contexts of its expressions. */
export interface Contexts {
  readonly github: Readonly<Record<string, unknown>>;
  readonly vars: Readonly<Record<string, string>>;
  readonly secrets: Readonly<Record<string, string>>;
  /** What a workflow is given that another one calls. */
  readonly inputs?: Readonly<Record<string, string>>;
}

/** Where a job runs. */
export interface Runner {
  /** The checkout. */
  readonly dir: string;
  readonly env: Readonly<Record<string, string>>;
  /** Stand-ins for the actions that do more than prepare the machine, by name without the version. */
  readonly actions: Readonly<Record<string, (inputs: Readonly<Record<string, unknown>>) => void>>;
}

export interface JobRun {
  readonly job: string;
  readonly result: "success" | "failure" | "skipped";
  readonly outputs: Readonly<Record<string, string>>;
  readonly steps: readonly { readonly run: string; readonly ran: Ran }[];
  /** What the steps wrote for people. */
  readonly summary: string;
}

const SKIPPED = { result: "skipped", outputs: {}, steps: [], summary: "" } as const;

/**
 * Runs the jobs of a workflow file as GitHub would, one after the other, each for every value of its matrix: needs,
 * conditions, expressions, environments, outputs, calls of other workflows and the shell are read from the file; only the actions
 * are stood in for.
 */
export async function runWorkflow(file: string, contexts: Contexts, runnerOf: () => Runner): Promise<JobRun[]> {
  const { jobs } = readWorkflow(file);
  const runs: JobRun[] = [];
  for (const [name, described] of Object.entries(jobs)) {
    const needed = [described.needs]
      .flat()
      .map((need) => [need, asOne(runs.filter(({ job }) => job === need))] as const);
    const scope = { ...contexts, needs: Object.fromEntries(needed) };
    const before = needed.map(([, result]) => result);
    if (!isDue(described.if, before, scope)) runs.push({ job: name, ...SKIPPED });
    else if (described.uses !== undefined) runs.push(await called(name, described, scope, runnerOf));
    else
      for (const matrix of matrixOf(described, scope))
        runs.push(await runJob(name, described, { ...scope, matrix }, runnerOf()));
  }
  return runs;
}

function readWorkflow(file: string): z.infer<typeof workflow> {
  return workflow.parse(parse(readFileSync(file, "utf8")));
}

/** What later jobs know of one that ran for several values. */
function asOne(runs: readonly JobRun[]): Pick<JobRun, "result" | "outputs"> {
  const [result = "skipped"] = (["failure", "skipped", "success"] as const).filter((each) =>
    runs.some((run) => run.result === each),
  );
  return { result, outputs: Object.assign({}, ...runs.map(({ outputs }) => outputs)) as JobRun["outputs"] };
}

function matrixOf({ strategy }: Job, scope: object): readonly Readonly<Record<string, string>>[] {
  return strategy === undefined ? [{}] : vector.parse(evaluate(strategy.matrix, scope)).include;
}

/** Runs the workflow that a job calls, and answers as that job. */
async function called(job: string, described: Job, scope: Contexts, runnerOf: () => Runner): Promise<JobRun> {
  const file = join(ROOT, described.uses ?? "");
  const runs = await runWorkflow(file, { ...scope, inputs: filled(described.with, scope) }, runnerOf);
  const jobs = Object.fromEntries(runs.map((run) => [run.job, run]));
  const outputs = Object.entries(readWorkflow(file).on.workflow_call?.outputs ?? {});
  return {
    job,
    result: asOne(runs).result,
    outputs: filled(Object.fromEntries(outputs.map(([name, { value }]) => [name, value])), { jobs }),
    steps: runs.flatMap(({ steps }) => steps),
    summary: runs.map(({ summary }) => summary).join(""),
  };
}

/** A condition without a word about the result holds only after success. */
function isDue(condition: string | undefined, before: readonly Pick<JobRun, "result">[], scope: object): boolean {
  const asksForResult = /\b(?:always|cancelled|failure)\(\)/.test(condition ?? "");
  const isFine = before.every(({ result }) => result === "success");
  return (isFine || asksForResult) && (condition === undefined || Boolean(evaluate(condition, scope)));
}

async function runJob(
  job: string,
  { env, steps, outputs }: Job,
  scope: object,
  { dir, env: machine, actions }: Runner,
): Promise<JobRun> {
  const files = mkdtempSync(join(tmpdir(), "tenantry-job-"));
  const place = (file: string) => join(files, file);
  writeFileSync(place("summary"), "");
  const done: { run: string; ran: Ran }[] = [];
  let result: JobRun["result"] = "success";
  // The context knows every step of the job, also those that come later or were skipped.
  const ended = Object.fromEntries(steps.map(({ id = "" }) => [id, { outputs: orEmpty({}) }]));
  const inJob = { ...scope, steps: ended };
  for (const [index, each] of steps.entries()) {
    if (!isDue(each.if, [{ result }], inJob)) continue;
    if (each.run === undefined) {
      actions[each.uses?.split("@")[0] ?? ""]?.(filled(each.with, inJob));
      continue;
    }
    writeFileSync(place(`${index}.sh`), each.run);
    writeFileSync(place("output"), "");
    const ran = await run("bash", ["--noprofile", "--norc", "-eo", "pipefail", place(`${index}.sh`)], dir, {
      ...machine,
      GITHUB_OUTPUT: place("output"),
      GITHUB_STEP_SUMMARY: place("summary"),
      ...filled(env, inJob),
      ...filled(each.env, inJob),
    });
    if (ran.code !== 0) result = "failure";
    done.push({ run: each.run, ran });
    if (each.id !== undefined) ended[each.id] = { outputs: orEmpty(outputsIn(place("output"))) };
  }
  const summary = readFileSync(place("summary"), "utf8");
  rmSync(files, { recursive: true });
  return { job, result, outputs: filled(outputs, inJob), steps: done, summary };
}

function outputsIn(file: string): Record<string, string> {
  const lines = readFileSync(file, "utf8").split("\n").filter(Boolean);
  return Object.fromEntries(lines.map((line) => /^([^=]*)=(.*)$/.exec(line)?.slice(1) as [string, string]));
}

/** For GitHub an output that was never written is the same as an empty one. */
function orEmpty(outputs: Record<string, string>): Record<string, string> {
  return new Proxy(outputs, { get: (target, name) => target[name as string] ?? "" });
}

/** Fills in the expressions of every value. What is empty is set and empty, as at GitHub. */
function filled(values: Readonly<Record<string, unknown>>, scope: object): Record<string, string> {
  const entries = Object.entries(values).map(([key, value]) => [key, text(String(value), scope)]);
  return Object.fromEntries(entries) as Record<string, string>;
}

function text(template: string, scope: object): string {
  return template.replaceAll(/\$\{\{.*?\}\}/gs, (expression) => asText(evaluate(expression, scope)));
}

function asText(value: unknown): string {
  return typeof value === "string" ? value : value === undefined ? "" : JSON.stringify(value);
}

/** GitHub's expressions are JavaScript's, as far as the workflows use them. */
function evaluate(expression: string, scope: object): unknown {
  const source = expression.replace(/^\s*\$\{\{(.*)\}\}\s*$/s, "$1");
  const functions = {
    fromJSON: (json: string) => JSON.parse(json) as unknown,
    always: () => true,
    cancelled: () => false,
  };
  return runInNewContext(source, { ...scope, ...functions }) as unknown;
}
