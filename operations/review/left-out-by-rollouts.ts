import { TenantryError } from "../../errors/tenantry-error.ts";
import { note } from "../../output/terminal.ts";
import { basisOf } from "../../rollouts/basis.ts";
import { isActive } from "../../rollouts/record.ts";
import { recordsOf } from "../../rollouts/records.ts";
import { allRollouts } from "../../rollouts/store.ts";
import { rolloutView } from "../../rollouts/view.ts";
import type { StackContext } from "../../stack/context.ts";
import type { LeftOut } from "./model.ts";

/** What `leftOutIn` answers where a rollout was begun in this stack. Reads files. */
export function leftOutByRollouts(context: StackContext, now: Date): readonly LeftOut[] {
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
