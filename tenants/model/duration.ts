import * as z from "zod";

const UNITS = { w: 604_800, d: 86_400, h: 3600, m: 60, s: 1 } as const;
const PATTERN = /^(?=\d)(?:\d{1,9}w)?(?:\d{1,9}d)?(?:\d{1,9}h)?(?:\d{1,9}m)?(?:\d{1,9}s)?$/;

/** A span of time as text: whole weeks, days, hours, minutes, seconds, largest first: `90d`, `5s`, `2w1d30m`. Not a month, not a year. */
export function duration(least: string, most: string, examples: string): z.ZodString {
  const error = `expected a duration from ${least} to ${most}, such as ${examples}`;
  const [from, to] = [durationSeconds(least), durationSeconds(most)];
  return z
    .string({ error })
    .regex(PATTERN, { error })
    .refine((text) => !PATTERN.test(text) || (durationSeconds(text) >= from && durationSeconds(text) <= to), {
      error,
      params: { code: "out-of-range" },
    });
}

/** Seconds in a duration: `1h30m` is 5400. The text must be a valid duration. */
export function durationSeconds(text: string): number {
  return [...text.matchAll(/(\d+)([wdhms])/g)].reduce(
    (sum, [, count, unit]) => sum + Number(count) * UNITS[unit as keyof typeof UNITS],
    0,
  );
}

/** One spelling per span, so that `24h` and `1d` are no difference: the largest of d, h, m, s that needs no fraction. */
export function canonicalDuration(text: string): string {
  const total = durationSeconds(text);
  const unit = (["d", "h", "m"] as const).find((each) => total > 0 && total % UNITS[each] === 0) ?? "s";
  return `${total / UNITS[unit]}${unit}`;
}
