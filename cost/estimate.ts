import type { Tenant } from "../tenants/model/tenant.ts";
import { type BreakEven, breakEven } from "./break-even.ts";
import { type FleetCost, fleetCost } from "./fleet-cost.ts";
import type { Prices, TenantCost } from "./tenant-cost.ts";
import { assumedUsage, type Usage } from "./usage.ts";

/** What the vendors' own figures say of one tenant, and what could not be read. */
export interface MeasuredUsage {
  readonly usage: Partial<Usage>;
  /** In words, with the error's code. */
  readonly unread: readonly string[];
}

/** What a stack costs, what that is made of, and what it rests on. */
export interface Estimate extends Omit<FleetCost, "tenants"> {
  readonly stack: string;
  readonly tenants: readonly TenantEstimate[];
  readonly assumed: Usage;
  readonly tursoPlan: string;
  readonly prices: readonly { readonly vendor: string; readonly seen: string; readonly source: string }[];
  readonly breakEven: readonly BreakEven[];
}

/** A tenant's cost with the usage it was computed from. */
export interface TenantEstimate extends TenantCost {
  readonly usage: Usage;
  /** Which figures of `usage` the vendors gave; the others are assumed. */
  readonly measured: readonly (keyof Usage)[];
  readonly unread: readonly string[];
}

/** Pure. */
export function estimate(
  stack: string,
  tenants: readonly Tenant[],
  measured: ReadonlyMap<string, MeasuredUsage>,
  { prices, assumed, fill }: { prices: Prices; assumed: Usage; fill: number },
): Estimate {
  const used = tenants.map((tenant) => ({
    tenant,
    usage: { ...assumedUsage(tenant, assumed), ...measured.get(tenant.id)?.usage },
  }));
  const fleet = fleetCost(used, prices);
  const { tigris, turso, fly } = prices.tables;
  return {
    stack,
    ...fleet,
    tenants: fleet.tenants.map((each, index) => {
      const { usage = {}, unread = [] } = measured.get(each.tenant) ?? {};
      return { ...each, usage: used[index]?.usage ?? assumed, measured: Object.keys(usage) as (keyof Usage)[], unread };
    }),
    assumed,
    tursoPlan: prices.tursoPlan,
    prices: [tigris, turso, fly].flatMap(({ vendor, seen, sources }) =>
      Object.values(sources).map((source) => ({ vendor, seen, source })),
    ),
    breakEven: breakEven(prices, assumed, fill),
  };
}
