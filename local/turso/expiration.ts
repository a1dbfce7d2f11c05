import { Refusal } from "./refusal.ts";

const SECONDS = { w: 604_800, d: 86_400, h: 3600, m: 60, s: 1 } as const;
const PATTERN = /^(?:(?<w>\d+)w)?(?:(?<d>\d+)d)?(?:(?<h>\d+)h)?(?:(?<m>\d+)m)?(?:(?<s>\d+)s)?$/;

/** Seconds of an expiration like `2w1d30m`; undefined for `never`, which is the default. */
export function parseExpiration(text: string | null): number | undefined {
  if (text === null || text === "" || text === "never") return undefined;
  const parts = PATTERN.exec(text)?.groups ?? {};
  const seconds = Object.entries(SECONDS).reduce((sum, [unit, factor]) => sum + Number(parts[unit] ?? 0) * factor, 0);
  if (seconds === 0 || !Number.isSafeInteger(seconds)) throw new Refusal(400, "Invalid expiration format");
  return seconds;
}
