import { existsSync } from "node:fs";
import { join } from "node:path";

import { usesAws } from "../../components/resources/aws.ts";
import { OWN_POLICIES } from "../../policies/of-project.ts";
import { kindOf } from "../../resource-kinds/kinds.ts";
import { parseUrn } from "../../resource-kinds/urn.ts";
import type { StackContext } from "../../stack/context.ts";
import { declaredFleet } from "../../stack/declared-fleet.ts";
import type { Tenant } from "../../tenants/model/tenant.ts";
import { isPlainProgram } from "../changed/plain-program.ts";
import { recordsIn } from "../changed/state-digests.ts";
import { removedTenants } from "../engine/removed-tenants.ts";
import type { StackState } from "../engine/stack-state.ts";
import { tenantOf } from "../engine/steps.ts";
import { targetedGroups } from "../engine/targets.ts";
import type { PlanDocument } from "./plan-document.ts";
import { type Look, lookAt, meantTenants, type PlanOptions } from "./planned-stack.ts";
import { refuseInapplicable } from "./refusal.ts";

/** What an `up` is to apply, and for whom. */
export interface ToApply extends Pick<Look, "tenants" | "seenAsKnown"> {
  /** Undefined: the run only creates new resources, and nobody would read the plan. */
  readonly plan: PlanDocument | undefined;
}

/**
 * What an `up` without a reviewed plan is to apply. Throws what makes a plan one not to apply (`refusalOf`). If it could
 * refuse nothing and nobody would read it, no plan is made, because a plan takes as long as the change itself.
 */
export async function planToApply(
  context: StackContext,
  options: Required<Omit<PlanOptions, "meant">> & { readonly isShown: boolean },
): Promise<ToApply> {
  const { state, only, isShown } = options;
  // Of what does not exist the vendors can have nothing else.
  const isNew = { plan: undefined, ...(state.isBroken ? {} : { seenAsKnown: Date.now() }) };
  if (!isShown && !state.resources.some(({ type }) => kindOf(type) !== undefined))
    return { ...isNew, tenants: only.length === 0 ? "all" : only };
  const { tenants } = declaredFleet(context);
  const meant = await meantTenants(context, tenants, options);
  const chosen = tenants.filter(({ id }) => meant !== "all" && meant.includes(id));
  const isClear = removedTenants(context, state.resources).size === 0 && isJudgedByFiles(context);
  if (!isShown && isClear && addsOnly(chosen, state)) return { ...isNew, tenants: meant };
  const look = await lookAt(context, { ...options, meant });
  refuseInapplicable(look.plan);
  return look;
}

/** Whether all that policies have to say of new tenants is said by their files: a project's own may look into a plan. */
function isJudgedByFiles({ projectDir }: StackContext): boolean {
  return isPlainProgram(projectDir) && !existsSync(join(projectDir, OWN_POLICIES));
}

/**
 * Whether an `up` of these tenants makes what is new and can do nothing else: the state has nothing that is a target of it.
 * Not of tenants on AWS, whose policy looks at what the program makes. Pure.
 */
export function addsOnly(tenants: readonly Tenant[], { resources, isBroken }: StackState): boolean {
  const ids = new Set(tenants.map(({ id }) => id));
  const groups = targetedGroups(tenants, resources);
  const isTarget = (urn: string) => ids.has(tenantOf(urn)) || groups.includes(parseUrn(urn).name);
  const isNew = (tenant: Tenant) => tenant.state === "active" && !usesAws(tenant);
  return (
    !isBroken &&
    tenants.length > 0 &&
    tenants.every(isNew) &&
    !Object.keys(recordsIn(resources)).some((id) => ids.has(id)) &&
    !resources.some(({ urn }) => isTarget(urn))
  );
}
