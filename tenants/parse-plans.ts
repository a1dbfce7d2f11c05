import { inReadingOrder } from "./fault.ts";
import { planProblems } from "./model/combinations.ts";
import { layered } from "./model/settings.ts";
import type { Problem } from "./model/problem.ts";
import { DEFAULT_PLAN } from "./model/resolve-tenant.ts";
import { plan, plansFile } from "./model/tenant-file.ts";
import type { Plans } from "./model/tenant-file.ts";
import type { Parsed } from "./parsed.ts";
import { explain } from "./yaml/explain.ts";
import { knownKeysOf } from "./yaml/known-keys.ts";
import { placed } from "./yaml/placed.ts";
import { soundPart, standsAlone } from "./yaml/sound-part.ts";
import { readYaml } from "./yaml/yaml-text.ts";

const KEYS = knownKeysOf(plan);

/** Reads the plans file: all its faults, or the plans. A plan must hold together by itself. Pure, never throws. */
export function parsePlans(text: string, fileName: string): Parsed<Plans> {
  const yaml = readYaml(text, fileName, "standard: {}");
  if (yaml.value === undefined) return { ok: false, faults: yaml.faults };
  const checked = plansFile.safeParse(yaml.value);
  const problems = checked.success
    ? problemsOf(checked.data)
    : allProblems(explain(checked.error.issues, yaml.value, KEYS, 1), yaml.value);
  const faults = [...yaml.faults, ...problems.map((problem) => placed(problem, yaml, fileName))];
  if (!checked.success || faults.length > 0) return { ok: false, faults: inReadingOrder(faults) };
  return { ok: true, value: checked.data };
}

function allProblems(wrong: readonly Problem[], value: unknown): Problem[] {
  const rest = soundPart(plansFile, value, wrong);
  return [...wrong, ...(rest === undefined ? [] : problemsOf(rest)).filter((problem) => standsAlone(problem, wrong))];
}

function problemsOf(plans: Plans): Problem[] {
  const problems = Object.entries(plans).flatMap(([name, plan]) =>
    planProblems(layered(plan, {}), plan).map((problem) => ({
      ...problem,
      path: [name, ...problem.path],
      or: (problem.or ?? []).map((path) => [name, ...path]),
    })),
  );
  if (Object.hasOwn(plans, DEFAULT_PLAN)) return problems;
  return [
    ...problems,
    { path: [DEFAULT_PLAN], code: "missing", message: "expected a plan of this name: tenants without a plan use it" },
  ];
}
