import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { describe, expect, it } from "@jest/globals";

import { inventedReport } from "../../../bench/report-fleet.ts";
import { estimate } from "../../../cost/estimate.ts";
import { listPrices } from "../../../cost/tenant-cost.ts";
import { ASSUMED } from "../../../cost/usage.ts";
import { asMarkdown } from "../../../operations/report/as-markdown.ts";
import { credentialsOf } from "../../../operations/engine/credentials.ts";
import { type FleetReport, fleetReport, isKept, totals } from "../../../operations/report/fleet-report.ts";
import type { Entry } from "../../../operations/history/entry.ts";
import type { DriftReport } from "../../../operations/drift/report.ts";
import { type DriftedThing, driftFound, type Gates, readDrift } from "../../../operations/report/input-file.ts";
import { asPage } from "../../../operations/report/page.ts";
import { tenantView } from "../../../operations/report/tenant-view.ts";
import { loadFleet } from "../../../tenants/load-fleet.ts";
import type { Tenant } from "../../../tenants/model/tenant.ts";

const EVIL = `"></td></tr></table><script>alert('x')</script><img src=x onerror=alert(1)>'&</script><!--|\`[a](b)`;
const NOW = new Date("2026-11-23T12:00:00Z");
const GATES: Gates = {
  measuredAt: NOW.toISOString(),
  gates: [{ name: "one", unit: "ms", threshold: 1, good: "below", value: 2, conditions: "here", samples: [1] }],
};

const THINGS: readonly DriftedThing[] = [{ kind: "modified", what: EVIL, aspects: [EVIL] }];

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
    plan: EVIL,
    image: { declared: EVIL, applied: EVIL },
    schema: { from: EVIL, declared: 1, found: 2 },
    settings: [{ setting: EVIL, value: EVIL, from: "pin" as const, rollout: EVIL, ring: EVIL }],
    lastRing: {
      rollout: EVIL,
      ring: EVIL,
      begun: NOW.toISOString(),
      gate: "failed" as const,
      at: undefined,
      found: EVIL,
      isUnderWay: true,
    },
    drift: { state: "found" as const, things: THINGS },
    url: `https://x/${EVIL}`,
  }));
  const undeclared = [{ tenant: EVIL, exists: true, hasFile: false, things: THINGS }];
  return { ...report, stack: EVIL, rows, undeclared, shared: THINGS, unknownPrices: [EVIL] };
}

