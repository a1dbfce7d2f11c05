import { readFileSync } from "node:fs";

import { clockFrom } from "../../provider/clock.ts";
import { leftOutIn } from "./left-out.ts";
import { filledBuckets } from "./filled-buckets.ts";
import { readsAtATime } from "../engine/at-a-time.ts";
import { declaredFleet } from "../../stack/declared-fleet.ts";
import { isSeenAsKnown } from "../changed/drifted.ts";
import { selectedTenants } from "../changed/selected.ts";
import { withUntouched } from "../changed/untouched-steps.ts";
import { removedTenants } from "../engine/removed-tenants.ts";
import { onPartOfState } from "../engine/part-of-state.ts";
import { type StackState, stackState } from "../engine/stack-state.ts";
import { policyViolations } from "./policy-check.ts";
import type { PlanDocument } from "./plan-document.ts";
import { planned, plannedResources } from "./planned.ts";
import { parseDigest, type PreviewDigest } from "../engine/preview-digest.ts";
import { restartsIn } from "./restarts.ts";
import { valueAt } from "../../rollouts/change.ts";
import { tenantPath } from "../../tenants/edits/edit-tenant-file.ts";
import { readYaml } from "../../tenants/yaml/yaml-text.ts";
import { SHARED, tenantOf } from "../engine/steps.ts";
import { limitedEnvironment, targetArgs } from "../engine/targets.ts";
import { previewDigest } from "../engine/preview.ts";
import type { StackContext } from "../../stack/context.ts";
import type { Tenant } from "../../tenants/model/tenant.ts";
import { dueOf } from "../history/snapshots-due.ts";

export interface PlanOptions {
  /** Ask the vendors first what they have. */
  readonly refresh: boolean;
  /** The stack's state where it was read already. */
  readonly state?: StackState;
  /** Ids of the tenants that it is limited to; default: none, and so the stack. */
  readonly only?: readonly string[];
  /** Look at every tenant, also at those that are as the last `up` has left them. Default: false. */
  readonly all?: boolean;
  /** The tenants to look at, where that was found already. */
  readonly meant?: Look["tenants"];
}

/** A plan, and the tenants that were looked at for it: those that an `up` of it has to apply. */
export interface Look {
  readonly plan: PlanDocument;
  /** Ids; `all`: the whole stack. */
  readonly tenants: readonly string[] | "all";
  /** When the vendors were seen to have what the state says of all that was looked at, in milliseconds since 1970. Undefined: they were not. */
  readonly seenAsKnown?: number;
}

/** What `up` would do: the plan of `lookAt`. */
export async function planOf(context: StackContext, options: PlanOptions): Promise<PlanDocument> {
  return (await lookAt(context, options)).plan;
}

/**
 * What `up` would do with this stack, or with `only` some of its tenants. Changes nothing anywhere. Tenants that are as the
 * last `up` has left them are not looked at again (docs/changed-tenants.md); the plan is the same as if they were. Throws
 * TENANT_FILES_INVALID, PULUMI_FAILED.
 *
 * While a tenant exists whose file is gone the program refuses to run at all: then the plan holds what that tenant has, as
 * lost, and nothing else.
 */
export async function lookAt(
  context: StackContext,
  { refresh, state: known, only = [], all = false, meant: found }: PlanOptions,
): Promise<Look> {
  const { stack } = context;
  const { tenants } = declaredFleet(context);
  const state = known ?? (await stackState(context));
  const removed = removedTenants(context, state.resources);
  const madeAt = new Date();
  const about = { stack, tenants, refreshed: refresh, madeAt };
  if (removed.size > 0) {
    const steps = [...removed.values()]
      .flat()
      .map((resource) => ({ op: "delete", urn: resource.urn, oldState: resource }));
    const digest = parseDigest(JSON.stringify({ steps }));
    const gone = { removed: [...removed.keys()].sort(), violations: [], due: [], filled: new Set<string>() };
    return { plan: planned({ ...about, ...gone, digest }), tenants: "all" };
  }
  const meant = found ?? (await meantTenants(context, tenants, { refresh, state, only, all }));
  const digest = await previewOf(context, tenants, { refresh, meant, state });
  const restarts = restartsIn(digest, ownSettings(context));
  const violations = policyViolations(context, tenants, { resources: plannedResources(digest), restarts });
  const filled = await filledBuckets(context, digest.steps);
  const now = clockFrom(process.env)();
  const { due } = await dueOf(context, { tenants, resources: state.resources, now });
  const leftOut = await leftOutIn(context, now);
  const plan = planned({ ...about, digest, violations, removed: [], due, leftOut, filled });
  const isLooked = (tenant: string) => meant === "all" || tenant === SHARED || meant.includes(tenant);
  const looked = state.resources.filter(({ urn }) => isLooked(tenantOf(urn)));
  const isKnown = refresh && !state.isBroken && isSeenAsKnown(digest, looked);
  return { plan: limitedPlan(plan, only), tenants: meant, ...(isKnown ? { seenAsKnown: madeAt.getTime() } : {}) };
}

/** What a tenant's own file says of a setting. Its file is read when it is asked for. */
function ownSettings(context: StackContext): (tenant: string, setting: readonly string[]) => unknown {
  const data = new Map<string, unknown>();
  return (tenant, setting) => {
    if (!data.has(tenant)) {
      const path = tenantPath(context, tenant);
      data.set(tenant, readYaml(readFileSync(path, "utf8"), path, "").value);
    }
    return valueAt(data.get(tenant), setting);
  };
}

/** Whom a run has to look at. Reads only. */
export async function meantTenants(
  context: StackContext,
  tenants: readonly Tenant[],
  { refresh, state, only, all }: Required<Omit<PlanOptions, "meant">>,
): Promise<Look["tenants"]> {
  if (only.length > 0) return only;
  return all ? "all" : (await selectedTenants(context, tenants, { state, refresh })).tenants;
}

interface Previewed {
  readonly refresh: boolean;
  readonly meant: Look["tenants"];
  readonly state: StackState;
}

/** A preview of the tenants that are meant; of the others it says what their state says. */
async function previewOf(
  context: StackContext,
  tenants: readonly Tenant[],
  { refresh, meant, state }: Previewed,
): Promise<PreviewDigest> {
  const options = ["preview", "--show-sames", ...(refresh ? ["--refresh", ...readsAtATime] : [])];
  if (meant === "all") return previewDigest(context, options);
  const { resources: stored } = state;
  const others = stored.filter(({ urn }) => tenantOf(urn) === SHARED || !meant.includes(tenantOf(urn)));
  if (meant.length === 0) return { steps: withUntouched([], others), errors: [], warnings: [] };
  const chosen = tenants.filter(({ id }) => meant.includes(id));
  const targets = targetArgs(context.stack, chosen, stored);
  const digest = await onPartOfState(state, meant, (env) =>
    previewDigest(context, [...options, ...targets], { ...limitedEnvironment(meant), ...env }),
  );
  return { ...digest, steps: withUntouched(digest.steps, others) };
}

/** Without what is said of the tenants that nobody asked for. An error stays: any of them may be behind it. */
function limitedPlan(plan: PlanDocument, only: readonly string[]): PlanDocument {
  if (only.length === 0) return plan;
  return {
    ...plan,
    unchanged: plan.unchanged.filter((tenant) => only.includes(tenant)),
    violations: plan.violations.filter(({ tenant }) => only.includes(tenant)),
    due: plan.due.filter(({ tenant }) => only.includes(tenant)),
    leftOut: plan.leftOut.filter(({ tenant }) => only.includes(tenant)),
  };
}
