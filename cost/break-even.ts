import { BUILT_IN } from "../tenants/model/built-in.ts";
import type { Tenant, TenantStorage } from "../tenants/model/tenant.ts";
import { sharedCost } from "./fleet-cost.ts";
import { cost, type CostLine, type Prices, sumOf } from "./tenant-cost.ts";
import type { Usage } from "./usage.ts";

/** From where on a bucket and a Turso database cost no more than a Fly volume with an SQLite file on it. */
export interface BreakEven {
  readonly backend: string;
  /** Prices that would be needed and are not known; then nothing else is. */
  readonly unknown: readonly string[];
  /** GB of files of one tenant, at list prices alone; undefined: not up to `MOST_GB`. */
  readonly gb: number | undefined;
  /** For fleets of equal tenants, with Turso's plan and all that is included: see `fleets`. */
  readonly fleets: readonly FleetBreakEven[];
}

export interface FleetBreakEven {
  /** GB of files per tenant. */
  readonly gb: number;
  /** US dollars a month and tenant in a fleet of `MOST_TENANTS`: bucket and database, against volume. Machines are the same in both. */
  readonly bucketUsd: number;
  readonly volumeUsd: number;
  /** Requests of class A a month and tenant at which both cost the same there: a file system on a bucket makes many. */
  readonly writes: number;
  /** The fewest tenants from which on the bucket costs no more; undefined: not up to `MOST_TENANTS`. */
  readonly tenants: number | undefined;
}

export const MOST_GB = 500;
export const MOST_TENANTS = 1000;
const SHOWN_GB = [1, 2, 5, 10, 50, 200];

const COMMON = { snapshots: false, softDeleteDays: 7 } as const;
const BACKENDS: Readonly<Record<string, TenantStorage>> = {
  "tigris, one region or global": { backend: "tigris", locations: ["global"], ...COMMON },
  "tigris, usa or eur": { backend: "tigris", locations: ["usa"], ...COMMON },
  "tigris, two regions": { backend: "tigris", locations: ["iad", "ord"], ...COMMON },
  "aws-s3": { backend: "aws-s3", awsRegion: "us-east-1", softDeleteDays: 7 },
};

/**
 * Compares every backend that is a bucket with a volume, for tenants like `usage` with a varying amount of files. Pure.
 *
 * @param fill how full one lets a volume become before it is made larger: 0.7 means that 10 GB are bought for 7 GB
 */
export function breakEven(prices: Prices, usage: Usage, fill: number): BreakEven[] {
  return Object.entries(BACKENDS).map(([backend, storage]) => {
    const bucket = (gb: number) => linesOf(storage, true, prices, { ...usage, storedGb: gb });
    const volume = (gb: number) => volumeLines(prices, usage, gb, fill);
    const { unknown } = sumOf(bucket(1));
    if (unknown.length > 0) return { backend, unknown, gb: undefined, fleets: [] };
    const isBetter = (gb: number) => sumOf(bucket(gb)).usd <= sumOf(volume(gb)).usd;
    const gb = range(MOST_GB).find(isBetter);
    const fleets = SHOWN_GB.map((shown) => fleetBreakEven(shown, bucket(shown), volume(shown), prices));
    return { backend, unknown, gb, fleets };
  });
}

function fleetBreakEven(gb: number, bucket: CostLine[], volume: CostLine[], prices: Prices): FleetBreakEven {
  const bill = (lines: CostLine[], count: number) => {
    const all = lines.map((line) => ({ ...line, quantity: line.quantity * count, usd: (line.usd ?? 0) * count }));
    return sumOf([...all, ...sharedCost(all, prices)]).usd;
  };
  // From the largest fleet down: what is included can make the very smallest ones cheaper again.
  const worse = range(MOST_TENANTS).findLast((count) => bill(bucket, count) > bill(volume, count)) ?? 0;
  const bucketUsd = bill(bucket, MOST_TENANTS) / MOST_TENANTS;
  const volumeUsd = bill(volume, MOST_TENANTS) / MOST_TENANTS;
  return {
    gb,
    bucketUsd,
    volumeUsd,
    writes: writesAtPar(bucket, volumeUsd - bucketUsd),
    tenants: worse === MOST_TENANTS ? undefined : worse + 1,
  };
}

/** The writes that are there, and as many more as the difference buys. */
function writesAtPar(bucket: readonly CostLine[], differenceUsd: number): number {
  const { quantity = 0, usd = 0 } = bucket.find(({ item }) => item === "requests of class A") ?? {};
  return quantity === 0 || usd === 0 ? NaN : Math.max(0, Math.round(quantity + (differenceUsd * quantity) / usd));
}

/** The volume holds the files and the SQLite file. */
function volumeLines(prices: Prices, usage: Usage, gb: number, fill: number): CostLine[] {
  const storedGb = gb + usage.databaseGb;
  const volume = { ...BUILT_IN.volume, sizeGb: Math.ceil(storedGb / fill) };
  return linesOf({ backend: "fly-volume", volume }, false, prices, { ...usage, storedGb });
}

function linesOf(storage: TenantStorage, isOnTurso: boolean, prices: Prices, usage: Usage): CostLine[] {
  const database = isOnTurso
    ? ({ engine: "turso", location: "aws-us-east-1" } as const)
    : ({ engine: "none" } as const);
  const lines = cost({ ...TEMPLATE, storage, database }, prices, usage).lines;
  return lines.filter(({ item }) => !MACHINE_ITEMS.includes(item));
}

function range(most: number): number[] {
  return Array.from({ length: most }, (_, index) => index + 1);
}

const MACHINE_ITEMS = ["machine running", "image of the stopped machine"];
const TEMPLATE: Omit<Tenant, "storage" | "database"> = {
  id: "any",
  owner: "any@tenant.example",
  state: "active",
  region: "iad",
  plan: "standard",
  machine: { ...BUILT_IN.machine, region: "iad", image: "any" },
  mount: { by: "fly", path: BUILT_IN.mount.path },
  access: [],
  rotation: BUILT_IN.rotation,
};
