import { minute } from "./dates.ts";
import type { FleetReport } from "./fleet-report.ts";

/** What one has to know to read the report. */
export function footnotes({ unknownPrices, driftCheckedAt, blind, rows, gates }: FleetReport): string[] {
  const isMeasured = rows.some(({ filesGb, databaseGb }) => filesGb !== undefined || databaseGb !== undefined);
  return [
    "Costs are estimates by list prices; what no vendor has a figure for is assumed, and what an organisation pays once is in the sum only: npx tenantry cost.",
    ...(unknownPrices.length > 0 ? [`No known price: ${unknownPrices.join(", ")}.`] : []),
    driftCheckedAt === undefined
      ? "Drift was not looked for: --drift <file> or --check-drift."
      : `Drift as of ${minute(driftCheckedAt)} UTC.`,
    ...blind.map((what) => `Not compared: ${what}`),
    ...(isMeasured ? [] : ["Sizes were not measured."]),
    ...(gates === undefined ? ["Gates were not measured: --gates <file>."] : []),
    ...(rows.some(({ exported }) => exported !== undefined) ? [] : ["No tenant file names the manifest of an export."]),
  ];
}
