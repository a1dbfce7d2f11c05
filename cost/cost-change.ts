import type { Tenant } from "../tenants/model/tenant.ts";
import { cost, type CostSum, listPrices, type Prices } from "./tenant-cost.ts";
import { ASSUMED, assumedUsage, type Usage } from "./usage.ts";

/**
 * By how much a change of a tenant's file moves its monthly cost, at list prices and with the same assumed use before and
 * after. Sum it over tenants for a whole plan. Pure but for the price tables, which are read once.
 *
 * @param before as declared until now; undefined for a new tenant
 * @param after as declared from now on; undefined for one whose file is gone
 * @returns `usd`: US dollars a month, negative when it gets cheaper; `unknown`: what is in one of them and has no known price
 */
export function costChange(
  before: Tenant | undefined,
  after: Tenant | undefined,
  { prices = listPrices(), assumed = ASSUMED }: { prices?: Prices; assumed?: Usage } = {},
): CostSum {
  const sum = (tenant: Tenant | undefined): CostSum =>
    tenant === undefined ? { usd: 0, unknown: [] } : cost(tenant, prices, assumedUsage(tenant, assumed));
  const [old, fresh] = [sum(before), sum(after)];
  return { usd: fresh.usd - old.usd, unknown: [...new Set([...old.unknown, ...fresh.unknown])] };
}
