import { describe, expect, it } from "@jest/globals";

import { underRules } from "../../../operations/drift/ignore-rules.ts";
import { isDrift } from "../../../operations/drift/report.ts";
import { finding } from "./findings.ts";

const rule = (what: string, tenant = "acme", until = "2026-12-31") => ({
  what,
  tenant,
  until,
  reason: "moved by hand until the release",
});
const modified = (aspect: string, tenant = "acme") => finding({ kind: "modified", aspect, tenant });
const NOON = new Date("2026-12-01T12:00:00Z");

function ignored(of: Parameters<typeof underRules>[0], rules: Parameters<typeof underRules>[1], now = NOON): string[] {
  return underRules(of, rules, now).findings.flatMap((each) => (isDrift(each) ? [] : [each.aspect]));
}

describe("a rule of a tenant file", () => {
  it("leaves out its aspect and what lies below it, of its own tenant only", () => {
    const found = [
      modified("machine.config.env.A"),
      modified("machine.config.env.AB"),
      modified('machine.config.env["A.B"]'),
      modified("machine.config.env.A", "beta"),
    ];
    expect(ignored(found, [rule("machine.config.env.A")])).toEqual(["machine.config.env.A"]);
    expect(ignored(found.slice(0, 3), [rule("machine.config.env")])).toHaveLength(3);
    expect(ignored([modified("addresses.types[1]")], [rule("addresses.types")])).toHaveLength(1);
  });

  it("never leaves out that a resource is gone, or that a credential has ended", () => {
    const found = [finding({ kind: "missing", aspect: "machine" }), finding({ kind: "expired", aspect: "token" })];
    expect(ignored(found, [rule("machine"), rule("machine.config"), rule("token")])).toEqual([]);
  });

  it("ignores an undeclared resource by its exact name, from any file of the stack", () => {
    const found = [
      finding({ kind: "unmanaged", aspect: "unmanaged.bucket.acme-prod-archive", tenant: "archive" }),
      finding({ kind: "unmanaged", aspect: "unmanaged.bucket.acme-prod-archive-2", tenant: "archive-2" }),
    ];
    expect(ignored(found, [rule("unmanaged.bucket.acme-prod-archive")])).toEqual([
      "unmanaged.bucket.acme-prod-archive",
    ]);
  });

  it("holds on its last day, ends after it, and is then named itself", () => {
    const [found, rules] = [[modified("bucket.locations")], [rule("bucket.locations", "acme", "2026-12-01")]];
    expect(ignored(found, rules, new Date("2026-12-01T23:59:59Z"))).toHaveLength(1);
    const ended = underRules(found, rules, new Date("2026-12-02T00:00:00Z"));
    expect(ended.findings).toEqual(found);
    expect(ended.expired).toMatchObject([{ what: "bucket.locations", tenant: "acme" }]);
  });
});
