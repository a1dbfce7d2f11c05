import { readFileSync } from "node:fs";
import { join, relative } from "node:path";

import { TenantryError } from "../../errors/tenantry-error.ts";
import { policiesOf } from "../../policies/of-project.ts";
import type { PlannedResource, RestartingChange } from "../../policies/policy.ts";
import { violationsOf } from "../../policies/violations.ts";
import type { Tenant } from "../../tenants/model/tenant.ts";
import { placed } from "../../tenants/yaml/placed.ts";
import { readYaml } from "../../tenants/yaml/yaml-text.ts";
import { declaredFleet } from "../../stack/declared-fleet.ts";
import type { StackContext } from "../../stack/context.ts";
import { reviewErrors } from "./errors.ts";
import type { PlacedViolation } from "./model.ts";
import { counted } from "../../output/counted.ts";

/** What a plan shows beyond the tenants' files. */
export interface PlanSeen {
  readonly resources: ReadonlyMap<string, readonly PlannedResource[]>;
  readonly restarts: ReadonlyMap<string, readonly RestartingChange[]>;
}

/** Every policy that the stack's tenants break, each with the place in the file that decides it. Reads those files. */
export function policyViolations(
  { projectDir, stack, settings: { cloud, maxUngatedTenants } }: StackContext,
  tenants: readonly Tenant[],
  seen: Partial<PlanSeen> = {},
): PlacedViolation[] {
  const judged = { stack, cloud, tenants, limits: { maxUngatedTenants }, ...seen };
  const found = violationsOf(judged, { policies: policiesOf(projectDir) });
  return found.map(({ path: inFile = [], message, plan, ...violation }) => {
    const name = plan === undefined ? join(stack, `${violation.tenant}.yaml`) : "plans.yaml";
    const path = plan === undefined ? inFile : [plan, ...inFile];
    const file = relative(process.cwd(), join(projectDir, "tenants", name));
    const text = readYaml(readFileSync(file, "utf8"), file, "");
    const { line, column, path: field } = placed({ path, code: "combination", message }, text, file);
    return { ...violation, message, file, line, column, path: field };
  });
}

/** Throws POLICY_BROKEN with every mandatory policy that the tenant files break, before anything is called. */
export function refuseBrokenPolicies(context: StackContext): void {
  const broken = policyViolations(context, declaredFleet(context).tenants).filter(({ level }) => level === "mandatory");
  if (broken.length === 0) return;
  throw new TenantryError(
    reviewErrors.POLICY_BROKEN,
    [counted(broken.length, "violation"), ...broken.map(violationLine)].join("\n  "),
  );
}

/** `file:line:column: policy (level): message`, which editors and terminals make clickable. */
export function violationLine({ file, line, column, policy, level, message }: PlacedViolation): string {
  return `${file}:${line}:${column}: ${policy}${level === "advisory" ? " (advisory)" : ""}: ${message}`;
}
