const SIZE = /^(\d{1,15})(?:b|([kmgt])(i?)b)?$/i;
const POWERS = "kmgt";

/** A size limit as an input writes it: a whole number of bytes, or one with a unit like `256mb`, `1gb` or `1gib`. */
export type Size = string | number;

/**
 * The bytes of a size: 1kb is 1000 bytes, 1kib is 1024. Undefined when it is not written like a size.
 * Turso does not say which of them it means by kb, so bytes are what we send.
 */
export function sizeInBytes(size: Size): number | undefined {
  return readings(size)[0];
}

/**
 * Whether a declared size and the one that Turso shows are the same. Turso has been seen to answer bytes and to answer
 * the text it was given; where it uses units of its own, decimal and binary readings both count.
 */
export function sameSize(declared: Size, shown: Size | undefined): boolean {
  const bytes = sizeInBytes(declared);
  return bytes !== undefined && shown !== undefined && readings(shown).includes(bytes);
}

/** What Turso shows for a database without a limit. */
export function isNoLimit(shown: Size | undefined): boolean {
  return shown === undefined || shown === "" || sizeInBytes(shown) === 0;
}

function readings(size: Size): number[] {
  const [, digits, unit = "", binary] = SIZE.exec(String(size)) ?? [];
  if (digits === undefined) return [];
  const power = unit === "" ? 0 : POWERS.indexOf(unit.toLowerCase()) + 1;
  const factors = binary?.toLowerCase() === "i" ? [1024] : [1000, 1024];
  return factors.map((factor) => Number(digits) * factor ** power);
}
