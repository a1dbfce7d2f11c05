import { type Due, dueLine, DUE_SOON_DAYS, SNAPSHOT } from "../../operations/engine/coming-due.ts";
import { soundFleet } from "../../operations/engine/sound-fleet.ts";
import type { StoredResource } from "../../operations/engine/stack-state.ts";
import { dueOf } from "../../operations/history/snapshots-due.ts";
import type { StackContext } from "../../stack/context.ts";
import { refused } from "./refused.ts";
import type { DoctorFinding } from "./finding.ts";

/** Reads what a stack has; nothing of one that was never brought up. */
export type ReadState = (context: StackContext) => Promise<readonly StoredResource[]>;

const SUBJECT = "trials, keys, tokens, snapshots";
/** How many are named; the rest is counted. */
const MOST_NAMED = 5;

/** What falls due soon, or has. What can't be read for this is no more than something to look at: `up` says the same louder. */
export async function dueSoon(context: StackContext, readState: ReadState, now: Date): Promise<DoctorFinding> {
  try {
    const resources = await readState(context);
    const { due } = await dueOf(context, { tenants: soundFleet(context).tenants, resources, now });
    return dueFinding(due, context.stack);
  } catch (error) {
    return { ...refused(SUBJECT, error), state: "attention" };
  }
}

/** What falls due, or has, as a finding: the first by name, the rest and what has no snapshot in time as counts. Pure. */
export function dueFinding(due: readonly Due[], stack: string): DoctorFinding {
  if (due.length === 0) return { subject: SUBJECT, state: "ok", detail: `none is due within ${DUE_SOON_DAYS} days` };
  const named = due.slice(0, MOST_NAMED).map(dueLine);
  const rest = due.length - named.length;
  const late = due.filter(({ what }) => what === SNAPSHOT).length;
  const counts = [
    ...(rest > 0 ? [`${rest} more`] : []),
    ...(late > 0 ? [`${late} ${late === 1 ? "tenant" : "tenants"} without a snapshot in time`] : []),
  ];
  const detail = [...named, ...counts].join("; ");
  return { subject: SUBJECT, state: "attention", detail, fix: `npx tenantry list --stack ${stack}` };
}
