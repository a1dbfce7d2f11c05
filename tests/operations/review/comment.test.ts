import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";

import { asMarkdown, COMMENT_LIMIT } from "../../../operations/review/as-markdown.ts";
import { asText } from "../../../operations/review/as-text.ts";
import { fitted } from "../../../operations/review/fitted.ts";
import type { PlacedViolation } from "../../../operations/review/model.ts";
import { planned } from "../../../operations/review/planned.ts";
import type { PreviewStep } from "../../../operations/engine/preview-digest.ts";
import { countsLine, exitCodeOf } from "../../../operations/review/summary.ts";
import { resolveTenant } from "../../../tenants/model/resolve-tenant.ts";
import { committedPlans } from "../../tenants/plans.ts";
import { anySteps, bucket, database, machine, same, shuffled, step, urn } from "./steps.ts";

const plan = (steps: PreviewStep[], more: Partial<Parameters<typeof planned>[0]> = {}) =>
  planned({
    stack: "prod",
    digest: { steps, warnings: [], errors: [] },
    tenants: [],
    violations: [],
    removed: [],
    due: [],
    refreshed: true,
    madeAt: new Date(0),
    ...more,
  });

const size = (text: string) => Buffer.byteLength(text);

/** A fleet of which every tenant has its machine changed in many settings. */
function fleet(tenants: number, settings: number): PreviewStep[] {
  return Array.from({ length: tenants }, (_, index) => {
    const paths = Array.from({ length: settings }, (_each, place) => `v${place}`);
    const env = (value: string) => Object.fromEntries(paths.map((path) => [path, value]));
    return step("update", urn(`tenant-${String(index).padStart(5, "0")}`, "tenantry:fly:Machine"), {
      oldState: { type: "", inputs: { config: { env: env("a".repeat(100)) } } },
      newState: { type: "", inputs: { config: { env: env("b".repeat(100)) } } },
      detailedDiff: Object.fromEntries(paths.map((path) => [`config.env.${path}`, { kind: "update" }])),
    });
  });
}

