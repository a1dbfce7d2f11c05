import { createHash } from "node:crypto";

/** JSON in which the order of keys plays no part, of a value that came from JSON. Pure. */
export function canonical(value: unknown): string {
  return JSON.stringify(ordered(value));
}

/** A copy before it is written takes half the time of a replacer, which is called for each value while it is. */
function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered);
  if (typeof value !== "object" || value === null) return value;
  const sorted = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(sorted.map(([key, inner]) => [key, ordered(inner)]));
}

/** 32 hex digits that tell two values apart, however their keys are ordered. Pure. */
export function digestOf(value: unknown): string {
  return createHash("sha256").update(canonical(value)).digest("hex").slice(0, 32);
}
