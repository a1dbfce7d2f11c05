import { basename } from "node:path";

import { inReadingOrder } from "./fault.ts";
import type { Fault } from "./fault.ts";
import { combinationProblems } from "./model/combinations.ts";
import type { Problem } from "./model/problem.ts";
import { DEFAULT_PLAN, resolveTenant } from "./model/resolve-tenant.ts";
import { layered } from "./model/settings.ts";
import { tenantFile } from "./model/tenant-file.ts";
import type { Plans, TenantFile } from "./model/tenant-file.ts";
import { TENANT_ID, TENANT_ID_EXPECTED } from "./model/tenant-id.ts";
import type { Tenant } from "./model/tenant.ts";
import { REGIONS } from "./regions.ts";
import type { Regions } from "./regions.ts";
import { explain } from "./yaml/explain.ts";
import { knownKeysOf } from "./yaml/known-keys.ts";
import { placed } from "./yaml/placed.ts";
import { closestOfForm, closestTo } from "./yaml/suggest.ts";
import { readYaml } from "./yaml/yaml-text.ts";

export type Parsed<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly faults: readonly Fault[] };

const KEYS = knownKeysOf(tenantFile);

/**
 * Reads one tenant file: all its faults, or the tenant with everything filled in. Pure, never throws.
 *
 * @param fileName Path for messages; its last part without `.yaml` is the tenant's id.
 * @param plans The plans that can be named; `undefined` when the plans file itself is broken: then only the file is checked.
 */
export function parseTenant(
  text: string,
  fileName: string,
  plans: Plans | undefined,
  regions: Regions = REGIONS,
): Parsed<Tenant> {
  const id = basename(fileName).replace(/\.yaml$/, "");
  const yaml = readYaml(text, fileName);
  const nameFaults = idFaults(id, fileName);
  if (yaml.value === undefined) return { ok: false, faults: [...nameFaults, ...yaml.faults] };
  const checked = tenantFile.safeParse(yaml.value);
  const problems = checked.success
    ? togetherProblems(checked.data, plans)
    : explain(checked.error.issues, yaml.value, KEYS);
  const faults = [...nameFaults, ...yaml.faults, ...problems.map((problem) => placed(problem, yaml, fileName))];
  if (!checked.success || faults.length > 0 || plans === undefined)
    return { ok: false, faults: inReadingOrder(faults) };
  return { ok: true, value: resolveTenant(id, checked.data, plans, regions) };
}

function togetherProblems(file: TenantFile, plans: Plans | undefined): Problem[] {
  if (plans === undefined) return [];
  const name = file.plan ?? DEFAULT_PLAN;
  const plan = Object.hasOwn(plans, name) ? plans[name] : undefined;
  if (plan !== undefined) return combinationProblems(layered(file, plan), file);
  const meant = closestTo(name, Object.keys(plans));
  return [
    {
      path: ["plan"],
      code: "not-one-of",
      message: `expected a plan of tenants/plans.yaml: ${Object.keys(plans).join(", ")}`,
      hint: meant === undefined ? undefined : `did you mean ${meant}?`,
    },
  ];
}

function idFaults(id: string, file: string): Fault[] {
  if (TENANT_ID.test(id)) return [];
  const meant = closestOfForm(id, TENANT_ID);
  const hint = meant === undefined ? {} : { hint: `did you mean ${meant}.yaml?` };
  const message = `the file's name is the tenant's id: expected ${TENANT_ID_EXPECTED}`;
  return [{ file, line: 1, column: 1, path: "", code: "file", message, ...hint }];
}