describe("a comment", () => {
  it("fits GitHub's limit with 200 changed tenants, each of which is in it, and with the totals", () => {
    const found = plan(fleet(200, 12));
    const text = asMarkdown(found);
    expect(size(text)).toBeLessThanOrEqual(COMMENT_LIMIT);
    expect(text).toContain("200 to update");
    for (const { tenant } of found.changed) expect(text).toContain(tenant);
  });

  it("tells everything at length while there is room", () => {
    const text = asMarkdown(plan(fleet(5, 12)));
    expect(text.match(/^#### /gm)).toHaveLength(5);
    expect(text.match(/config\.env\.v11/g)).toHaveLength(5);
  });

  it("names trials and credentials whose day is near, and is no change for that", () => {
    const due = [{ tenant: "acme", what: "trial", at: "2026-11-01T00:00:00.000Z", isOverdue: true }];
    const found = plan([], { due });
    for (const text of [asMarkdown(found), asText(found)]) {
      expect(text).toContain("acme: trial, overdue since 2026-11-01");
      expect(text).toContain("no change");
    }
    expect(exitCodeOf(found)).toBe(0);
  });

  it("names who is held back by a rollout under way, why, and by which, and counts those beyond ten", () => {
    const held = (tenant: string) => ({
      rollout: "agent-2",
      tenant,
      as: "held" as const,
      why: "until 2027-01-31: audit",
    });
    const found = plan([], { leftOut: [held("acme"), { ...held("bob"), as: "skipped", why: "it is suspended" }] });
    for (const text of [asMarkdown(found), asText(found)]) {
      expect(text).toContain("acme, held by agent-2: until 2027-01-31: audit");
      expect(text).toContain("bob, skipped by agent-2: it is suspended");
    }
    const many = plan([], { leftOut: Array.from({ length: 12 }, (_, at) => held(`t${at}`)) });
    expect(asMarkdown(many)).toContain("and 2 more: npx tenantry rollout status --stack prod");
    expect(asMarkdown(plan([]))).not.toContain("active rollouts");
    // It is no part of what is reviewed: the plan stays the same plan.
    expect(many.hash).toBe(found.hash);
  });

  it("counts those that do not even fit with a line each", () => {
    const text = asMarkdown(plan(fleet(5000, 1)));
    expect(size(text)).toBeLessThanOrEqual(COMMENT_LIMIT);
    expect(text).toContain("5000 to update");
    expect(text).toMatch(/… and \d+ more tenants/);
  });

  it("fits whatever there is to tell, always with its mark and the totals", () => {
    const violation = fc.record({
      policy: fc.string(),
      level: fc.constantFrom("mandatory" as const, "advisory" as const),
      tenant: fc.constantFrom("acme", "beta"),
      message: fc.string({ maxLength: 5000, unit: "grapheme" }),
      file: fc.string(),
      line: fc.nat(),
      column: fc.nat(),
      path: fc.string(),
    });
    const error = fc.record({
      urn: fc.constantFrom("", bucket, machine),
      message: fc.string({ maxLength: 20_000, unit: "grapheme" }),
    });
    fc.assert(
      fc.property(
        anySteps,
        fc.array(violation, { maxLength: 100, size: "max" }),
        fc.array(error, { maxLength: 100, size: "max" }),
        (steps, violations: PlacedViolation[], errors) => {
          const found = plan(steps, { digest: { steps, errors, warnings: [] }, violations });
          const text = asMarkdown(found);
          expect(size(text)).toBeLessThanOrEqual(COMMENT_LIMIT);
          expect(text).toContain("<!-- tenantry:plan:prod -->");
          expect(text).toContain(countsLine(found));
        },
      ),
      { numRuns: 50 },
    );
  });

  it("reads the same whatever the order of the steps", () => {
    fc.assert(
      fc.property(anySteps, fc.integer(), (steps, seed) => {
        expect(asMarkdown(plan(shuffled(steps, seed)))).toBe(asMarkdown(plan(steps)));
      }),
    );
  });

  it("is its mark and one line when nothing changes", () => {
    const found = plan([same(machine, { region: "iad" })]);
    expect(asMarkdown(found)).toBe("<!-- tenantry:plan:prod -->\n### Plan of `prod`: no change\n");
    expect(asText(found).split("\n")).toHaveLength(1);
  });

  it("opens with what would be lost", () => {
    const lost = step("delete", bucket, { oldState: { type: "", id: "tnt-prod-acme", inputs: {}, protect: true } });
    const text = asMarkdown(plan([lost, ...fleet(3, 1)]));
    expect(text.indexOf("bucket `tnt-prod-acme`, with all its files (delete)")).toBeGreaterThan(0);
    expect(text.indexOf("[!CAUTION]")).toBeLessThan(text.indexOf("####"));
  });

  it("says what a replacement means", () => {
    const moved = step("replace", database, { detailedDiff: { group: { kind: "update-replace" } } });
    expect(asMarkdown(plan([moved]))).toContain("all rows are lost, new URL");
    expect(asText(plan([moved]))).toContain("all rows are lost, new URL");
  });

  it("says of a secret only that it changes", () => {
    const values = { A: "[secret]" };
    const secret = step("update", urn("acme", "tenantry:fly:Secrets"), {
      oldState: { type: "", inputs: { values } },
      newState: { type: "", inputs: { values } },
      detailedDiff: { "values.A": { kind: "update" } },
    });
    expect(asMarkdown(plan([secret]))).toContain("| `values.A` | `[secret]` | `[secret]` |");
  });
});

describe("the cost of a plan", () => {
  const tenant = (memoryMb: number) =>
    resolveTenant("acme", { owner: "team@example.com", machine: { memoryMb } }, committedPlans());
  const resize = (to: number) =>
    step("update", machine, {
      oldState: {
        type: "",
        inputs: { region: "iad", config: { guest: { cpu_kind: "shared", cpus: 1, memory_mb: 1024 } } },
      },
      newState: { type: "", inputs: {} },
      detailedDiff: { "config.guest.memory_mb": { kind: "update" } },
      ...(to === 1024 ? { op: "same" } : {}),
    });

  it("compares what exists with what is declared, per tenant and in all", () => {
    const [more, less] = [2048, 512].map((memoryMb) =>
      plan(
        [
          same(database, {}),
          same(bucket, { locations: ["global"], snapshots: false, softDeleteDays: 7 }),
          resize(memoryMb),
        ],
        {
          tenants: [tenant(memoryMb)],
        },
      ),
    );
    expect(more?.monthly?.usd).toBeGreaterThan(0);
    expect(less?.monthly?.usd).toBeLessThan(0);
    expect(more?.changed[0]?.monthly).toEqual(more?.monthly);
    expect(asText(more ?? plan([]))).toMatch(/\+\$\d+\.\d\d a month/);
  });

  it("of a new tenant is all of it", () => {
    const made = step("create", machine, { newState: { type: "", inputs: {} } });
    expect(plan([made], { tenants: [tenant(1024)] }).monthly?.usd).toBeGreaterThan(0);
  });
});

it("sections that do not all fit are told at length by rank, and stay in their order", () => {
  const section = (name: string, rank: number) => ({ long: name.repeat(50), short: name, rank });
  const told = fitted([section("a", 0), section("b", 1), section("c", 0)], 60, (count) => `${count} more`);
  expect(told.map(({ length }) => length)).toEqual([1, 50, 1]);
});
