import { readdirSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "@jest/globals";

import { priceTables } from "../../cost/price-tables.ts";
import { cost, listPrices } from "../../cost/tenant-cost.ts";
import { ASSUMED, HOURS_PER_MONTH } from "../../cost/usage.ts";
import type { Tenant } from "../../tenants/model/tenant.ts";
import { loadFleet } from "../../tenants/load-fleet.ts";

const [someone] = loadFleet(join(import.meta.dirname, "../../tenants"), "local").tenants as [Tenant];

/** What the machine alone costs when it runs all month. */
function monthOf(machine: Partial<Tenant["machine"]>): string {
  const tenant = { ...someone, machine: { ...someone.machine, region: "iad" as const, ...machine } };
  const { lines } = cost(tenant, listPrices(), { ...ASSUMED, runningHours: HOURS_PER_MONTH });
  return (lines.find(({ item }) => item === "machine running")?.usd ?? NaN).toFixed(2);
}

describe("the price tables", () => {
  it.each([
    ["shared", 1, 256, "iad", "2.19"],
    ["shared", 1, 512, "iad", "3.69"],
    ["shared", 1, 1024, "iad", "6.70"],
    ["shared", 2, 2048, "iad", "13.39"],
    ["performance", 1, 2048, "iad", "33.00"],
    ["performance", 2, 4096, "iad", "66.00"],
    ["shared", 1, 1024, "fra", "7.73"],
    ["shared", 1, 1024, "sin", "8.50"],
  ] as const)(
    "reproduce what Fly's page says of a month: %s, %i CPU, %i MB in %s costs $%s",
    (cpuKind, cpus, memoryMb, region, usd) => {
      expect(monthOf({ cpuKind, cpus, memoryMb, region })).toBe(usd);
    },
  );

  it("name source and day of every price", () => {
    const { tigris, turso, fly } = priceTables();
    const tables = [tigris.prices, fly.prices, ...Object.values(turso.plans).map(({ prices }) => prices)];
    for (const { source, seen } of tables.flatMap((prices) => Object.values(prices))) {
      expect(source).toMatch(/^https:\/\//);
      expect(seen).toMatch(/^\d{4}-\d{2}-\d{2}$/);
    }
  });

  it("carry their day in the file's name", () => {
    const { tigris, turso, fly } = priceTables();
    const names = readdirSync(join(import.meta.dirname, "../../cost/prices"));
    for (const { vendor, seen } of [tigris, turso, fly]) expect(names).toContain(`${vendor}-${seen}.yaml`);
  });
});
