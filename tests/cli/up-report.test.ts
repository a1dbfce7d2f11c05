import { describe, expect, it } from "@jest/globals";

import { errorBlocks, unchangedLine } from "../../cli/up-report.ts";
import { asText as driftText } from "../../operations/drift/as-text.ts";
import { groupedErrors } from "../../operations/engine/grouped-errors.ts";
import { asText as reviewText } from "../../operations/review/as-text.ts";
import { VendorError } from "../../provider/http/vendor-error.ts";

const failed = (tenant: string, ...errors: string[]) => ({ tenant, errors });
const refused = (tenant: string, request: string) =>
  `FLY_REFUSED: no capacity (resource app tnt-prod-${tenant}, tenant ${tenant}, request ${request})`;

describe("what `up` tells at its end", () => {
  it("counts what is unchanged, and names it while it is little", () => {
    expect(unchangedLine([])).toEqual([]);
    expect(unchangedLine(["acme", "globex"])).toEqual(["unchanged: acme, globex"]);
    expect(unchangedLine(Array.from({ length: 37 }, (_, at) => `t${at}`))).toEqual(["unchanged: 37 tenants"]);
  });

  it("tells one cause once, with the number of tenants it has hit", () => {
    const many = Array.from({ length: 12 }, (_, at) => failed(`t-${at}`, refused(`t-${at}`, `01KX${at}-iad`)));
    const blocks = errorBlocks([failed("odd", "TURSO_FAILED: quota"), ...many]);
    expect(blocks).toHaveLength(2);
    expect(blocks[0]).toContain("12 tenants (t-0, t-1, t-2, t-3, t-4 and 7 more):");
    expect(blocks[0]).toContain("FLY_REFUSED: no capacity");
    expect(blocks[1]).toBe("odd:\nTURSO_FAILED: quota");
  });

  it("says once in a run that the clock is wrong, whatever vendors and resources it hit, in up, plan and drift", () => {
    const now = new Date("2026-11-26T12:00:00Z");
    const wrong = (vendor: string, tenant: string, minute: number) => {
      const ours = new Date(now.getTime() + minute * 1000);
      const refused = { status: 401, body: undefined, said: `no ${vendor}`, clocks: { ours, theirs: new Date(0) } };
      return new VendorError(vendor, refused, { resource: `${vendor} of ${tenant}`, tenant }).message;
    };
    const errors = ["acme", "globex", "hooli"].flatMap((tenant, at) =>
      ["Tigris", "Turso", "Fly"].map((vendor) => ({ tenant, message: wrong(vendor, tenant, at) })),
    );
    const outcomes = errors.map(({ tenant, message }) => failed(tenant, message));
    const review = { stack: "local", changed: [], unchanged: [], errors };
    const drift = {
      stack: "local",
      findings: [],
      expiredRules: [],
      blind: [],
      errors,
      tenants: { checked: 0, without: [] },
    };
    const texts = [errorBlocks(outcomes).join("\n"), reviewText(review), driftText(drift as never)];
    const counts = texts.map((text) => text.split("CLOCK_WRONG").length - 1);
    expect(counts).toEqual([1, 1, 1]);
    for (const text of texts) expect(text).toContain("3 tenants (acme, globex, hooli)");
  });

  it("keeps causes apart that are not the same", () => {
    const found = groupedErrors([
      failed("a1", "VENDOR_FAILED: 500"),
      failed("b1", "VENDOR_UNREACHABLE: no answer"),
      failed("c1"),
    ]);
    expect(found).toEqual([
      { message: "VENDOR_FAILED: 500", tenants: ["a1"] },
      { message: "VENDOR_UNREACHABLE: no answer", tenants: ["b1"] },
    ]);
  });
});
