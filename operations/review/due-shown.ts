import { type Due, DUE_SOON_DAYS, dueLine, SNAPSHOT, TRIAL } from "../engine/coming-due.ts";

/** How many are told one by one; the rest is counted. */
const MOST_LINES = 10;

/**
 * What a plan says of trials, snapshots and credentials whose day is near or has passed, as lines; none when there is nothing. A
 * credential that is due by now is not among them: the plan itself replaces it.
 */
export function dueShown(due: readonly Due[], stack: string): string[] {
  const told = due.filter(({ what, isOverdue }) => what === TRIAL || what === SNAPSHOT || !isOverdue);
  if (told.length === 0) return [];
  const rest = told.length - MOST_LINES;
  return [
    `due within ${DUE_SOON_DAYS} days:`,
    ...told.slice(0, MOST_LINES).map((each) => `  ${dueLine(each)}`),
    ...(rest > 0 ? [`  … and ${rest} more: npx tenantry list --stack ${stack}`] : []),
    ...(told.some(({ what, isOverdue }) => what === TRIAL && isOverdue)
      ? [`  trials that have ended: npx tenantry suspend --expired --stack ${stack}`]
      : []),
    ...(told.some(({ what }) => what === SNAPSHOT)
      ? [`  snapshots that are late: npx tenantry snapshot --due --stack ${stack}`]
      : []),
  ];
}
