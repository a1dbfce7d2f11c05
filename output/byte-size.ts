const UNITS = ["B", "KB", "MB", "GB", "TB"] as const;

/** A size for people, in steps of 1000: `0 B`, `1.5 KB`, `20 MB`, `3.1 GB`. Pure. */
export function byteSize(bytes: number): string {
  const [unit, ...larger] = UNITS;
  let [value, name]: [number, string] = [bytes, unit];
  for (const next of larger) {
    if (Math.round(value) < 1000) break;
    [value, name] = [value / 1000, next];
  }
  return `${value.toFixed(name === unit || value >= 9.95 ? 0 : 1)} ${name}`;
}
