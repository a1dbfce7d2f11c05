import { choice, type Switch } from "./switches.ts";

/** Where a vendor is, as seen from a machine. */
export const PLACES = ["none", "same-region", "other-continent"] as const;
export type Place = (typeof PLACES)[number];

interface Delay {
  readonly readMs: number;
  readonly writeMs: number;
}

/** Milliseconds that are added to each call; the embedded engines take theirs on top. */
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

/** Where each vendor's figures are from. What no vendor publishes is an assumption, and said to be one. */
const SOURCES = {
  tigris:
    "Tigris' benchmark of objects of 1 KB (tigrisdata.com/docs/overview/benchmarks/summary): reads 5.4 ms, writes 12.9 ms at " +
    "p50, less what the embedded engine takes, 2 to 3 ms. The other continent is an assumption: one round trip of 90 ms.",
  turso: "An assumption: 3 ms from one machine to another in a region, 90 ms between Europe and North America.",
  fly: "An assumption: 20 ms to the API, 100 ms from another continent.",
};

/** Milliseconds that a call of this vendor takes longer because of where it is. Pure. */
export function networkDelayMs(vendor: string, place: unknown, mutating: boolean): number {
  const delays = (DELAYS as Readonly<Record<string, Readonly<Record<string, Delay>>>>)[vendor]?.[String(place)];
  if (delays === undefined) return 0;
  return mutating ? delays.writeMs : delays.readMs;
}

/** The switch that puts a vendor somewhere. */
export function networkSwitch(vendor: keyof typeof DELAYS): Switch<Place> {
  const { "same-region": near, "other-continent": far } = DELAYS[vendor];
  const words = ({ readMs, writeMs }: Delay) =>
    readMs === writeMs ? `${readMs} ms` : `${readMs} ms, what changes something ${writeMs} ms`;
  return choice(PLACES, {
    preset: "none",
    awkward: "same-region",
    does: `Each call takes longer: \`same-region\` by ${words(near)}, \`other-continent\` by ${words(far)}.`,
    source: SOURCES[vendor],
  });
}
