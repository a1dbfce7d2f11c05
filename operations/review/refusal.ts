import { type ErrorKind, TenantryError } from "../../errors/tenantry-error.ts";
import { tenantErrors } from "../../tenants/errors.ts";
import { causesOf, whomInWords } from "../engine/grouped-errors.ts";
import type { Review } from "./changes.ts";
import { reviewErrors } from "./errors.ts";
import { labelOf } from "./labels.ts";
import type { ResourceChange } from "./model.ts";
import type { PlanDocument } from "./plan-document.ts";
import { violationLine } from "./policy-check.ts";
import { counted } from "../../output/counted.ts";

/**
 * Why a plan is not one to apply; undefined when it is. `plan` shows it and ends with its exit code, `up` throws it before
 * anything is touched: one decision, with one code and the same words. Pure.
 */
export function refusalOf(found: Review | PlanDocument): TenantryError | undefined {
  const plan = "hash" in found ? found : undefined;
  const broken = (plan?.violations ?? []).filter(({ level }) => level === "mandatory");
  const removed = plan?.removed ?? [];
  if (found.errors.length > 0) {
    return because(
      reviewErrors.PLAN_NOT_APPLICABLE,
      counted(found.errors.length, "error"),
      causesOf(found.errors).map(
        ({ tenants, message }) => `${whomInWords(tenants)}: ${message.replaceAll("\n", "\n    ")}`,
      ),
    );
  }
  if (broken.length > 0) {
    return because(reviewErrors.POLICY_BROKEN, counted(broken.length, "violation"), broken.map(violationLine));
  }
  if (removed.length > 0) {
    const files = removed.map((tenant) => `tenants/${found.stack}/${tenant}.yaml`);
    return because(tenantErrors.TENANT_FILE_REMOVED, `missing: ${files.join(", ")}; nothing else was checked`, []);
  }
  const lost = found.changed.flatMap(({ tenant, changes }) =>
    changes.filter(({ unguarded }) => unguarded).map((change) => `${tenant}: ${lossInWords(change)}`),
  );
  return lost.length === 0 ? undefined : because(reviewErrors.DESTROY_UNDECLARED, "data would be destroyed", lost);
}

/** Throws what `refusalOf` finds. */
export function refuseInapplicable(found: Review | PlanDocument): void {
  const refusal = refusalOf(found);
  if (refusal !== undefined) throw refusal;
}

function lossInWords(change: ResourceChange): string {
  const { action, id, name, loses = "what it holds" } = change;
  const how = action === "delete" ? "would be deleted" : "would be deleted and created again";
  return `${labelOf(change)} (${id ?? name}) ${how}, and ${loses} with it`;
}

function because(kind: ErrorKind, what: string, lines: readonly string[]): TenantryError {
  return new TenantryError(kind, [what, ...lines].join("\n  "));
}
