const UNITS = [
  ["TB", 1e12],
  ["GB", 1e9],
  ["MB", 1e6],
  ["kB", 1e3],
] as const;

/** A size for people, in the largest unit that leaves a whole number in front of the point: `0 B`, `1.55 kB`, `35.2 GB`. Pure. */
export function byteSize(bytes: number): string {
  const [unit, per] = UNITS.find(([, each]) => bytes >= each) ?? ["B", 1];
  return `${(bytes / per).toLocaleString("en-US", { maximumSignificantDigits: 3 })} ${unit}`;
}
