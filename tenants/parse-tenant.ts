import { basename } from "node:path";

import { inReadingOrder } from "./fault.ts";
import type { FileFault } from "./fault.ts";
import { tenantProblems } from "./model/combinations.ts";
import { driftProblems } from "./model/drift.ts";
import { orList } from "./model/field.ts";
import type { Problem } from "./model/problem.ts";
import { DEFAULT_PLAN, resolveTenant } from "./model/resolve-tenant.ts";
import { layered } from "./model/settings.ts";
import { ownerlessFile, tenantFile } from "./model/tenant-file.ts";
import type { OwnerlessFile, Plans } from "./model/tenant-file.ts";
import { TENANT_ID, TENANT_ID_EXPECTED } from "./model/tenant-id.ts";
import type { Tenant } from "./model/tenant.ts";
import type { Parsed } from "./parsed.ts";
import { REGIONS } from "./regions.ts";
import type { Regions } from "./regions.ts";
import { explain } from "./yaml/explain.ts";
import { knownKeysOf } from "./yaml/known-keys.ts";
import { placed } from "./yaml/placed.ts";
import { soundPart, standsAlone } from "./yaml/sound-part.ts";
import { closestOfForm, closestTo } from "./yaml/suggest.ts";
import { readYaml } from "./yaml/yaml-text.ts";

const KEYS = knownKeysOf(tenantFile);

/**
 * Reads one tenant file: all its faults, or the tenant with everything filled in. Never throws; pure when given the time.
 *
 * @param fileName Path for messages; its last part without `.yaml` is the tenant's id.
 * @param plans The plans that can be named; `undefined` when the plans file itself is broken: then only the file is checked.
 * @param now For dates that must not lie too far ahead.
 */
export function parseTenant(
  text: string,
  fileName: string,
  plans: Plans | undefined,
  regions: Regions = REGIONS,
  now: Date = new Date(),
): Parsed<Tenant> {
  const id = basename(fileName).replace(/\.yaml$/, "");
  const yaml = readYaml(text, fileName, "owner: team@example.com");
  const nameFaults = idFaults(id, fileName);
  if (yaml.value === undefined) return { ok: false, faults: [...nameFaults, ...yaml.faults] };
  const checked = tenantFile.safeParse(yaml.value);
  const problems = checked.success
    ? togetherProblems(checked.data, plans, now)
    : allProblems(explain(checked.error.issues, yaml.value, KEYS), yaml.value, plans, now);
  const faults = [...nameFaults, ...yaml.faults, ...problems.map((problem) => placed(problem, yaml, fileName))];
  if (!checked.success || faults.length > 0 || plans === undefined)
    return { ok: false, faults: inReadingOrder(faults) };
  return { ok: true, value: resolveTenant(id, checked.data, plans, regions) };
}

/** What is wrong by itself, and what is wrong about the fields that are left. */
function allProblems(wrong: readonly Problem[], value: unknown, plans: Plans | undefined, now: Date): Problem[] {
  const rest = soundPart(ownerlessFile, value, wrong);
  const further =
    rest === undefined || wrong.some(({ path }) => path[0] === "plan") ? [] : togetherProblems(rest, plans, now);
  return [...wrong, ...further.filter((problem) => standsAlone(problem, wrong))];
}

function togetherProblems(file: OwnerlessFile, plans: Plans | undefined, now: Date): Problem[] {
  if (plans === undefined) return [];
  const name = file.plan ?? DEFAULT_PLAN;
  const plan = Object.hasOwn(plans, name) ? plans[name] : undefined;
  if (plan !== undefined) return [...tenantProblems(layered(file, plan), file), ...driftProblems(file.drift, now)];
  const meant = closestTo(name, Object.keys(plans));
  return [
    {
      path: ["plan"],
      code: "not-one-of",
      message: `expected a plan of tenants/plans.yaml: ${orList(Object.keys(plans))}`,
      hint: meant === undefined ? undefined : `did you mean ${meant}?`,
    },
  ];
}

function idFaults(id: string, file: string): FileFault[] {
  if (TENANT_ID.test(id)) return [];
  const meant = closestOfForm(id, TENANT_ID);
  const hint = meant === undefined ? {} : { hint: `did you mean ${meant}.yaml?` };
  const message = `the file's name is the tenant's id: expected ${TENANT_ID_EXPECTED}`;
  return [{ file, line: 1, column: 1, path: "", code: "file", message, ...hint }];
}
