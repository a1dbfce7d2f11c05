import { breakEven } from "../../../cost/break-even.ts";
import { listPrices } from "../../../cost/tenant-cost.ts";
import { ASSUMED } from "../../../cost/usage.ts";
import type { Gate } from "../gate.ts";
import type { Measurement } from "../measurement.ts";

const GATE: Gate = {
  id: "cost.break-even",
  phase: "all",
  name: "Cost compared with a volume",
  question: "From how many GB of files per tenant do bucket and database cost no more than a volume?",
  unit: "GB per tenant",
  good: "below",
  cannotTell:
    "the bill. Prices are list prices, and use is assumed. `npx tenantry cost` uses the vendors' own figures.",
};

const FILL = 0.7;
const WANTED_GB = [1, 10, 50];

/** Calculated from list prices, for tenants as docs/cost.md assumes them. */
export const costMeasurement: Measurement = {
  gates: [GATE],
  needsCloud: false,
  measure() {
    const [bucket] = breakEven(listPrices(), ASSUMED, FILL);
    const fleets = (bucket?.fleets ?? []).filter(({ gb }) => WANTED_GB.includes(gb));
    const dollars = (usd: number) => `$${usd.toFixed(2)}`;
    return Promise.resolve({
      [GATE.id]: {
        value: bucket?.gb,
        ...(bucket?.gb === undefined ? { why: "no amount up to 500 GB" } : {}),
        samples: [],
        how: `list prices, ${bucket?.backend ?? "no bucket"}, volumes filled to 70 %, a fleet of 1000 tenants; the machines cost the same and are left out`,
        detail: {
          head: ["GB of files per tenant", "bucket + database a month", "volume a month", "writes a month at par"],
          rows: fleets.map(({ gb, bucketUsd, volumeUsd, writes }) => [
            String(gb),
            dollars(bucketUsd),
            dollars(volumeUsd),
            String(writes),
          ]),
        },
      },
    });
  },
};
