import { describe, expect, it } from "@jest/globals";

import { asMarkdown } from "../../../operations/drift/as-markdown.ts";
import { asText } from "../../../operations/drift/as-text.ts";
import { inOrder } from "../../../operations/drift/grouping.ts";
import { driftReport, type DriftReport } from "../../../operations/drift/report.ts";
import { exitCodeOf } from "../../../operations/drift/summary.ts";
import { shown } from "../../../output/shown.ts";
import { finding } from "./findings.ts";

const rule = { what: "bucket.locations", reason: "moved until the audit", until: "2026-12-31", tenant: "acme" };
const modified = finding({
  kind: "modified",
  aspect: "machine.region",
  declared: shown("iad"),
  observed: shown("a|b\n`c`"),
  urn: "u1",
});
const ignored = finding({ kind: "modified", aspect: "bucket.locations", resource: "bucket", urn: "u2", ignored: rule });
const due = finding({ kind: "expiring", aspect: "token", due: "2026-12-01T00:00:00Z", tenant: "beta", urn: "u3" });
const stray = finding({ kind: "unmanaged", aspect: "unmanaged.volume.vol_1", resource: "volume", id: "vol_1" });

function report(more: Partial<DriftReport> = {}): DriftReport {
  return {
    version: 1,
    stack: "prod",
    checkedAt: "2026-11-23T12:00:00.000Z",
    tenants: { checked: 3, without: ["gamma"] },
    findings: [],
    expiredRules: [],
    blind: [],
    errors: [],
    ...more,
  };
}

describe("a drift report", () => {
  it("counts resources, not settings, and names what is due or ignored beside them", () => {
    const region = { ...modified, aspect: "machine.config.image" };
    const text = asText(report({ findings: [modified, region, ignored, due, stray] }));
    expect(text.split("\n").at(-1)).toBe(
      "drift of prod: 1 modified, 1 unmanaged, 1 due, 1 ignored; 1 of 3 tenants without",
    );
    expect(text).toContain("ignored by rules of tenant files:\n  acme bucket.locations until 2026-12-31: moved until");
    expect(text).toContain("  + volume unmanaged (vol_1)");
  });

  it("is one line without drift", () => {
    expect(asText(report({ tenants: { checked: 1, without: ["acme"] } }))).toBe(
      "drift of prod: no drift; 1 of 1 tenants without",
    );
  });

  it.each([
    ["nothing", {}, 0],
    ["what is due or ignored", { findings: [due, ignored] }, 0],
    ["a setting that differs", { findings: [modified] }, 2],
    ["a thing that nobody declares", { findings: [stray] }, 2],
    ["an error, whatever else was found", { findings: [modified], errors: [{ tenant: "acme", message: "X: no" }] }, 1],
  ])("has its exit code for %s", (_name, more, code) => {
    expect(exitCodeOf(report(more))).toBe(code);
  });

  it("keeps a value inside its cell of the Markdown table, and starts with the line by which it is found again", () => {
    const text = asMarkdown(report({ findings: [modified], blind: [{ aspect: "unmanaged apps", why: "403" }] }));
    expect(text.split("\n")[0]).toBe("<!-- tenantry:drift:prod -->");
    expect(text).toContain("| 🟡 modified | machine | `machine.region` | `iad` | `a\\|b\\n'c'` |");
    expect(text).toContain("- unmanaged apps: 403");
  });

  it("never says no drift when something failed", () => {
    expect(asText(report({ errors: [{ tenant: "acme", message: "X: no" }] }))).not.toContain("no drift");
  });

  it("has the same order however the vendors answered", () => {
    const found = [due, stray, modified];
    expect(inOrder(found)).toEqual(inOrder(found.toReversed()));
  });

  it("fits its schema", () => {
    expect(
      driftReport.parse(report({ findings: [modified, ignored, due, stray], expiredRules: [rule] })),
    ).toBeDefined();
  });
});
