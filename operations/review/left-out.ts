import { hasRecords } from "../../rollouts/folder.ts";
import type { StackContext } from "../../stack/context.ts";
import type { LeftOut } from "./model.ts";

/**
 * Tenants that the rollouts under way leave as they are, and why. Reads files. Where a rollout's files cannot be read, that is told
 * and no more: what a plan would do does not hang on them.
 */
export async function leftOutIn(context: StackContext, now: Date): Promise<readonly LeftOut[]> {
  if (!hasRecords(context.projectDir, context.stack)) return [];
  const { leftOutByRollouts } = await import("./left-out-by-rollouts.ts");
  return leftOutByRollouts(context, now);
}

/** How many are told one by one; the rest is counted. */
const MOST_LINES = 10;

/** The same as lines; none when nobody is left out. Pure. */
export function leftOutShown(left: readonly LeftOut[], stack: string): string[] {
  if (left.length === 0) return [];
  const rest = left.length - MOST_LINES;
  return [
    "active rollouts leave unchanged:",
    ...left
      .slice(0, MOST_LINES)
      .map(({ rollout, tenant, as, why }) => `  ${tenant}, ${WORDS[as]} by ${rollout}: ${why}`),
    ...(rest > 0 ? [`  … and ${rest} more: npx tenantry rollout status --stack ${stack}`] : []),
  ];
}

const WORDS: Readonly<Record<LeftOut["as"], string>> = { held: "held", skipped: "skipped", "own-value": "left out" };
