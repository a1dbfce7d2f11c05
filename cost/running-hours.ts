import { HOURS_PER_MONTH } from "./usage.ts";

const HOUR_MS = 3_600_000;
/** A history shorter than this tells nothing of a month. */
const LEAST_HOURS = 24;
const RUNNING = ["started", "stopping", "restarting"];

/**
 * Hours that a machine runs in a month, if it goes on as in its history. Undefined when that is too short to tell.
 *
 * @param events states it came into, oldest first
 */
export function runningHours(
  events: readonly { readonly status: string; readonly at: Date }[],
  now: Date,
): number | undefined {
  const [first] = events;
  if (first === undefined) return undefined;
  const total = now.getTime() - first.at.getTime();
  if (total < LEAST_HOURS * HOUR_MS) return undefined;
  const running = events.reduce((sum, { status, at }, index) => {
    const until = events[index + 1]?.at ?? now;
    return RUNNING.includes(status) ? sum + until.getTime() - at.getTime() : sum;
  }, 0);
  return (running / total) * HOURS_PER_MONTH;
}
