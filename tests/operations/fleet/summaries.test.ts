import { describe, expect, it } from "@jest/globals";

import type { StackRun } from "../../../operations/fleet/stack-runs.ts";
import { countsLine, driftFound, exitCodeOf, summaryOf, upFound } from "../../../operations/fleet/summaries.ts";

const run = (part: Partial<StackRun<object>>): StackRun<object> => ({
  stack: "prod-00",
  code: 0,
  found: {},
  words: "",
  seconds: 1.26,
  ...part,
});

describe("the one summary of many stacks", () => {
  it("keeps why a stack failed, and what only was said along of those that did not", () => {
    expect(summaryOf(run({ words: "a note" }))).toEqual({
      stack: "prod-00",
      result: "ok",
      found: {},
      error: "",
      seconds: 1.3,
    });
    expect(summaryOf(run({ code: 1, found: undefined, words: "STACK_LOCKED" }))).toMatchObject({
      result: "failed",
      error: "STACK_LOCKED",
    });
    expect(summaryOf(run({ code: undefined, found: undefined }))).toMatchObject({ result: "not started", error: "" });
  });

  it("ends with 1 when a stack failed or was never begun, with 3 when data would be destroyed, with 2 for changes", () => {
    const results = (...all: ("ok" | "changes" | "guarded" | "failed" | "not started")[]) =>
      exitCodeOf(all.map((result) => ({ result })));
    expect(results()).toBe(0);
    expect(results("ok", "ok")).toBe(0);
    expect(results("ok", "changes")).toBe(2);
    expect(results("guarded", "changes")).toBe(3);
    expect(results("guarded", "failed", "changes")).toBe(1);
    expect(results("ok", "not started")).toBe(1);
  });

  it("counts in the words of its verb", () => {
    const all = (["ok", "ok", "changes", "not started"] as const).map((result) => ({ result }));
    expect(countsLine(all, { ok: "unchanged" })).toBe("2 unchanged, 1 with changes, 1 not started");
  });
});

describe("what is kept of a stack", () => {
  it("of an `up`: who was changed, who failed, and why", () => {
    const none = { create: 0, update: 0, replace: 0, rotate: 0, delete: 0 };
    const outcomes = [
      { tenant: "acme", result: "ok", done: { ...none, create: 8 }, open: [], errors: [], warnings: [] },
      { tenant: "beta", result: "failed", done: none, open: [], errors: ["422"], warnings: [] },
      { tenant: "zeta", result: "ok", done: none, open: [], errors: [], warnings: [] },
    ];
    expect(upFound(outcomes)).toEqual({
      changed: ["acme", "beta"],
      unchanged: 1,
      failed: ["beta"],
      errors: ["beta: 422"],
      counts: { create: 8 },
    });
  });

  it("of its drift: what is found, without what a rule allows", () => {
    const found = driftFound({
      tenants: { checked: 3, without: ["a", "b"] },
      findings: [
        { tenant: "c", kind: "modified" },
        { tenant: "c", kind: "missing", ignored: { what: "x" } },
      ],
      errors: [],
    });
    expect(found).toEqual({ checked: 3, without: 2, counts: { modified: 1 }, tenants: ["c"], errors: [] });
  });
});