describe("the page of a fleet", () => {
  it("escapes every text, wherever it comes from", () => {
    const page = asPage(evilReport());
    expect(page).not.toContain("<img");
    expect(page).not.toContain("alert('x')");
    expect(page.match(/<script>/g)).toHaveLength(1);
    expect(page.match(/<\/script>/g)).toHaveLength(1);
    expect(page.match(/<\/table>/g)).toHaveLength(2);
    expect(page).toContain("&lt;script&gt;");
  });

  it("says in Markdown what Markdown can't read as something else", () => {
    const markdown = asMarkdown(evilReport());
    const [row = ""] = markdown.split("\n").filter((line) => line.startsWith("| ") && line.includes("script"));
    expect(row).not.toContain("<");
    expect(row.match(/(?<!\\)\|/g)).toHaveLength(14);
    expect(row).not.toMatch(/(?<!\\)[[`]/);
  });

  it("lets nothing be loaded: its policy names the style and the script in it by their hashes", () => {
    const page = asPage(inventedReport(3));
    const [, policy = ""] = /Content-Security-Policy"\s+content="([^"]*)"/.exec(page) ?? [];
    expect(policy.replaceAll("&#39;", "'").replaceAll(/sha256-[\w+/=]+/g, "sha256")).toBe(
      "default-src 'none'; style-src 'sha256' 'sha256'; script-src 'sha256'; base-uri 'none'; form-action 'none'",
    );
    expect(page).not.toMatch(/\bsrc="|<link|<base|\bhref="(?!#|https:\/\/[a-z-]+\.example")/);
    expect(page).not.toContain("url(");
  });

  it("leads to an app only by http", () => {
    const [row] = inventedReport(1).rows;
    if (row === undefined) throw new Error("no row");
    const linkOf = (url: string | undefined) =>
      /id="fleet"[^]*?<th scope="row"[^>]*>(?:<a href="([^"]*)")?/.exec(
        asPage({ ...inventedReport(1), rows: [{ ...row, url }] }),
      )?.[1];
    expect(linkOf("https://tnt-acme.fly.dev")).toBe("https://tnt-acme.fly.dev");
    expect(linkOf("http://127.0.0.1:26544")).toBe("http://127.0.0.1:26544");
    expect(linkOf("javascript:alert(1)")).toBeUndefined();
    expect(linkOf(undefined)).toBeUndefined();
  });

  it("leaves out what was not measured, and says below that it was not", () => {
    const whole = inventedReport(3, GATES);
    const bare = {
      ...whole,
      driftCheckedAt: undefined,
      gates: undefined,
      rows: whole.rows.map((row) => ({
        ...row,
        drift: { state: "unknown" as const },
        credentials: [],
        filesGb: undefined,
        databaseGb: undefined,
        exported: undefined,
        changed: undefined,
        url: undefined,
        schema: undefined,
        settings: [],
        lastRing: undefined,
      })),
    };
    const headsOf = (report: FleetReport) =>
      [...asPage(report).matchAll(/<button type="button">([^<]*)</g)].map(([, head]) => head);
    const tilesOf = (report: FleetReport) => [...asPage(report).matchAll(/<dt>([^<]*)</g)].map(([, name]) => name);
    expect(headsOf(whole)).toContain("Drift");
    expect(headsOf(bare)).toEqual(["Tenant", "State", "$ a month", "Image", "Region"]);
    expect(tilesOf(whole)).toContain("Files");
    expect(tilesOf(bare)).toEqual(["Tenants", "Due", "A month"]);
    expect(asPage(bare)).not.toContain("Gates</h2>");
    expect(asPage(bare)).not.toContain('value="drift"');
    for (const text of [asPage(bare), asMarkdown(bare)]) {
      expect(text).toContain("Drift was not checked");
      expect(text).toContain("Sizes were not measured.");
      expect(text).toContain("Gates were not measured");
    }
    expect(asMarkdown(bare)).toContain("| tenant | owner | state | $ a month | image |\n|---|---|---|---:|---|\n");
    expect(asMarkdown(bare)).not.toContain("### Gates");
  });

  it("leaves out a column only when no tenant has a figure for it", () => {
    const report = inventedReport(3);
    const [first, ...others] = report.rows;
    if (first === undefined) throw new Error("no row");
    const page = asPage({ ...report, rows: [first, ...others.map((row) => ({ ...row, filesGb: undefined }))] });
    expect(page).toContain(">Files</button>");
    expect(page).toContain("not measured");
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
    { kind: "unmanaged", tenant: "nightjar-radio", resource: "volume", id: "vol_1", aspect: "unmanaged.volume.vol_1" },
    {
      kind: "unmanaged",
      tenant: "zed",
      resource: "database",
      id: "tnt-local-zed",
      aspect: "unmanaged.database.tnt-local-zed",
    },
    { kind: "unmanaged", tenant: "zed", resource: "app", id: "tnt-local-zed", aspect: "unmanaged.app.tnt-local-zed" },
    {
      kind: "unmanaged",
      tenant: "(stack)",
      resource: "database group",
      id: "tnt-old",
      aspect: "unmanaged.group.tnt-old",
    },
    { kind: "expiring", tenant: "lighthouse-bakery", resource: "key", urn: "urn:key", aspect: "key" },
  ],
  expiredRules: [],
  blind: [{ aspect: "policies", why: "may not be listed" }],
  errors: [{ tenant: "tin-can-robotics", message: "unreachable" }],
};

describe("a fleet's report", () => {
  const { tenants } = loadFleet("tenants", "local");
  const ground = {
    versions: new Map([["nightjar-radio", { image: "old:1", schema: 3 }]]),
    plans: { standard: { machine: { memoryMb: 512 } } } as const,
    records: [],
    ownOf: () => ({ region: "fra" }) as const,
  };
  const sources = {
    stack: "local",
    now: NOW,
    tenants,
    recorded: new Set(["nightjar-radio"]),
    inState: ["lighthouse-bakery", "nightjar-radio", "gone-away"],
    unsound: ["bad"],
    urls: new Map([["nightjar-radio", "https://tnt-local-nightjar-radio.fly.dev"]]),
    credentials: credentialsOf([
      {
        urn: "urn:pulumi:local::tenantry::tenantry:index:Tenant$tenantry:tigris:AccessKey::nightjar-radio/ada",
        type: "tenantry:tigris:AccessKey",
        inputs: { purpose: "access-ada", issued: "2026-11-01T00:00:00Z", rotation: "90d" },
        outputs: { secretAccessKey: "tsec_SECRET" },
      },
      {
        urn: "urn:pulumi:local::tenantry::tenantry:index:Tenant$tenantry:turso:DatabaseToken::nightjar-radio",
        type: "tenantry:turso:DatabaseToken",
        inputs: { purpose: "machine", issued: "2026-11-01T00:00:00Z", rotation: "30d" },
        outputs: { token: "SECRET" },
      },
    ]),
    estimate: estimate("local", tenants, new Map(), { prices: listPrices(), assumed: ASSUMED, fill: 0.7 }),
    viewOf: (tenant: Tenant) => tenantView(tenant, ground),
    history: [],
    isHistoryShared: true,
    drift: driftFound(DRIFT),
    gates: undefined,
  };
  const report = fleetReport(sources);
  const rowOf = (id: string) => report.rows.find(({ tenant }) => tenant === id);

  it("says which image a tenant's machine has and where its settings come from", () => {
    expect(rowOf("nightjar-radio")).toMatchObject({
      plan: "standard",
      image: { applied: "old:1" },
      settings: [
        { setting: "region", value: "fra", from: "own" },
        { setting: "machine.memoryMb", value: 512, from: "plan" },
      ],
    });
    expect(rowOf("tin-can-robotics")?.image.applied).toBeUndefined();
    expect(asPage(report)).toMatch(/nightjar-radio<[^]*declared, not applied[^]*region = fra: own/);
  });

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

  it("names each drifting resource once with its settings, and undeclared resources, per tenant", () => {
    expect(rowOf("nightjar-radio")?.drift).toEqual({
      state: "found",
      things: [
        { kind: "modified", what: "bucket", aspects: ["bucket.acl", "bucket.type"] },
        { kind: "missing", what: "app", aspects: [] },
        { kind: "unmanaged", what: "volume vol_1", aspects: [] },
      ],
    });
    const page = asPage(report);
    expect(page).toContain("2 differ, 1 not declared");
    for (const text of [page, asMarkdown(report).replaceAll("\\", "")]) {
      expect(text).toContain("bucket modified: bucket.acl, bucket.type");
      expect(text).toContain("app missing");
      expect(text).toContain("volume vol_1 unmanaged");
    }
  });

  it("counts and names what the vendors have under the name of a tenant that no file declares", () => {
    expect(totals(report).drifting).toBe(2);
    for (const text of [asPage(report), asMarkdown(report).replaceAll("\\", "")]) {
      expect(text).toMatch(/zed[^]*database tnt-local-zed unmanaged[^]*app tnt-local-zed unmanaged/);
      expect(text).toMatch(/Of no tenant alone[^]*database group tnt-old unmanaged/);
    }
  });

  it("names the tenant whose file is invalid and the one whose file is gone, and shows all others", () => {
    expect(report.rows).toHaveLength(3);
    expect(report.undeclared).toMatchObject([
      { tenant: "bad", exists: false, hasFile: true },
      { tenant: "gone-away", exists: true, hasFile: false },
      { tenant: "zed", exists: false, hasFile: false },
    ]);
    expect(asPage(report)).toMatch(/bad<[^]*Its file is invalid/);
    expect(asMarkdown(report)).toMatch(/gone-away; It exists, but its file is missing/);
  });

  it("tells of when the last snapshot is and whether one was tested, and counts late ones; not by one computer's history", () => {
    const entry = (kind: Entry["kind"], time: string, result?: Entry["result"]): Entry => ({
      line: 1,
      previous: null,
      run: "6f1e7d58-4d7c-4a52-9c9d-0c1f2a3b4c5d",
      stack: "local",
      actor: "ada",
      from: "here",
      kind,
      time,
      tenant: "nightjar-radio",
      ...(result === undefined ? {} : { result }),
      cut: { at: "2026-11-20T01:00:00Z", bucket: "b", version: "1", bytes: 1, database: null, fencedMs: 0 },
    });
    const history = [entry("snapshot", "2026-11-20T01:00:00Z"), entry("tested", "2026-11-22T01:00:00Z", "ok")];
    const scheduled = tenants.map((tenant) => ({ ...tenant, snapshots: { every: "1d", keep: "14d" } }));
    const late = fleetReport({ ...sources, tenants: scheduled, history });
    expect(totals(late)).toMatchObject({ lateSnapshots: 1, hasSnapshots: true });
    const fresh = fleetReport({ ...sources, tenants: scheduled, history, now: new Date("2026-11-21T01:00:00Z") });
    expect(totals(fresh).lateSnapshots).toBe(0);
    const alone = fleetReport({ ...sources, tenants: scheduled, history, isHistoryShared: false });
    expect(totals(alone).lateSnapshots).toBe(0);
    for (const text of [asPage(late), asMarkdown(late)]) expect(text).toContain("2026-11-20, tested 2026-11-22");
    expect(asPage(late)).toMatch(/Late snapshots<\/dt>\s*<dd class="figure">1</);
    expect(asMarkdown(late)).toContain("2026-11-20, tested 2026-11-22, late");
    expect(rowOf("nightjar-radio")?.restore).toBeUndefined();
  });

  it("leads to the tenant's app", () => {
    expect(asPage(report)).toContain('<a href="https://tnt-local-nightjar-radio.fly.dev"');
    expect(asMarkdown(report)).toContain("https://tnt-local-nightjar-radio.fly.dev");
  });

  it("says when drift was looked for and what could not be compared", () => {
    expect(asPage(report)).toContain("Drift as of 2026-11-23 11:30 UTC.");
    expect(asPage(report)).toContain("Not compared: policies: may not be listed");
  });

  it("takes no drift report of another stack for its own", () => {
    const file = join(mkdtempSync(join(tmpdir(), "tenantry-report-")), "drift.json");
    writeFileSync(file, JSON.stringify(DRIFT));
    expect(readDrift(file, "local").changed.size).toBe(3);
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
