/** From this stat cache on a machine lists the bucket itself, and is told what is changed elsewhere. Seconds. */
const WATCHED_FROM = 30;
/** The longest that mount-watch waits between two listings, and the time of one of a large bucket. Seconds. */
const LATEST_WATCHED = 10 + 2;
/** TigrisFS keeps an answer for that long, and the kernel what TigrisFS has told it at the last moment as long again. */
const CACHES = 2;
/** The cache time without a watch: on a person's computer, in an older image, with a TigrisFS without our patches. */
const UNWATCHED = "5s";

/** The two stat cache times of a mount, in TigrisFS's form: without and with a watch. */
export interface StatCaches {
  readonly unwatched: string;
  /** Absent: no watch. */
  readonly watched?: string;
}

/** By `mount.statCacheTtl`, as text and in seconds. */
export function statCaches(text: string, seconds: number): StatCaches {
  return seconds < WATCHED_FROM ? { unwatched: text } : { unwatched: UNWATCHED, watched: text };
}

/** Within how many seconds a machine with this stat cache (seconds) sees what is changed elsewhere. */
export function seenWithin(statCache: number): number {
  return statCache < WATCHED_FROM ? CACHES * statCache : LATEST_WATCHED;
}
