/** UTC, to the minute: `2026-11-23 12:00`. */
export function minute(time: number): string {
  return new Date(time).toISOString().slice(0, 16).replace("T", " ");
}

/** UTC: `2026-11-23`. */
export function day(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}
