import type { Tenant } from "../tenants/model/tenant.ts";
import type { Price } from "./price-tables.ts";
import { cost, type CostLine, type CostSum, type Prices, sumOf, type TenantCost } from "./tenant-cost.ts";
import type { Usage } from "./usage.ts";

/** What a fleet costs in a month. */
export interface FleetCost extends CostSum {
  readonly tenants: readonly TenantCost[];
  /** What is asked or given once: Turso's plan, and with a minus what the vendors include each month. */
  readonly shared: readonly CostLine[];
}

/** What all these tenants cost together, if they are all that their organisations have. Pure. */
export function fleetCost(
  fleet: readonly { readonly tenant: Tenant; readonly usage: Usage }[],
  prices: Prices,
): FleetCost {
  const tenants = fleet.map(({ tenant, usage }) => cost(tenant, prices, usage));
  const lines = tenants.flatMap((each) => each.lines);
  const shared = sharedCost(lines, prices);
  return { tenants, shared, ...sumOf([...lines, ...shared]) };
}

/** What comes on top of these lines, and what is taken off them, because the vendors bill the organisation as one. */
export function sharedCost(
  lines: readonly CostLine[],
  { tables: { tigris, turso, fly }, tursoPlan }: Prices,
): CostLine[] {
  const plan = turso.plans[tursoPlan];
  const off = (vendor: CostLine["vendor"], item: string, included: number, price: Price, per = 1): CostLine[] => {
    const bought = lines.filter((line) => line.vendor === vendor && line.item === item);
    const quantity = Math.min(
      included,
      bought.reduce((sum, line) => sum + line.quantity, 0),
    );
    const [first] = bought;
    if (first === undefined || quantity === 0 || price.usd === undefined) return [];
    return [{ ...first, item: `${item} included`, quantity: -quantity, usd: (-quantity / per) * price.usd }];
  };
  const fee: CostLine = { vendor: "turso", item: `plan ${tursoPlan}`, quantity: 1, unit: "month", usd: plan.monthUsd };
  return [
    ...(lines.some(({ vendor }) => vendor === "turso") ? [fee] : []),
    ...off("turso", "storage", plan.included.storageGb, plan.prices.storageGbMonth),
    ...off("turso", "rows read", plan.included.rowsRead, plan.prices.rowsReadBillion, 1e9),
    ...off("turso", "rows written", plan.included.rowsWritten, plan.prices.rowsWrittenMillion, 1e6),
    // Of buckets at several prices: whichever counts first, at least the lowest price is saved.
    ...off("tigris", "storage", tigris.included.storageGb, tigris.prices.storageGbMonth),
    ...off("tigris", "requests of class A", tigris.included.classA, tigris.prices.classAThousand, 1000),
    ...off("tigris", "requests of class B", tigris.included.classB, tigris.prices.classBThousand, 1000),
    ...off("fly", "volume snapshots", fly.included.snapshotGb, fly.prices.snapshotGbMonth),
  ];
}
