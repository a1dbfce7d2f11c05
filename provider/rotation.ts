import type { Clock } from "./clock.ts";

const UNIT_MS = { w: 604_800_000, d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000 } as const;
const UNITS = Object.keys(UNIT_MS) as (keyof typeof UNIT_MS)[];

/**
 * How inputs write a duration: `90d`, `12h`, `2w1d30m`. Whole numbers of weeks, days, hours, minutes and seconds, in
 * this order, each at most once. Turso's `expiration` is written the same way.
 */
export const DURATION = /^(?=\d)(?:(\d{1,6})w)?(?:(\d{1,6})d)?(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,6})s)?$/;

/** The milliseconds of a duration like `90d`. Undefined when it is not written like one, or is zero. */
export function parseDuration(text: string): number | undefined {
  const counts = DURATION.exec(text)?.slice(1);
  if (counts === undefined) return undefined;
  const total = UNITS.reduce((sum, unit, place) => sum + UNIT_MS[unit] * Number(counts[place] ?? 0), 0);
  return total === 0 ? undefined : total;
}

/** The shortest way to write a duration, rounded up to whole seconds: the inverse of `parseDuration`. */
export function formatDuration(milliseconds: number): string {
  let left = Math.max(1000, Math.ceil(milliseconds / 1000) * 1000);
  const parts = UNITS.map((unit) => {
    const count = Math.floor(left / UNIT_MS[unit]);
    left -= count * UNIT_MS[unit];
    return count === 0 ? "" : `${count}${unit}`;
  });
  return parts.join("");
}

/**
 * When a credential counts as issued, in UTC to the second: the stored moment while it is younger than `rotation`, else
 * now. An input that is set to this in `check` and is in `replaceOn` makes age a replacement.
 *
 * A stored moment is kept although the clock says it lies ahead, up to a day: clocks of two computers differ. Further
 * ahead it was written under a wrong clock and would keep the credential from ever growing old.
 *
 * @param olds the stored inputs, undefined for a create
 * @param rotation a duration like `90d`; anything else is a value not yet known in a preview, and decides nothing
 */
export function issuedAt(olds: { readonly issued?: unknown } | undefined, rotation: unknown, clock: Clock): string {
  const now = clock().getTime();
  const stored = olds?.issued;
  if (typeof stored === "string") {
    const age = now - Date.parse(stored);
    const limit = typeof rotation === "string" ? (parseDuration(rotation) ?? Infinity) : Infinity;
    if (age < limit && age >= -UNIT_MS.d) return stored;
  }
  return new Date(Math.floor(now / 1000) * 1000).toISOString().replace(".000Z", "Z");
}
