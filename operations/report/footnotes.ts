import { minute } from "./dates.ts";
import type { FleetReport } from "./fleet-report.ts";

/** What one has to know to read the report. */
export function footnotes({ unknownPrices, driftCheckedAt, blind, rows, gates }: FleetReport): string[] {
  const isMeasured = rows.some(({ filesGb, databaseGb }) => filesGb !== undefined || databaseGb !== undefined);
  return [
    "Costs are estimates by list prices; usage without a vendor's figure is assumed, and an organisation's fixed fees are in the sum only: npx tenantry cost.",
    ...(unknownPrices.length > 0 ? [`No known price: ${unknownPrices.join(", ")}.`] : []),
    driftCheckedAt === undefined
      ? "Drift was not checked: --drift <file> or --check-drift."
      : `Drift as of ${minute(driftCheckedAt)} UTC.`,
    ...blind.map((what) => `Not compared: ${what}`),
    ...(isMeasured ? [] : ["Sizes were not measured."]),
    ...(gates === undefined ? ["Gates were not measured: --gates <file>."] : []),
    ...(rows.some(({ exported }) => exported !== undefined) ? [] : ["No tenant file names the manifest of an export."]),
  ];
}
