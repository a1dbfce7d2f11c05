import { EXIT, type ExitCode } from "../exit-codes.ts";
import type { Review } from "./changes.ts";
import type { Action } from "./model.ts";

/** How many resources of the whole review are created, updated … */
export function counts(found: Review): Readonly<Record<Action, number>> {
  const sums: Record<Action, number> = { create: 0, update: 0, replace: 0, rotate: 0, delete: 0 };
  for (const { changes } of found.changed) for (const { action } of changes) sums[action] += 1;
  return sums;
}

/** `2 to create, 1 to update`, or `no change`; with errors it says how many. */
export function countsLine(found: Review): string {
  const verb: Readonly<Record<Action, string>> =
    found.purpose === "plan"
      ? { create: "to create", update: "to update", replace: "to replace", rotate: "to rotate", delete: "to delete" }
      : { create: "new", update: "changed", replace: "changed", rotate: "due", delete: "missing" };
  const parts = Object.entries(counts(found))
    .filter(([, count]) => count > 0)
    .map(([action, count]) => `${count} ${verb[action as Action]}`);
  const { length } = found.errors;
  if (length > 0) parts.push(length === 1 ? "1 error" : `${length} errors`);
  if (parts.length === 0) return found.purpose === "plan" ? "no change" : "no drift";
  return parts.join(", ");
}

/** The exit code of `plan` and `drift` for what was found. */
export function exitCodeOf(found: Review): ExitCode {
  if (found.errors.length > 0) return EXIT.error;
  if (found.changed.some(({ changes }) => changes.some(({ unguarded }) => unguarded))) return EXIT.guarded;
  return found.changed.length > 0 ? EXIT.changes : EXIT.ok;
}
