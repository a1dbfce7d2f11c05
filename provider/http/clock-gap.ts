/** What two clocks show at the same moment: this computer's and a vendor's. They differ by more than is tolerated. */
export interface ClockGap {
  readonly ours: Date;
  readonly theirs: Date;
}

/** S3 refuses signatures that are 15 minutes off. An answer takes less than a minute. */
const TOLERATED_MS = 5 * 60_000;
const MINUTE_MS = 60_000;

/** How far this computer's clock is off by an answer's Date header; undefined when it agrees, or the header is absent or no date. */
export function clockGap(date: string | null | undefined, now: Date): ClockGap | undefined {
  const theirs = new Date(date ?? "");
  return Math.abs(now.getTime() - theirs.getTime()) > TOLERATED_MS ? { ours: now, theirs } : undefined;
}

/** "this computer's clock is 61 minutes ahead of Fly's (here …, there …)". */
export function clockGapInWords({ ours, theirs }: ClockGap, vendor: string): string {
  const off = ours.getTime() - theirs.getTime();
  const side = off > 0 ? "ahead of" : "behind";
  const times = `here it is ${ours.toISOString()}, there ${theirs.toISOString()}`;
  return `this computer's clock is ${Math.round(Math.abs(off) / MINUTE_MS)} minutes ${side} ${vendor}'s (${times})`;
}
