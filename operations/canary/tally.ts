/** How often each status came, the lowest first, whoever got which: `1 × 200, 49 × 412`. */
export function tally(statuses: readonly number[]): string {
  const counts = [...Map.groupBy(statuses, (status) => status)].sort(([one], [other]) => one - other);
  return counts.map(([status, some]) => `${some.length} × ${status}`).join(", ");
}
