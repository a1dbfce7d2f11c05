import { TenantryError } from "../../errors/tenantry-error.ts";
import { note } from "../../output/terminal.ts";
import { basisOf } from "../../rollouts/basis.ts";
import { isActive } from "../../rollouts/record.ts";
import { allRollouts, recordsOf } from "../../rollouts/store.ts";
import { rolloutView } from "../../rollouts/view.ts";
import type { StackContext } from "../../stack/context.ts";
import type { LeftOut } from "./model.ts";

/**
 * Tenants that the rollouts under way leave as they are, and why. Reads files. Where a rollout's files cannot be read, that is told
 * and no more: what a plan would do does not hang on them.
 */
export function leftOutIn(context: StackContext, now: Date): readonly LeftOut[] {
  try {
    const records = recordsOf(context.projectDir, context.stack).filter(isActive);
    if (records.length === 0) return [];
    const basis = basisOf(context, now);
    const rollouts = new Map(allRollouts(context.projectDir).map((each) => [each.name, each]));
    return records.flatMap((record) => {
      const rollout = rollouts.get(record.rollout);
      const left = rollout === undefined ? [] : rolloutView(rollout, record, basis).leftOut;
      return left.map(({ id, as, why }) => ({ rollout: record.rollout, tenant: id, as, why }));
    });
  } catch (error) {
    if (!(error instanceof TenantryError)) throw error;
    note(error.message);
    return [];
  }
}

/** How many are told one by one; the rest is counted. */
const MOST_LINES = 10;

/** The same as lines; none when nobody is left out. Pure. */
export function leftOutShown(left: readonly LeftOut[], stack: string): string[] {
  if (left.length === 0) return [];
  const rest = left.length - MOST_LINES;
  return [
    "rollouts under way leave as they are:",
    ...left
      .slice(0, MOST_LINES)
      .map(({ rollout, tenant, as, why }) => `  ${tenant}, ${WORDS[as]} by ${rollout}: ${why}`),
    ...(rest > 0 ? [`  … and ${rest} more: npx tenantry rollout status --stack ${stack}`] : []),
  ];
}

const WORDS: Readonly<Record<LeftOut["as"], string>> = { held: "held", skipped: "skipped", "own-value": "left out" };
