import { byteSize } from "../output/byte-size.ts";
import { MOST_GB, MOST_TENANTS } from "./break-even.ts";
import type { Estimate, TenantEstimate } from "./estimate.ts";
import type { CostLine, CostSum } from "./tenant-cost.ts";
import type { Usage } from "./usage.ts";

/** A part of an estimate, for a terminal and for Markdown alike. */
export interface CostTable {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** What one has to know to read it. */
  readonly notes: readonly string[];
}

/** An estimate as tables. */
export function asTables(found: Estimate): CostTable[] {
  return [tenantTable(found), breakEvenTable(found), assumptionTable(found), priceTable(found)];
}

function tenantTable({ stack, tenants, shared, usd, unknown }: Estimate): CostTable {
  const rows = tenants.map((each) => [
    each.tenant,
    figure(each, "storedGb", gigabytes),
    figure(each, "databaseGb", gigabytes),
    figure(each, "runningHours", (hours) => `${count(hours)} h`),
    dollars(partOf(each.lines, ["tigris", "aws"], ["transfer to the bucket", "volume", "volume snapshots"])),
    dollars(partOf(each.lines, ["turso"], [])),
    dollars(partOf(each.lines, [], ["machine running", "image of the stopped machine"])),
    sumText(each),
  ]);
  const once = shared
    .filter(({ usd: each = 1 }) => Math.abs(each) >= 0.005)
    .map(({ vendor, item, usd: each }) => [`${vendor} ${item}`, "", "", "", "", "", "", dollars(each)]);
  return {
    title: `What ${stack} costs a month, in US dollars: ${sumText({ usd, unknown })}`,
    head: ["tenant", "files", "database", "machine runs", "files $", "database $", "machine $", "$ a month"],
    rows: [...rows, ...once, ["all", "", "", "", "", "", "", sumText({ usd, unknown })]],
    notes: [
      "~ is assumed, all else are the vendors' own figures.",
      ...(unknown.length === 0 ? [] : [`No known price, on top of that: ${unknown.join(", ")}.`]),
      ...tenants.flatMap(({ tenant, unread }) => unread.map((what) => `${tenant}: could not read ${what}.`)),
    ],
  };
}

function breakEvenTable({ breakEven, tursoPlan, assumed }: Estimate): CostTable {
  const rows = breakEven.flatMap(({ backend, unknown, fleets }) =>
    unknown.length > 0
      ? [[backend, "", "", "", "", `unknown: no price of ${unknown.join(", ")}`]]
      : fleets.map((fleet, index) => [
          index === 0 ? backend : "",
          `${fleet.gb} GB`,
          dollars(fleet.bucketUsd),
          dollars(fleet.volumeUsd),
          count(fleet.writes),
          fleet.tenants === undefined ? `never up to ${MOST_TENANTS}` : `${fleet.tenants}`,
        ]),
  );
  const alone = breakEven
    .filter(({ unknown }) => unknown.length === 0)
    .map(({ backend, gb }) => `${backend}: from ${gb === undefined ? `never up to ${MOST_GB}` : gb} GB`);
  return {
    title: "When a bucket and Turso cost no more than a Fly volume with a local SQLite file",
    head: ["backend", "files per tenant", "bucket + Turso $", "volume $", "same at writes", "from tenants on"],
    rows,
    notes: [
      `$ a month and tenant in a fleet of ${MOST_TENANTS}, with Turso's plan ${tursoPlan} and all that is included; the machine costs the same in both and is left out.`,
      `"same at writes": as many requests of class A a month and tenant eat up the difference; assumed are ${count(assumed.writes)}.`,
      `By list prices alone, in whole GB of one tenant: ${alone.join("; ")}.`,
    ],
  };
}

function assumptionTable({ assumed, tursoPlan }: Estimate): CostTable {
  return {
    title: "Assumed usage of a tenant where nothing is measured",
    head: ["a month", "assumed", "change it with"],
    rows: [
      ...ASSUMPTIONS.map(({ key, flag, what }) => [what, count(assumed[key]), `--${flag}`]),
      ["Turso's plan", tursoPlan, "--turso-plan"],
    ],
    notes: ["A machine that is never stopped (autostop: off) runs 720 hours, that of a suspended tenant none."],
  };
}

function priceTable({ prices }: Estimate): CostTable {
  return {
    title: "Where the prices are from",
    head: ["vendor", "seen", "source"],
    rows: prices.map(({ vendor, seen, source }) => [vendor, seen, source]),
    notes: [
      "List prices without taxes, credits and reservations. What the vendors include is taken off once, as if the stack were all that the organisation has.",
      "AWS has no table here: its prices are unknown. Whether Turso asks for active databases on top is unknown too.",
    ],
  };
}

/** The assumptions and the flag that changes each. */
export const ASSUMPTIONS: readonly { readonly key: keyof Usage; readonly flag: string; readonly what: string }[] = [
  { key: "storedGb", flag: "gb-per-tenant", what: "GB of files" },
  { key: "databaseGb", flag: "database-gb", what: "GB in the database" },
  { key: "runningHours", flag: "hours-per-month", what: "hours the machine runs" },
  { key: "imageGb", flag: "image-gb", what: "GB of the machine's image" },
  { key: "uploadedGb", flag: "uploaded-gb", what: "GB the machine sends to its bucket" },
  { key: "writes", flag: "writes", what: "requests of class A: PUT, COPY, POST, LIST" },
  { key: "reads", flag: "reads", what: "requests of class B: GET, HEAD" },
  { key: "rowsRead", flag: "rows-read", what: "rows read" },
  { key: "rowsWritten", flag: "rows-written", what: "rows written" },
];

function figure({ usage, measured, lines }: TenantEstimate, key: keyof Usage, text: (value: number) => string): string {
  if (lines.length === 0 || (key === "databaseGb" && !lines.some(({ vendor }) => vendor === "turso"))) return "";
  return `${measured.includes(key) ? "" : "~"}${text(usage[key])}`;
}

/** The sum of the lines of these vendors and of these items; undefined when a price is missing. */
function partOf(lines: readonly CostLine[], vendors: readonly string[], items: readonly string[]): number | undefined {
  const part = lines.filter(
    ({ vendor, item }) => vendors.includes(vendor) || items.includes(item.replace(/ left behind$/, "")),
  );
  return part.some(({ usd }) => usd === undefined) ? undefined : part.reduce((sum, { usd = 0 }) => sum + usd, 0);
}

function sumText({ usd, unknown }: CostSum): string {
  return `${dollars(usd)}${unknown.length === 0 ? "" : " + unknown"}`;
}

function dollars(usd: number | undefined): string {
  return usd === undefined ? "unknown" : usd.toFixed(2);
}

function gigabytes(gb: number): string {
  return byteSize(gb * 1e9);
}

/** At most three digits behind the point, thousands apart. */
function count(value: number): string {
  return value.toLocaleString("en-US", { maximumFractionDigits: value < 10 ? 3 : 0 });
}
