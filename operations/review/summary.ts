import { EXIT, type ExitCode } from "../../output/exit-codes.ts";
import type { Review } from "./changes.ts";
import { refusalOf } from "./refusal.ts";
import type { ResourceChange } from "./model.ts";
import type { Action } from "../engine/steps.ts";
import type { PlanDocument } from "./plan-document.ts";
import { counted } from "../../output/counted.ts";

const WORDS: Readonly<Record<Action, string>> = {
  create: "to create",
  update: "to update",
  replace: "to replace",
  rotate: "to rotate",
  delete: "to delete",
};

function counts(changes: readonly Pick<ResourceChange, "action">[]): Readonly<Record<Action, number>> {
  const sums: Record<Action, number> = { create: 0, update: 0, replace: 0, rotate: 0, delete: 0 };
  for (const { action } of changes) sums[action] += 1;
  return sums;
}

/** `2 to create, 1 to update`; empty when there is nothing. */
export function actionCounts(changes: readonly Pick<ResourceChange, "action">[]): string {
  return Object.entries(counts(changes))
    .filter(([, count]) => count > 0)
    .map(([action, count]) => `${count} ${WORDS[action as Action]}`)
    .join(", ");
}

/** `2 to create, 1 to update`, or `no change`; with errors it says how many. */
export function countsLine(found: Review): string {
  const all = found.changed.flatMap(({ changes }) => changes);
  const parts = [actionCounts(all)].filter((part) => part !== "");
  const { length } = found.errors;
  if (length > 0) parts.push(counted(length, "error"));
  return parts.length === 0 ? "no change" : parts.join(", ");
}

/** The exit code of `plan` for what was found. */
export function exitCodeOf(found: Review | PlanDocument): ExitCode {
  const refusal = refusalOf(found);
  if (refusal !== undefined) return refusal.exitCode === EXIT.guarded ? EXIT.guarded : EXIT.error;
  return found.changed.length > 0 ? EXIT.changes : EXIT.ok;
}
