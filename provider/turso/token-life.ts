import { formatDuration, parseDuration } from "../rotation.ts";

const DAY_MS = 86_400_000;
const SHORTEST_OVERLAP_MS = 7 * DAY_MS;

/**
 * How long a token is valid, in milliseconds: its rotation and an overlap of half the rotation, at least 7 days.
 *
 * A new token is minted when somebody runs `up` after the rotation's age is reached. The overlap is the time that may
 * pass until then before machines lose their database: a nightly or weekly job, a broken pipeline over a holiday.
 */
export function tokenLife(rotation: string): number {
  const age = parseDuration(rotation) ?? 0;
  return age + Math.max(SHORTEST_OVERLAP_MS, age / 2);
}

/** `tokenLife` as Turso's `expiration` takes it: weeks, days, hours and minutes, rounded up. */
export function tokenExpiration(rotation: string): string {
  return formatDuration(Math.ceil(tokenLife(rotation) / 60_000) * 60_000);
}

/**
 * When a token ends: what it says itself, else what was asked for. Only `exp` is relied on: what else Turso writes into
 * its tokens is not documented.
 */
export function tokenEnd(jwt: string, mintedAt: Date, rotation: string): string {
  const expiry = claimsOf(jwt)["exp"];
  const end = typeof expiry === "number" ? expiry * 1000 : mintedAt.getTime() + tokenLife(rotation);
  return new Date(end).toISOString();
}

function claimsOf(jwt: string): Record<string, unknown> {
  try {
    const claims: unknown = JSON.parse(Buffer.from(jwt.split(".")[1] ?? "", "base64url").toString());
    return typeof claims === "object" && claims !== null ? (claims as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
