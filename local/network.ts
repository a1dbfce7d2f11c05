import { choice, type Switch } from "./switches.ts";

/** A vendor's location, as seen from a machine. */
export const PLACES = ["none", "same-region", "other-continent"] as const;
export type Place = (typeof PLACES)[number];

interface Delay {
  readonly readMs: number;
  readonly writeMs: number;
}

/** Milliseconds added to each call, on top of the embedded engine's own time. */
const DELAYS: Readonly<Record<"tigris" | "turso" | "fly", Readonly<Record<Exclude<Place, "none">, Delay>>>> = {
  tigris: {
    "same-region": { readMs: 3, writeMs: 10 },
    "other-continent": { readMs: 90, writeMs: 100 },
  },
  turso: {
    "same-region": { readMs: 3, writeMs: 3 },
    "other-continent": { readMs: 90, writeMs: 90 },
  },
  fly: {
    "same-region": { readMs: 20, writeMs: 20 },
    "other-continent": { readMs: 100, writeMs: 100 },
  },
};

/** The source of each vendor's figures. A figure that no vendor publishes is marked as an assumption. */
const SOURCES = {
  tigris:
    "Tigris' benchmark of objects of 1 KB (tigrisdata.com/docs/overview/benchmarks/summary): reads 5.4 ms, writes 12.9 ms at " +
    "p50, minus the embedded engine's own 2 to 3 ms. The other continent is an assumption: one round trip of 90 ms.",
  turso: "An assumption: 3 ms from one machine to another in a region, 90 ms between Europe and North America.",
  fly: "An assumption: 20 ms to the API, 100 ms from another continent.",
};

/** The delay in milliseconds of a call to this vendor at this place. Pure. */
export function networkDelayMs(vendor: string, place: unknown, mutating: boolean): number {
  const delays = (DELAYS as Readonly<Record<string, Readonly<Record<string, Delay>>>>)[vendor]?.[String(place)];
  if (delays === undefined) return 0;
  return mutating ? delays.writeMs : delays.readMs;
}

/** The switch for a vendor's location. */
export function networkSwitch(vendor: keyof typeof DELAYS): Switch<Place> {
  const { "same-region": near, "other-continent": far } = DELAYS[vendor];
  const words = ({ readMs, writeMs }: Delay) =>
    readMs === writeMs ? `${readMs} ms` : `${readMs} ms, writes by ${writeMs} ms`;
  return choice(PLACES, {
    preset: "none",
    awkward: "same-region",
    does: `Each call takes longer: \`same-region\` by ${words(near)}, \`other-continent\` by ${words(far)}.`,
    source: SOURCES[vendor],
  });
}
