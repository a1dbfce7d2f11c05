/** How often each status occurred, the lowest first: `1 × 200, 49 × 412`. */
export function tally(statuses: readonly number[]): string {
  const counts = [...Map.groupBy(statuses, (status) => status)].sort(([one], [other]) => one - other);
  return counts.map(([status, some]) => `${some.length} × ${status}`).join(", ");
}
