import { clockFrom } from "../../provider/clock.ts";
import { comingDue } from "../engine/coming-due.ts";
import { credentialsOf } from "../engine/credentials.ts";
import { filledBuckets } from "./filled-buckets.ts";
import { readsAtATime } from "../engine/at-a-time.ts";
import { declaredFleet } from "../../stack/declared-fleet.ts";
import { removedTenants } from "../engine/removed-tenants.ts";
import { type StoredResource, storedResources } from "../engine/stack-state.ts";
import { policyViolations } from "./policy-check.ts";
import type { Plan } from "./plan-document.ts";
import { planned, plannedResources } from "./planned.ts";
import { parseDigest } from "../engine/preview-digest.ts";
import { targetArgs } from "../engine/targets.ts";
import { previewDigest } from "../engine/preview.ts";
import type { StackContext } from "../../stack/context.ts";

/**
 * What `up` would do with this stack, or with `only` some of its tenants. Changes nothing anywhere. Throws
 * TENANT_FILES_INVALID, PULUMI_FAILED.
 *
 * `stored` is the stack's state where it was read already. While a tenant exists whose file is gone the program refuses to
 * run at all: then the plan holds what that tenant has, as lost, and nothing else.
 */
export async function planOf(
  context: StackContext,
  {
    refresh,
    stored,
    only = [],
  }: { readonly refresh: boolean; readonly stored?: readonly StoredResource[]; readonly only?: readonly string[] },
): Promise<Plan> {
  const { stack } = context;
  const { tenants } = declaredFleet(context);
  const resources = stored ?? (await storedResources(context, { secrets: false }));
  const removed = removedTenants(context, resources);
  const about = { stack, tenants, refreshed: refresh, madeAt: new Date() };
  if (removed.size > 0) {
    const steps = [...removed.values()]
      .flat()
      .map((resource) => ({ op: "delete", urn: resource.urn, oldState: resource }));
    const digest = parseDigest(JSON.stringify({ steps }));
    return planned({
      ...about,
      digest,
      violations: [],
      removed: [...removed.keys()].sort(),
      due: [],
      filled: new Set(),
    });
  }
  const chosen = tenants.filter(({ id }) => only.includes(id));
  const options = [...(refresh ? ["--refresh", ...readsAtATime] : []), ...targetArgs(stack, chosen)];
  const digest = await previewDigest(context, ["preview", "--show-sames", ...options]);
  const violations = policyViolations(context, tenants, plannedResources(digest));
  const filled = await filledBuckets(context, digest.steps);
  const due = comingDue(tenants, credentialsOf(resources), clockFrom(process.env)());
  return limitedPlan(planned({ ...about, digest, violations, removed: [], due, filled }), only);
}

/** Without what is said of the tenants that nobody asked for. An error stays: any of them may be behind it. */
function limitedPlan(plan: Plan, only: readonly string[]): Plan {
  if (only.length === 0) return plan;
  return {
    ...plan,
    unchanged: plan.unchanged.filter((tenant) => only.includes(tenant)),
    violations: plan.violations.filter(({ tenant }) => only.includes(tenant)),
    due: plan.due.filter(({ tenant }) => only.includes(tenant)),
  };
}
