import { readFileSync } from "node:fs";

import { TenantryError } from "../../errors/tenantry-error.ts";
import { lookAt, type Look } from "./planned-stack.ts";
import { reviewErrors } from "./errors.ts";
import { moveLine, movesSince } from "./moves.ts";
import { parsePlan, type PlanDocument } from "./plan-document.ts";
import { refuseInapplicable } from "./refusal.ts";
import { exitCodeOf } from "./summary.ts";
import { EXIT } from "../../output/exit-codes.ts";
import type { StackContext } from "../../stack/context.ts";

/** How many moves a refusal names one by one. */
const MOST_MOVES = 20;

/** Reads a plan of this stack that is one to apply. Throws PLAN_UNREADABLE, PLAN_OTHER_STACK, and what `refusalOf` finds. */
export function readReviewedPlan({ stack }: StackContext, file: string): PlanDocument {
  const plan = parsePlan(textOf(file));
  if (plan === undefined) throw new TenantryError(reviewErrors.PLAN_UNREADABLE, file);
  if (plan.stack !== stack) {
    throw new TenantryError(reviewErrors.PLAN_OTHER_STACK, `${file} is a plan of ${plan.stack}, not of ${stack}`);
  }
  refuseInapplicable(plan);
  return plan;
}

/**
 * Makes the plan again and returns what is left to apply; undefined: everything is already as declared. Throws PLAN_MOVED
 * with what moved, and what `refusalOf` finds.
 */
export async function leftToApply(context: StackContext, reviewed: PlanDocument): Promise<Look | undefined> {
  const look = await lookAt(context, { refresh: reviewed.refreshed });
  const now = look.plan;
  if (now.hash === reviewed.hash) {
    // A policy or a declared purge may have changed without any resource doing so.
    refuseInapplicable(now);
    // Also where no resource changes: what Pulumi protects may, and shows in no plan.
    return look;
  }
  if (exitCodeOf(now) === EXIT.ok) return undefined;
  const lines = movesSince(reviewed.fingerprint, now.fingerprint).map(moveLine);
  const rest = lines.length - MOST_MOVES;
  const told = [...lines.slice(0, MOST_MOVES), ...(rest > 0 ? [`… and ${rest} more`] : [])];
  const errors = now.errors.map(({ tenant, message }) => `${tenant}: ${message}`);
  const head = `the plan of ${reviewed.stack} made at ${reviewed.madeAt} no longer holds`;
  throw new TenantryError(reviewErrors.PLAN_MOVED, [head, ...told, ...errors].join("\n  "));
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new TenantryError(reviewErrors.PLAN_UNREADABLE, `cannot read ${file}`, { cause });
  }
}
