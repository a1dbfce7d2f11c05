import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { describe, expect, it } from "@jest/globals";

import { inventedReport } from "../../../bench/report-fleet.ts";
import { estimate } from "../../../cost/estimate.ts";
import { listPrices } from "../../../cost/tenant-cost.ts";
import { ASSUMED } from "../../../cost/usage.ts";
import { asMarkdown } from "../../../operations/report/as-markdown.ts";
import { credentialsOf } from "../../../operations/report/credentials.ts";
import { type FleetReport, fleetReport, isKept } from "../../../operations/report/fleet-report.ts";
import type { DriftReport } from "../../../operations/drift/report.ts";
import { driftFound, type Gates, readDrift } from "../../../operations/report/input-file.ts";
import { asPage } from "../../../operations/report/page.ts";
import { loadFleet } from "../../../tenants/load-fleet.ts";

const EVIL = `"></td></tr></table><script>alert('x')</script><img src=x onerror=alert(1)>'&</script><!--|\`[a](b)`;
const NOW = new Date("2026-11-23T12:00:00Z");

/** A report whose every text tries to break out. */
function evilReport(): FleetReport {
  const gates: Gates = {
    measuredAt: NOW.toISOString(),
    gates: [{ name: EVIL, unit: EVIL, threshold: 1, good: "below", value: 2, conditions: EVIL, samples: [1] }],
  };
  const report = inventedReport(1, gates);
  const rows = report.rows.map((row) => ({
    ...row,
    tenant: EVIL,
    owner: EVIL,
    region: EVIL,
    backend: EVIL,
    exported: EVIL,
    credentials: [{ what: EVIL, issued: 0, due: 1 }],
    changed: { at: 1, actor: EVIL },
  }));
  return { ...report, stack: EVIL, rows, unknownPrices: [EVIL] };
}

