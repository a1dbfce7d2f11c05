import { type Room, timed } from "./room.ts";

/** How long an action took, over all its repetitions. */
export interface Pace {
  /** `create bucket`, `round trip to Fly` */
  readonly what: string;
  readonly times: number;
  /** Milliseconds. */
  readonly median: number;
  readonly longest: number;
}

/** How often one cheap call is repeated per vendor. */
const ROUND_TRIPS = 5;

/** Makes cheap calls to each vendor, one after the other, and records how long each took. */
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

/** All measurements, the slowest last. */
export function paces({ timings }: Pick<Room, "timings">): Pace[] {
  const all = [...timings].map(([what, taken]) => {
    const sorted = taken.toSorted((a, b) => a - b);
    const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
    return { what, times: taken.length, median, longest: sorted.at(-1) ?? 0 };
  });
  return all.sort((a, b) => a.median - b.median);
}
