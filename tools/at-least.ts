/**
 * Whether `version` is `minimum` or newer. Both are numbers with dots, with or without a leading v; what follows a - or +
 * is left out of the comparison. False for what is no version. The twin in sh, which runs before there is a Node, is
 * tools/at-least.sh.
 */
export function atLeast(minimum: string, version: string): boolean {
  const wanted = parts(minimum);
  const present = parts(version.replace(/[-+].*$/s, ""));
  if (wanted === undefined || present === undefined) return false;
  for (const [place, want] of wanted.entries()) {
    const have = present[place] ?? 0;
    if (have !== want) return have > want;
  }
  return true;
}

function parts(version: string): number[] | undefined {
  return /^v?\d+(\.\d+)*$/.test(version) ? version.replace(/^v/, "").split(".").map(Number) : undefined;
}
