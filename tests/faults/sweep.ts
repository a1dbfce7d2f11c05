import { isDeepStrictEqual } from "node:util";

import type { CallCount } from "../../local/call-log.ts";
import { SECRET_SIGNATURE, SIGNATURE_KEY } from "../../resource-kinds/pulumi-marks.ts";
import { type Case, faultOf, MEMORY } from "./faults.ts";
import type { Step } from "./life.ts";
import type { ScratchTenants } from "./scratch-tenants.ts";
import { type Said, TenantLife } from "./tenant-life.ts";

/** A step of the undisturbed life: what it calls, and how the tenant is then. */
export interface Recorded {
  readonly step: Step;
  readonly calls: readonly CallCount[];
  readonly existing: unknown;
}

/** How a case ended. */
export interface Result {
  readonly step: string;
  readonly tried: Case;
  /** False: the disturbed run did not come to that call. */
  readonly isStruck: boolean;
  /** Whether the disturbed run ended with an error. */
  readonly hasFailed: boolean;
  /** What is wrong. Undefined: nothing. */
  readonly wrong: string | undefined;
}

/** Lives the life once, undisturbed. Throws what goes wrong in it. */
export async function recordLife(
  scratch: ScratchTenants,
  prefix: string,
  steps: readonly Step[],
): Promise<readonly Recorded[]> {
  const life = new TenantLife(prefix, scratch);
  const recorded: Recorded[] = [];
  for (const step of steps) {
    await scratch.cloud.faults(MEMORY);
    await life.prepare(step);
    await scratch.cloud.forgetCalls();
    const { errors } = await life.perform(step);
    if (errors.length > 0) throw new Error(`${step.title}: ${errors.join("; ")}`);
    const calls = await scratch.cloud.calls();
    await life.finish(step);
    recorded.push({ step, calls, existing: await life.existing() });
  }
  return recorded;
}

/**
 * Lives the life once with one case per step: the step is done with the fault, then once more without it, and the tenant has
 * to be as in the undisturbed life. It ends at the first step in which something is wrong.
 */
export async function disturbedLife(
  scratch: ScratchTenants,
  prefix: string,
  recorded: readonly Recorded[],
  caseOf: (step: number) => Case | undefined,
): Promise<readonly Result[]> {
  const life = new TenantLife(prefix, scratch);
  const results: Result[] = [];
  for (const [at, { step, existing }] of recorded.entries()) {
    const tried = caseOf(at);
    await scratch.cloud.faults(MEMORY);
    await life.prepare(step);
    const disturbed = tried === undefined ? undefined : await disturb(scratch, life, step, tried);
    const calm = await life.perform(step);
    const wrong =
      (disturbed && shown(disturbed.said, life.secrets(), disturbed.secrets)) ??
      (calm.errors.length > 0 ? `the next run fails: ${calm.errors.join("; ")}` : undefined) ??
      (await afterwards(life, step, existing));
    if (tried !== undefined && disturbed !== undefined) {
      const { isStruck, said } = disturbed;
      results.push({ step: step.title, tried, isStruck, hasFailed: said.errors.length > 0, wrong });
    } else if (wrong !== undefined) throw new Error(`${step.title}: ${wrong}`);
    if (wrong !== undefined) return results;
  }
  return results;
}

async function disturb({ cloud }: ScratchTenants, life: TenantLife, step: Step, tried: Case) {
  const before = life.state;
  await cloud.faults(faultOf(tried), MEMORY);
  const said = await life.perform(step, tried.trouble.patience);
  const [struck = 0] = await cloud.struck();
  await cloud.faults(MEMORY);
  const secrets = life.secrets();
  if (tried.trouble.isForgotten === true) life.forget(before);
  return { said, isStruck: struck > 0, secrets };
}

async function afterwards(life: TenantLife, step: Step, undisturbed: unknown): Promise<string | undefined> {
  try {
    await life.finish(step);
    const existing = await life.existing();
    return isDeepStrictEqual(existing, undisturbed) ? undefined : `it differs: ${differing(undisturbed, existing)}`;
  } catch (error) {
    return `what the machine has opens nothing: ${String(error)}`;
  }
}

/** The places where two values differ. */
function differing(one: unknown, other: unknown, place = ""): string {
  if (isDeepStrictEqual(one, other)) return "";
  if (!isObject(one) || !isObject(other)) return `${place}: ${JSON.stringify(one)} -> ${JSON.stringify(other)}\n`;
  const keys = [...new Set([...Object.keys(one), ...Object.keys(other)])];
  return keys.map((key) => differing(one[key], other[key], `${place}/${key}`)).join("");
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

/** Where a secret is shown, if one is. */
function shown({ errors, told }: Said, ...secrets: readonly (readonly string[])[]): string | undefined {
  const text = JSON.stringify([errors, told.map(withoutSecrets)]);
  const found = secrets.flat().find((secret) => text.includes(secret));
  return found === undefined ? undefined : `a secret is shown: ${text.replaceAll(found, "<HERE>").slice(0, 2000)}`;
}

function withoutSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (!isObject(value)) return value;
  if (value[SIGNATURE_KEY] === SECRET_SIGNATURE) return "(secret)";
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, withoutSecrets(each)]));
}
