import { describe, expect, it } from "@jest/globals";

import { inventedReport } from "../../../bench/report-fleet.ts";
import { inventedPast } from "../../../bench/report-tenant.ts";
import { asTenantMarkdown, asTenantPage } from "../../../operations/report/tenant-page.ts";
import { sectionsOf, type TenantReport, tenantReport } from "../../../operations/report/tenant-report.ts";

const EVIL = `"></td></table><script>alert('x')</script>|\`[a](b)`;

function reportOf(id: string): TenantReport {
  const found = tenantReport(inventedReport(50), id, inventedPast(id));
  if (found === undefined) throw new Error("no such tenant");
  return found;
}

describe("the page about one tenant", () => {
  const report = reportOf("amber-bakery");
  const rowsOf = (title: string) => sectionsOf(report).find((each) => each.title === title)?.rows;

  it("says where each of its settings comes from", () => {
    expect(rowsOf("Settings")).toEqual(
      report.row.settings.map(({ setting, value, from }) => [`${setting} = ${String(value)}`, from]),
    );
    expect(report.row.settings.map(({ setting }) => setting)).toContain("machine.image");
  });

  it("tells rollouts, snapshots and history, the youngest first", () => {
    expect(rowsOf("Rollouts")).toEqual([
      ["agent-2", "5%", "2026-11-20 10:00", "failed", "its check http is critical"],
      ["agent-1", "canary", "2026-11-01 10:00", "passed on 2026-11-02 10:00", "checks: 1 hold"],
    ]);
    expect(rowsOf("Snapshots")).toEqual([
      ["2026-11-22 04:00", "restored from 2026-11-19T04:00:00.000Z", "v1", "1.5 MB", "20 kB", "ada@acme.example"],
      ["2026-11-19 04:00", "snapshot", "v1", "1.5 MB", "20 kB", "octocat"],
    ]);
    expect(rowsOf("History")?.map(([when, what]) => [when, what])).toEqual([
      ["2026-11-22 04:00", "restored from 2026-11-19T04:00:00.000Z"],
      ["2026-11-20 10:05", "1 updated, failed: FLY_TAKEN_BACK"],
      ["2026-11-19 04:00", "snapshot"],
      ["2026-11-01 10:05", "9 created"],
    ]);
  });

  it("holds nothing of another tenant", () => {
    const text = asTenantPage(report) + asTenantMarkdown(report) + JSON.stringify(report);
    expect(text).toContain("amber-bakery");
    expect(text).not.toContain("birch-bakery");
  });

  it("says so where there is nothing to tell", () => {
    const bare = tenantReport(inventedReport(50), "amber-bakery", { records: [], history: [] });
    if (bare === undefined) throw new Error("no such tenant");
    for (const text of [asTenantPage(bare), asTenantMarkdown(bare)]) {
      expect(text).toContain("No rollout has reached it.");
      expect(text).toContain("The history has no snapshot.");
      expect(text).toContain("The history has no entry for it.");
    }
  });

  it("escapes every text, and runs nothing", () => {
    const { row, rings, history } = report;
    const settings = row.settings.map((each) => ({ ...each, setting: EVIL, value: EVIL, rollout: EVIL, ring: EVIL }));
    const evil: TenantReport = {
      ...report,
      stack: EVIL,
      row: { ...row, tenant: EVIL, owner: EVIL, plan: EVIL, settings, image: { declared: EVIL, applied: EVIL } },
      rings: rings.map((each) => ({ ...each, rollout: EVIL, ring: EVIL, found: EVIL })),
      history: history.map((each) => ({ ...each, actor: EVIL, errors: [EVIL] })),
    };
    const page = asTenantPage(evil);
    expect(page).not.toContain("<script");
    expect(page).not.toContain("href=");
    expect(page.match(/<\/table>/g)).toHaveLength(5);
    expect(page).toContain("default-src &#39;none&#39;");
    const lines = asTenantMarkdown(evil).split("\n").slice(1);
    expect(lines.filter((line) => line.includes("<") || /(?<!\\)[[`]/.test(line))).toEqual([]);
  });

  it("is none of a tenant that the fleet does not have", () => {
    expect(tenantReport(inventedReport(3), "nobody", inventedPast("nobody"))).toBeUndefined();
  });
});
