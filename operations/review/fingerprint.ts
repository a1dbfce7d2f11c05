import * as z from "zod";

import { withoutSecrets } from "../../output/shown.ts";
import { parseUrn } from "../../resource-kinds/urn.ts";
import { actionOf, ANEW, LATER } from "./changes.ts";
import { UNKNOWN_VALUE } from "../../resource-kinds/pulumi-marks.ts";
import { digestOf } from "../engine/canonical.ts";
import { action, countingSteps } from "../engine/steps.ts";
import { kindOf } from "../../resource-kinds/kinds.ts";
import type { PreviewDigest, PreviewStep } from "../engine/preview-digest.ts";

const PROTECTED = "(protected)";

const settings = z.record(z.string(), z.string());

export const resourcePrint = z.strictObject({
  action: action.optional().describe("The planned operation. Absent: none."),
  id: z.string().optional(),
  prior: settings.optional().describe("Every setting it had, by path, as JSON. Absent: it did not exist."),
  outputs: z
    .string()
    .optional()
    .describe("A digest of its outputs. Never the values, which may contain digests of secrets."),
  desired: z
    .record(z.string(), z.string().nullable())
    .nullable()
    .describe("Settings that the plan changes; null: removed. Null as a whole: the resource is deleted."),
});
export type ResourcePrint = z.infer<typeof resourcePrint>;

/** Everything a plan rests on, by URN: each resource's prior state and its desired settings. */
export const fingerprint = z.record(z.string(), resourcePrint);
export type Fingerprint = Readonly<z.infer<typeof fingerprint>>;

/**
 * What a preview rests on. Pure. Secrets are not part of it, not even as digests (docs/adr/0016): a secret that
 * changes always shows in a key's id, a version or a date beside it.
 */
export function fingerprintOf({ steps }: Pick<PreviewDigest, "steps">): Fingerprint {
  const counting = [...countingSteps(steps).values()];
  const prints = counting.flatMap((step) => {
    const kind = kindOf(typeOf(step));
    return kind === undefined ? [] : [[step.urn, printOf(step, actionOf(step, kind))] as const];
  });
  return Object.fromEntries(prints.sort(([one], [other]) => (one < other ? -1 : 1)));
}

function typeOf({ urn }: PreviewStep): string {
  return parseUrn(urn).types.at(-1) ?? "";
}

function printOf(step: PreviewStep, action: ResourcePrint["action"]): ResourcePrint {
  const { oldState, newState } = step;
  const prior = oldState === undefined ? undefined : settingsIn(oldState);
  const isDeleted = step.op === "delete" || newState === undefined;
  return {
    ...(action === undefined ? {} : { action }),
    ...(oldState?.id === undefined ? {} : { id: oldState.id }),
    ...(prior === undefined ? {} : { prior }),
    ...(oldState?.outputs === undefined ? {} : { outputs: digestOf(oldState.outputs) }),
    // What was not looked at is in one piece what it was: of a large stack that is nearly all.
    desired: isDeleted ? null : newState === oldState ? {} : changesTo(prior ?? {}, settingsIn(newState)),
  };
}

function settingsIn({ inputs = {}, protect }: NonNullable<PreviewStep["oldState"]>): Record<string, string> {
  return Object.fromEntries([
    ...leaves("", withoutSecrets(inputs)),
    ...(protect === true ? [[PROTECTED, "true"] as const] : []),
  ]);
}

function changesTo(prior: Readonly<Record<string, string>>, desired: Readonly<Record<string, string>>) {
  const changed = Object.entries(desired)
    .filter(([path, value]) => prior[path] !== value)
    .map(([path, value]): [string, string | null] => [path, path === "issued" ? ANEW : value]);
  const taken = Object.keys(prior)
    .filter((path) => !(path in desired))
    .map((path): [string, null] => [path, null]);
  return Object.fromEntries([...changed, ...taken].sort(([one], [other]) => (one < other ? -1 : 1)));
}

/** Every setting at its deepest place. Keys are quoted where a plain one could be mistaken for a path. */
function leaves(path: string, value: unknown): (readonly [string, string])[] {
  const inner = typeof value === "object" && value !== null ? Object.entries(value).sort(byKey) : [];
  if (inner.length > 0) {
    return inner.flatMap(([key, each]) => leaves(Array.isArray(value) ? `${path}[${key}]` : below(path, key), each));
  }
  return path === "" || value === undefined ? [] : [[path, value === UNKNOWN_VALUE ? LATER : JSON.stringify(value)]];
}

function below(path: string, key: string): string {
  if (!/^[A-Za-z_$][\w$]*$/.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === "" ? key : `${path}.${key}`;
}

const byKey = ([one]: [string, unknown], [other]: [string, unknown]) => (one < other ? -1 : 1);
