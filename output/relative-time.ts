const UNITS = [
  ["d", 86_400],
  ["h", 3600],
  ["m", 60],
  ["s", 1],
] as const;

/** Beyond this the day itself says more. */
const MOST_DAYS = 60;

/**
 * A time for people: `12s ago`, `5h ago`, `in 3d`; the day, like 2026-11-23, when it is more than 60 days away. `iso` is ISO
 * 8601; what is no time stays as it is.
 */
export function relativeTime(iso: string, now: Date): string {
  const at = Date.parse(iso);
  if (Number.isNaN(at)) return iso;
  const seconds = Math.round(Math.abs(now.getTime() - at) / 1000);
  if (seconds >= (MOST_DAYS + 1) * 86_400) return new Date(at).toISOString().slice(0, 10);
  const [unit, size] = UNITS.find(([, each]) => seconds >= each) ?? UNITS[3];
  const amount = `${Math.floor(seconds / size)}${unit}`;
  return at > now.getTime() && seconds > 0 ? `in ${amount}` : `${amount} ago`;
}
