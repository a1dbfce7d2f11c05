import { describe, expect, it } from "@jest/globals";

import { limitedTo } from "../../../operations/drift/limited.ts";
import type { DriftReport } from "../../../operations/drift/report.ts";

const finding = (tenant: string) => ({
  kind: "modified" as const,
  tenant,
  resource: "machine",
  aspect: "machine.region",
});

const report: DriftReport = {
  version: 1,
  stack: "local",
  checkedAt: "2026-11-26T12:00:00.000Z",
  tenants: { checked: 4, without: ["acme-2", "calm"] },
  findings: [finding("(stack)"), finding("acme"), finding("globex")],
  expiredRules: [{ what: "machine", reason: "test", until: "2026-01-01", tenant: "globex" }],
  blind: [],
  errors: [
    { tenant: "(stack)", message: "Fly does not answer" },
    { tenant: "globex", message: "refused" },
  ],
};

describe("drift of some tenants", () => {
  it("tells of these alone, and not of one whose name only begins like theirs", () => {
    const found = limitedTo(report, ["acme", "calm"]);
    expect(found.findings.map(({ tenant }) => tenant)).toEqual(["acme"]);
    expect(found.tenants).toEqual({ checked: 2, without: ["calm"] });
    expect(found.expiredRules).toEqual([]);
  });

  it("keeps an error that may be theirs", () => {
    expect(limitedTo(report, ["calm"]).errors).toEqual([{ tenant: "(stack)", message: "Fly does not answer" }]);
    expect(limitedTo(report, ["globex"]).errors).toHaveLength(2);
  });

  it("is the whole report when no tenant is named", () => {
    expect(limitedTo(report, [])).toBe(report);
  });
});