describe("the page of a fleet", () => {
  it("escapes every text, wherever it comes from", () => {
    const page = asPage(evilReport());
    expect(page).not.toContain("<img");
    expect(page).not.toContain("alert('x')");
    expect(page.match(/<script>/g)).toHaveLength(1);
    expect(page.match(/<\/script>/g)).toHaveLength(1);
    expect(page.match(/<\/table>/g)).toHaveLength(1);
    expect(page).toContain("&lt;script&gt;");
  });

  it("says in Markdown what Markdown can't read as something else", () => {
    const markdown = asMarkdown(evilReport());
    const [row = ""] = markdown.split("\n").filter((line) => line.startsWith("| ") && line.includes("script"));
    expect(row).not.toContain("<");
    expect(row.match(/(?<!\\)\|/g)).toHaveLength(10);
    expect(row).not.toMatch(/(?<!\\)[[`]/);
  });

  it("lets nothing be loaded: its policy names the style and the script in it by their hashes", () => {
    const page = asPage(inventedReport(3));
    const [, policy = ""] = /Content-Security-Policy"\s+content="([^"]*)"/.exec(page) ?? [];
    expect(policy.replaceAll("&#39;", "'").replaceAll(/sha256-[\w+/=]+/g, "sha256")).toBe(
      "default-src 'none'; style-src 'sha256' 'sha256'; script-src 'sha256'; base-uri 'none'; form-action 'none'",
    );
    expect(page).not.toMatch(/\b(?:src|href)="(?!#)/);
    expect(page).not.toContain("url(");
  });

  it("says of what was not measured that it was not, and invents no figure", () => {
    const page = asPage({ ...inventedReport(1), driftCheckedAt: undefined, gates: undefined });
    expect(page).toContain("Not measured yet.");
    expect(page).toContain("not looked for");
  });
});

const DRIFT: DriftReport = {
  version: 1,
  stack: "local",
  checkedAt: "2026-11-23T11:30:00Z",
  tenants: { checked: 3, without: ["lighthouse-bakery"] },
  findings: [
    { kind: "modified", tenant: "nightjar-radio", resource: "bucket", urn: "urn:bucket", aspect: "bucket.acl" },
    { kind: "modified", tenant: "nightjar-radio", resource: "bucket", urn: "urn:bucket", aspect: "bucket.type" },
    { kind: "missing", tenant: "nightjar-radio", resource: "app", urn: "urn:app", aspect: "app" },
    { kind: "expiring", tenant: "lighthouse-bakery", resource: "key", urn: "urn:key", aspect: "key" },
  ],
  expiredRules: [],
  blind: [{ aspect: "policies", why: "may not be listed" }],
  errors: [{ tenant: "tin-can-robotics", message: "unreachable" }],
};

describe("a fleet's report", () => {
  const { tenants } = loadFleet("tenants", "local");
  const sources = {
    stack: "local",
    now: NOW,
    tenants,
    standing: new Set(["nightjar-radio"]),
    credentials: credentialsOf([
      {
        urn: "urn",
        type: "tenantry:tigris:AccessKey",
        inputs: { tenant: "nightjar-radio", purpose: "access-ada", issued: "2026-11-01T00:00:00Z", rotation: "90d" },
        outputs: { secretAccessKey: "tsec_SECRET" },
      },
      {
        urn: "urn",
        type: "tenantry:turso:DatabaseToken",
        inputs: { tenant: "nightjar-radio", purpose: "machine", issued: "2026-11-01T00:00:00Z", rotation: "30d" },
        outputs: { token: "SECRET" },
      },
    ]),
    estimate: estimate("local", tenants, new Map(), { prices: listPrices(), assumed: ASSUMED, fill: 0.7 }),
    history: [],
    drift: driftFound(DRIFT),
    gates: undefined,
  };
  const report = fleetReport(sources);
  const rowOf = (id: string) => report.rows.find(({ tenant }) => tenant === id);

  it("tells drift, none and unknown apart", () => {
    expect(report.rows.map(({ tenant, drift }) => [tenant, drift.state])).toEqual([
      ["lighthouse-bakery", "none"],
      ["nightjar-radio", "found"],
      ["tin-can-robotics", "unknown"],
    ]);
    expect(fleetReport({ ...sources, drift: undefined }).rows.map(({ drift }) => drift.state)).toEqual(
      Array(3).fill("unknown"),
    );
  });

  it("counts resources and not their settings, and says when drift was looked for and what could not be compared", () => {
    expect(rowOf("nightjar-radio")?.drift).toEqual({ state: "found", count: 2 });
    expect(asPage(report)).toContain("Drift as of 2026-11-23 11:30 UTC.");
    expect(asPage(report)).toContain("Not compared: policies: may not be listed");
  });

  it("takes no drift report of another stack for its own", () => {
    const file = join(mkdtempSync(join(tmpdir(), "tenantry-report-")), "drift.json");
    writeFileSync(file, JSON.stringify(DRIFT));
    expect(readDrift(file, "local").changed).toHaveLength(1);
    expect(() => readDrift(file, "prod")).toThrow("REPORT_INPUT");
    rmSync(dirname(file), { recursive: true });
  });

  it("names each credential with its age and when it is due, the first due first, and no secret", () => {
    expect(rowOf("nightjar-radio")?.credentials).toEqual([
      { what: "token of the machine", issued: Date.UTC(2026, 10, 1), due: Date.UTC(2026, 11, 1) },
      { what: "key of ada", issued: Date.UTC(2026, 10, 1), due: Date.UTC(2027, 0, 30) },
    ]);
    expect(asPage(report) + asMarkdown(report) + JSON.stringify(report)).not.toContain("SECRET");
  });

  it("takes no assumed size for a measured one", () => {
    expect(report.rows.map(({ filesGb, databaseGb }) => [filesGb, databaseGb])).toEqual(
      Array(3).fill([undefined, undefined]),
    );
  });

  it("judges a gate by its threshold, and one without a value not at all", () => {
    const gate = { name: "", unit: "", conditions: "", samples: [], threshold: 10 };
    expect(isKept({ ...gate, good: "below", value: 10 })).toBe(true);
    expect(isKept({ ...gate, good: "below", value: 11 })).toBe(false);
    expect(isKept({ ...gate, good: "above", value: 9 })).toBe(false);
    expect(isKept({ ...gate, good: "above", value: null })).toBeUndefined();
  });
});
