import * as z from "zod";

// Turso doesn't say which base it means; Go's usual parser of such texts, and the one inside sqld, are decimal.
const UNITS = { kb: 1e3, mb: 1e6, gb: 1e9 } as const;
const PATTERN = /^\d{1,9}(?:kb|mb|gb)$/;

/** An amount of storage as text, decimal: `1gb` is 1000 `mb`, 1 `mb` is 1 000 000 bytes. */
export function size(least: string, most: string): z.ZodString {
  const error = `expected a size from ${least} to ${most}, such as 256mb or 1gb`;
  const [from, to] = [sizeBytes(least), sizeBytes(most)];
  return z
    .string({ error })
    .regex(PATTERN, { error })
    .refine((text) => !PATTERN.test(text) || (sizeBytes(text) >= from && sizeBytes(text) <= to), {
      error,
      params: { code: "out-of-range" },
    });
}

/** Bytes in a size: `256mb` is 256 000 000. The text must be a valid size. */
export function sizeBytes(text: string): number {
  return Number.parseInt(text, 10) * UNITS[text.slice(-2) as keyof typeof UNITS];
}

/** One spelling per amount, so that `1000mb` and `1gb` are no difference. */
export function canonicalSize(text: string): string {
  const bytes = sizeBytes(text);
  const unit = (["gb", "mb"] as const).find((each) => bytes % UNITS[each] === 0) ?? "kb";
  return `${bytes / UNITS[unit]}${unit}`;
}
