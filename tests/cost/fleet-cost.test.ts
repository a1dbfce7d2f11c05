import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";

import { breakEven } from "../../cost/break-even.ts";
import { fleetCost } from "../../cost/fleet-cost.ts";
import { TURSO_PLANS } from "../../cost/price-tables.ts";
import { runningHours } from "../../cost/running-hours.ts";
import { listPrices, sumOf } from "../../cost/tenant-cost.ts";
import { ASSUMED, assumedUsage, HOURS_PER_MONTH } from "../../cost/usage.ts";
import { anyTenant } from "../tenants/any-tenant.ts";

const anyFleet = fc
  .array(anyTenant, { maxLength: 6 })
  .map((tenants) => tenants.map((tenant) => ({ tenant, usage: assumedUsage(tenant) })));
const anyPlan = fc.constantFrom(...TURSO_PLANS).map((plan) => listPrices(plan));

describe("a fleet's cost", () => {
  it("is what its tenants cost and what is shared, in any order", () => {
    fc.assert(
      fc.property(anyFleet, anyPlan, (fleet, prices) => {
        const { tenants, shared, usd } = fleetCost(fleet, prices);
        const parts = tenants.reduce((sum, each) => sum + each.usd, 0) + sumOf(shared).usd;
        expect(usd).toBeCloseTo(parts, 6);
        expect(fleetCost(fleet.toReversed(), prices).usd).toBeCloseTo(usd, 6);
      }),
    );
  });

  it("never falls with one tenant more, and nothing that is included makes it negative", () => {
    fc.assert(
      fc.property(anyFleet, anyTenant, anyPlan, (fleet, tenant, prices) => {
        const before = fleetCost(fleet, prices).usd;
        const after = fleetCost([...fleet, { tenant, usage: assumedUsage(tenant) }], prices).usd;
        expect(before).toBeGreaterThanOrEqual(-1e-9);
        expect(after).toBeGreaterThanOrEqual(before - 1e-9);
      }),
    );
  });
});

describe("the break-even against volumes", () => {
  const found = breakEven(listPrices(), ASSUMED, 0.7);

  it("is where the bill says: cheaper from there on, dearer with one tenant less", () => {
    const [{ fleets } = { fleets: [] }] = found;
    const [one] = fleets;
    expect(one).toMatchObject({ gb: 1, tenants: 22 });
    // 1 GB of files and 0.1 GB of SQLite at 70 % are a volume of 2 GB: 2 x $0.15 and 1.1 x $0.08, less 10 x $0.08 for 1000 tenants.
    expect(one?.volumeUsd).toBeCloseTo(0.3 + 0.088 - 0.8 / 1000, 9);
  });

  it("takes the same number of tenants or fewer, the more files each has", () => {
    for (const { fleets } of found) {
      const counts = fleets.map(({ tenants = Infinity }) => tenants);
      expect(counts).toEqual(counts.toSorted((one, other) => other - one));
    }
  });

  it("is unknown for a backend whose prices are", () => {
    const aws = found.find(({ backend }) => backend === "aws-s3");
    expect(aws).toMatchObject({ unknown: ["aws storage", "aws requests"], gb: undefined, fleets: [] });
  });
});

describe("the hours a machine runs", () => {
  const at = (hour: number) => new Date(Date.UTC(2026, 0, 1, hour));

  it("are its share of running in its history", () => {
    const events = [
      { status: "created", at: at(0) },
      { status: "started", at: at(6) },
      { status: "stopped", at: at(18) },
    ];
    expect(runningHours(events, at(48))).toBeCloseTo((12 / 48) * HOURS_PER_MONTH, 9);
    expect(runningHours([{ status: "started", at: at(0) }], at(48))).toBe(HOURS_PER_MONTH);
  });

  it("can't be told from less than a day", () => {
    expect(runningHours([{ status: "started", at: at(0) }], at(23))).toBeUndefined();
    expect(runningHours([], at(48))).toBeUndefined();
  });
});
