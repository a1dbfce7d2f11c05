import type { Tenant, TenantDatabase, TenantMachine, TenantStorage } from "../tenants/model/tenant.ts";
import { type Price, priceTables, type PriceTables, type TursoPlanName } from "./price-tables.ts";
import { HOURS_PER_MONTH, type Usage } from "./usage.ts";

/** What one thing costs in a month. */
export interface CostLine {
  readonly vendor: "tigris" | "aws" | "turso" | "fly";
  readonly item: string;
  readonly quantity: number;
  readonly unit: string;
  /** US dollars a month; undefined when the price is unknown. */
  readonly usd: number | undefined;
}

/** What is known of a sum of costs. */
export interface CostSum {
  /** US dollars a month, of what has a known price. */
  readonly usd: number;
  /** What has none, in words; it comes on top. */
  readonly unknown: readonly string[];
}

/** What one tenant costs a month, line by line. */
export interface TenantCost extends CostSum {
  readonly tenant: string;
  readonly lines: readonly CostLine[];
}

/** What is bought where: the tables of prices, and the plan the organisation has with Turso. */
export interface Prices {
  readonly tables: PriceTables;
  readonly tursoPlan: TursoPlanName;
}

/** The tables that tenantry carries, and Turso's first plan that has no limit on the number of databases. */
export function listPrices(tursoPlan: TursoPlanName = "developer"): Prices {
  return { tables: priceTables(), tursoPlan };
}

/**
 * What a tenant with that usage costs in a month at list prices, each line by its price alone: what a vendor gives an
 * organisation for free, or asks of it once, is in `sharedCost`. Pure.
 */
export function cost(tenant: Tenant, prices: Prices, usage: Usage): TenantCost {
  const lines =
    tenant.state === "purged"
      ? []
      : [
          ...storageLines(tenant.storage, tenant.machine, prices, usage),
          ...keptLines(tenant, prices, usage),
          ...databaseLines(tenant.database, prices, usage),
          ...machineLines(tenant.machine, prices, usage),
        ];
  return { tenant: tenant.id, lines, ...sumOf(lines) };
}

/** The sum of some lines. */
export function sumOf(lines: readonly CostLine[]): CostSum {
  const unknown = lines.filter(({ usd, quantity }) => usd === undefined && quantity > 0);
  return {
    usd: lines.reduce((sum, { usd = 0 }) => sum + usd, 0),
    unknown: [...new Set(unknown.map(({ vendor, item }) => `${vendor} ${item}`))],
  };
}

function storageLines(
  storage: TenantStorage,
  machine: TenantMachine,
  { tables: { tigris, fly } }: Prices,
  { storedGb, uploadedGb, writes, reads }: Usage,
): CostLine[] {
  if (storage.backend === "fly-volume") {
    return [
      line("fly", "volume", storage.volume.sizeGb, "GB", fly.prices.volumeGbMonth),
      // They are incremental: about what is stored.
      line("fly", "volume snapshots", storedGb, "GB", fly.prices.snapshotGbMonth),
    ];
  }
  // Fly's page says that traffic to Tigris is billed; a client library of Tigris' says that Fly's address for it is not.
  const upload = line("fly", "transfer to the bucket", uploadedGb, "GB", transferPrice(machine, fly));
  if (storage.backend === "aws-s3") {
    return [
      line("aws", "storage", storedGb, "GB", undefined),
      line("aws", "requests", writes + reads, "requests", undefined),
      upload,
    ];
  }
  const isMulti = storage.locations.some((location) => location === "usa" || location === "eur");
  const { prices } = tigris;
  return [
    line(
      "tigris",
      "storage",
      storedGb * storage.locations.length,
      "GB",
      isMulti ? prices.storageMultiRegionGbMonth : prices.storageGbMonth,
    ),
    line(
      "tigris",
      "requests of class A",
      writes,
      "requests",
      isMulti ? prices.classAMultiRegionThousand : prices.classAThousand,
      1000,
    ),
    line("tigris", "requests of class B", reads, "requests", prices.classBThousand, 1000),
    upload,
  ];
}

/** Storage on a backend that the tenant no longer uses: the same files, without reads or writes. */
function keptLines({ kept = [], machine }: Tenant, prices: Prices, usage: Usage): CostLine[] {
  return kept
    .flatMap((storage) => storageLines(storage, machine, prices, { ...usage, uploadedGb: 0, writes: 0, reads: 0 }))
    .filter(({ quantity }) => quantity > 0)
    .map((line) => ({ ...line, item: `${line.item} left behind` }));
}

function databaseLines(
  database: TenantDatabase,
  { tables: { turso }, tursoPlan }: Prices,
  { databaseGb, rowsRead, rowsWritten }: Usage,
): CostLine[] {
  if (database.engine === "none") return [];
  const { prices } = turso.plans[tursoPlan];
  return [
    line("turso", "storage", databaseGb, "GB", prices.storageGbMonth),
    line("turso", "rows read", rowsRead, "rows", prices.rowsReadBillion, 1e9),
    line("turso", "rows written", rowsWritten, "rows", prices.rowsWrittenMillion, 1e6),
  ];
}

function machineLines(
  machine: TenantMachine,
  { tables: { fly } }: Prices,
  { runningHours, imageGb }: Usage,
): CostLine[] {
  const hours = Math.min(runningHours, HOURS_PER_MONTH);
  const stoppedGb = imageGb * (1 - hours / HOURS_PER_MONTH);
  return [
    line("fly", "machine running", hours, "hours", hourPrice(machine, fly)),
    line("fly", "image of the stopped machine", stoppedGb, "GB", fly.prices.rootfsGbMonth),
  ];
}

/** Every CPU comes with some memory; what is beyond it is paid for, and all of it by the region. */
function hourPrice(
  { cpuKind, cpus, memoryMb, region }: TenantMachine,
  fly: PriceTables["fly"],
): { usd: number | undefined } {
  const { prices, included, regionFactors } = fly;
  const isShared = cpuKind === "shared";
  const cpu = (isShared ? prices.sharedCpuSecond : prices.performanceCpuSecond).usd;
  const ramIncluded = cpus * (isShared ? included.sharedRamGbPerCpu : included.performanceRamGbPerCpu);
  const ram = prices.ramGbSecond.usd;
  const factor = regionFactors[region];
  if (cpu === undefined || ram === undefined || factor === undefined) return { usd: undefined };
  return { usd: 3600 * factor * (cpus * cpu + Math.max(0, memoryMb / 1024 - ramIncluded) * ram) };
}

function transferPrice({ region }: TenantMachine, { prices, transfer }: PriceTables["fly"]): Price {
  if (transfer.far.includes(region)) return prices.transferFarGb;
  return transfer.farthest.includes(region) ? prices.transferFarthestGb : prices.transferNearGb;
}

/** @param per how many of the unit the price is for */
function line(
  vendor: CostLine["vendor"],
  item: string,
  quantity: number,
  unit: string,
  price: { readonly usd: number | undefined } | undefined,
  per = 1,
): CostLine {
  return { vendor, item, quantity, unit, usd: price?.usd === undefined ? undefined : (quantity / per) * price.usd };
}
