// The embedded Fly has its own parser: a mistake in a shared one would not be noticed.
const NANOSECONDS: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
};

/** How Fly's API writes a duration: Go's form, `15s`, `1m30s`, `250ms`. */
export const GO_DURATION = /^(?:0|(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h))+)$/;

/** The nanoseconds of a Go duration; a number is nanoseconds already. Undefined when it is no duration. */
export function nanoseconds(value: unknown): number | undefined {
  if (typeof value === "number") return Number.isInteger(value) && value >= 0 ? value : undefined;
  if (typeof value !== "string" || !GO_DURATION.test(value)) return undefined;
  const parts = value.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g);
  return Math.round(parts.reduce((sum, [, amount, unit = ""]) => sum + Number(amount) * (NANOSECONDS[unit] ?? 0), 0));
}

/**
 * One spelling for a duration: `2m0s`, `120s` and 120000000000 all become `120s`. A text that is not a duration stays
 * unchanged.
 */
export function oneSpelling(value: unknown): unknown {
  const ns = nanoseconds(value);
  if (ns === undefined) return value;
  if (ns % 1e9 === 0) return `${ns / 1e9}s`;
  return ns % 1e6 === 0 ? `${ns / 1e6}ms` : `${ns}ns`;
}
