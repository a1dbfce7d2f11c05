import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";

import { costChange } from "../../cost/cost-change.ts";
import { cost, listPrices } from "../../cost/tenant-cost.ts";
import { ASSUMED, HOURS_PER_MONTH, type Usage } from "../../cost/usage.ts";
import { anyTenant } from "../tenants/any-tenant.ts";

const prices = listPrices();
const some = (max: number) => fc.double({ min: 0, max, noNaN: true });

/** Up to Fly's largest image, 8 GB: a machine that runs costs more than an image that lies there. */
const anyUsage: fc.Arbitrary<Usage> = fc.record({
  storedGb: some(500),
  uploadedGb: some(500),
  writes: some(1e7),
  reads: some(1e8),
  databaseGb: some(100),
  rowsRead: some(1e10),
  rowsWritten: some(1e8),
  runningHours: some(HOURS_PER_MONTH),
  imageGb: some(8),
});
const anyField = fc.constantFrom(...(Object.keys(ASSUMED) as (keyof Usage)[]));

describe("a tenant's cost", () => {
  it("never falls when more is used", () => {
    fc.assert(
      fc.property(anyTenant, anyUsage, anyField, some(100), (tenant, usage, field, more) => {
        const before = cost(tenant, prices, usage).usd;
        const after = cost(tenant, prices, { ...usage, [field]: usage[field] + more }).usd;
        expect(after).toBeGreaterThanOrEqual(before - 1e-9);
      }),
    );
  });

  it("is the sum of its lines, none of which is negative", () => {
    fc.assert(
      fc.property(anyTenant, anyUsage, (tenant, usage) => {
        const { lines, usd } = cost(tenant, prices, usage);
        expect(usd).toBeCloseTo(
          lines.reduce((sum, line) => sum + (line.usd ?? 0), 0),
          6,
        );
        for (const line of lines) expect(line.usd ?? 0).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  it("says which prices are unknown, and takes none of them for nothing", () => {
    fc.assert(
      fc.property(anyTenant, anyUsage, (tenant, usage) => {
        const { lines, unknown } = cost(tenant, prices, usage);
        const unpriced = lines.filter((line) => line.usd === undefined && line.quantity > 0);
        expect([...unknown].sort()).toEqual(unpriced.map(({ vendor, item }) => `${vendor} ${item}`).sort());
        const isAtAws = tenant.storage.backend === "aws-s3" && tenant.state !== "purged" && usage.storedGb > 0;
        expect(unknown.includes("aws storage")).toBe(isAtAws);
      }),
    );
  });

  it("is nothing for a purged tenant", () => {
    fc.assert(
      fc.property(anyTenant, anyUsage, (tenant, usage) => {
        expect(cost({ ...tenant, state: "purged" }, prices, usage)).toMatchObject({ usd: 0, lines: [], unknown: [] });
      }),
    );
  });

  it("counts both regions of a bucket that is kept in two", () => {
    fc.assert(
      fc.property(anyTenant, (tenant) => {
        const storage = { backend: "tigris", snapshots: false, softDeleteDays: 7 } as const;
        const inRegions = (...locations: ("iad" | "ord")[]) =>
          cost({ ...tenant, state: "active", storage: { ...storage, locations } }, prices, ASSUMED).lines[0]?.usd ?? 0;
        expect(inRegions("iad", "ord")).toBeCloseTo(2 * inRegions("iad"), 9);
      }),
    );
  });
});

describe("the change of cost by a change of files", () => {
  it("adds up: by way of any third state it is the same", () => {
    const anyState = fc.option(anyTenant, { nil: undefined });
    fc.assert(
      fc.property(anyState, anyState, anyState, (one, two, three) => {
        const direct = costChange(one, three).usd;
        expect(costChange(one, two).usd + costChange(two, three).usd).toBeCloseTo(direct, 6);
      }),
    );
  });

  it("is nothing without a change, and what a new tenant costs is what dropping it saves", () => {
    fc.assert(
      fc.property(anyTenant, (tenant) => {
        expect(costChange(tenant, tenant).usd).toBe(0);
        expect(costChange(tenant, undefined).usd).toBe(-costChange(undefined, tenant).usd + 0);
      }),
    );
  });

  it("falls by the running machine when a tenant is suspended", () => {
    fc.assert(
      fc.property(anyTenant, (tenant) => {
        const active = { ...tenant, state: "active" as const, machine: { ...tenant.machine, region: "iad" as const } };
        expect(costChange(active, { ...active, state: "suspended" }).usd).toBeLessThan(0);
      }),
    );
  });
});
