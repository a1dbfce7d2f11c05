import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { parse } from "yaml";
import * as z from "zod";

import { FLY_REGIONS } from "../tenants/regions.ts";

/** One list price. */
export interface Price {
  /** US dollars; undefined: no known source. */
  readonly usd: number | undefined;
  /** What one unit is, in words. */
  readonly per: string;
  /** Where the figure is. */
  readonly source: string;
  /** The day it was seen there, `2026-10-09`. */
  readonly seen: string;
}

/** What Turso asks of an organisation on one of its plans. */
export type TursoPlanName = (typeof TURSO_PLANS)[number];
export const TURSO_PLANS = ["free", "developer", "scaler", "pro"] as const;

/** The newest table of each vendor in `cost/prices/`. There is none of AWS: its prices count as unknown. */
export type PriceTables = ReturnType<typeof readTables>;

const usd = z.union([z.number().nonnegative(), z.literal("unknown").transform(() => undefined)]);
const day = z.string().regex(/^\d{4}-\d{2}-\d{2}$/);
const amount = z.number().nonnegative();
const listed = z.strictObject({ usd, per: z.string(), source: z.string() });
const head = <Vendor extends string>(vendor: Vendor) => ({
  vendor: z.literal(vendor),
  seen: day,
  sources: z.record(z.string(), z.string()),
});

const tigrisTable = z.strictObject({
  ...head("tigris"),
  prices: z.strictObject({
    storageGbMonth: listed,
    storageMultiRegionGbMonth: listed,
    classAThousand: listed,
    classAMultiRegionThousand: listed,
    classBThousand: listed,
  }),
  included: z.strictObject({ storageGb: amount, classA: amount, classB: amount }),
});

const tursoPlan = z.strictObject({
  monthUsd: amount,
  included: z.strictObject({
    storageGb: amount,
    rowsRead: amount,
    rowsWritten: amount,
    /** Absent: as many as one likes. */
    databases: z.int().optional(),
  }),
  prices: z.strictObject({ storageGbMonth: listed, rowsReadBillion: listed, rowsWrittenMillion: listed }),
});
const tursoTable = z.strictObject({ ...head("turso"), plans: z.record(z.enum(TURSO_PLANS), tursoPlan) });

const flyTable = z.strictObject({
  ...head("fly"),
  prices: z.strictObject({
    sharedCpuSecond: listed,
    performanceCpuSecond: listed,
    ramGbSecond: listed,
    rootfsGbMonth: listed,
    volumeGbMonth: listed,
    snapshotGbMonth: listed,
    transferNearGb: listed,
    transferFarGb: listed,
    transferFarthestGb: listed,
  }),
  included: z.strictObject({ sharedRamGbPerCpu: amount, performanceRamGbPerCpu: amount, snapshotGb: amount }),
  regionFactors: z.record(z.enum(FLY_REGIONS), usd),
  transfer: z.strictObject({ far: z.array(z.enum(FLY_REGIONS)), farthest: z.array(z.enum(FLY_REGIONS)) }),
});

let read: PriceTables | undefined;

/** The price tables that this version of tenantry carries. Read once. */
export function priceTables(): PriceTables {
  return (read ??= readTables(join(import.meta.dirname, "prices")));
}

function readTables(folder: string) {
  const table = <Schema extends z.ZodType>(vendor: string, schema: Schema): z.output<Schema> =>
    schema.parse(newest(folder, vendor));
  const tigris = table("tigris", tigrisTable);
  const turso = table("turso", tursoTable);
  const fly = table("fly", flyTable);
  const planPrices = (name: TursoPlanName) => ({
    ...turso.plans[name],
    prices: dated(turso, turso.plans[name].prices),
  });
  return {
    tigris: { ...tigris, prices: dated(tigris, tigris.prices) },
    turso: {
      ...turso,
      plans: {
        free: planPrices("free"),
        developer: planPrices("developer"),
        scaler: planPrices("scaler"),
        pro: planPrices("pro"),
      },
    },
    fly: { ...fly, prices: dated(fly, fly.prices) },
  };
}

/** The table with the latest day in its file's name: `fly-2026-10-09.yaml`. */
function newest(folder: string, vendor: string): unknown {
  const name = readdirSync(folder)
    .filter((each) => each.startsWith(`${vendor}-`) && each.endsWith(".yaml"))
    .sort()
    .at(-1);
  if (name === undefined) throw new Error(`no price table of ${vendor} in ${folder}`);
  return parse(readFileSync(join(folder, name), "utf8"));
}

/** The prices with source and day written out. */
function dated<Key extends string>(
  { seen, sources }: { seen: string; sources: Readonly<Record<string, string>> },
  prices: Readonly<Record<Key, z.infer<typeof listed>>>,
): Readonly<Record<Key, Price>> {
  const entries = Object.entries<z.infer<typeof listed>>(prices).map(([key, price]) => {
    const source = sources[price.source];
    if (source === undefined) throw new Error(`the price ${key} names a source that its table does not have`);
    return [key, { ...price, source, seen }];
  });
  return Object.fromEntries(entries) as Readonly<Record<Key, Price>>;
}
