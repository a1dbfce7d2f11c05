import { type Room, timed } from "./room.ts";

/** How long something took, over all times that it was done. */
export interface Pace {
  /** `create bucket`, `round trip to Fly` */
  readonly what: string;
  readonly times: number;
  /** Milliseconds. */
  readonly median: number;
  readonly longest: number;
}

/** How often a vendor is asked for one cheap answer. */
const ROUND_TRIPS = 5;

/** Asks each vendor for something cheap, one call after the other, and keeps how long that took. */
export async function measureRoundTrips(room: Room): Promise<void> {
  const { askFly, askTurso, askS3, signal } = room;
  const cheap = {
    Tigris: () => askS3()("GET", "/?max-buckets=1"),
    Turso: () => askTurso("GET", "/groups"),
    Fly: () => askFly("GET", "/v1/platform/regions"),
  };
  await Promise.all(
    Object.entries(cheap).map(async ([vendor, ask]) => {
      // The first opens the connection.
      await ask();
      for (let round = 0; round < ROUND_TRIPS && !signal.aborted; round += 1) {
        timed(room, `round trip to ${vendor}`, (await ask()).ms);
      }
    }),
  );
}

/** What was measured in a room, the slowest last. */
export function paces({ timings }: Pick<Room, "timings">): Pace[] {
  const all = [...timings].map(([what, taken]) => {
    const sorted = taken.toSorted((a, b) => a - b);
    const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
    return { what, times: taken.length, median, longest: sorted.at(-1) ?? 0 };
  });
  return all.sort((a, b) => a.median - b.median);
}
