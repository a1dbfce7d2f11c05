import { describe, expect, it } from "@jest/globals";

import { asMarkdown } from "../../../operations/bench/as-markdown.ts";
import { BUDGETS, judged } from "../../../operations/bench/budgets.ts";
import { isNoisy, spreadOf } from "../../../operations/bench/figures.ts";
import { merged } from "../../../operations/bench/merged.ts";
import { asPage } from "../../../operations/bench/page.ts";
import { plotOf } from "../../../operations/bench/plot.ts";
import type { BenchReport, Sample } from "../../../operations/bench/report.ts";
import { type SideId, type Task, withNeeded } from "../../../operations/bench/task.ts";

const sample = (side: SideId, task: Task, seconds: number, more: Partial<Sample> = {}): Sample => ({
  ...{ tenants: 100, round: 1, side, task, seconds, stateBytes: 1_200_000, calls: 7, changes: 4, othersShare: 0 },
  processes: [{ kind: "engine", cpuSeconds: 1.5, peakMb: 210 }],
  ...more,
});

const report = (...samples: Sample[]): BenchReport => ({
  ...{ measuredAt: "2026-11-27T15:00:00.000Z", seconds: 600, tenants: [100], rounds: 1 },
  machine: { cores: 2, cpu: "a processor", memoryGb: 24, system: "linux" },
  versions: { node: "24.0.0" },
  load: { before: [0.1, 0.1, 0.1], after: [1, 1, 1] },
  ...{ samples, unmeasured: [] },
});

describe("the figures of some rounds", () => {
  it("are their median, and between the middle two where their number is even", () => {
    expect(spreadOf([3, 1, 10])).toEqual({ median: 3, least: 1, most: 10, count: 3 });
    expect(spreadOf([4, 1, 2, 10])).toMatchObject({ median: 3 });
    expect(spreadOf([])).toBeUndefined();
  });

  it("are noisy where others were at work in most of the rounds", () => {
    const shares = (...all: number[]) => all.map((othersShare) => ({ othersShare }));
    expect(isNoisy(shares(0.5, 0.5, 0))).toBe(true);
    expect(isNoisy(shares(0.5, 0, 0))).toBe(false);
    expect(isNoisy(shares(0.1))).toBe(false);
    expect(isNoisy([])).toBe(false);
  });
});

describe("a run that is measured in pieces", () => {
  const budgetOf = (of: BenchReport) =>
    judged(of).find(({ what, tenants }) => what === "add one: `up`" && tenants === 100)?.value;
  const first = {
    ...report(sample("tenantry", "add-one", 3), sample("idle", "up", 1)),
    unmeasured: [
      { side: "dynamic" as const, task: "up" as const, why: "nobody asked" },
      { side: "script" as const, task: "plan" as const, why: "it plans nothing" },
    ],
  };

  it("has the rounds of all of them, and leaves open what none has measured", () => {
    const second = report(sample("tenantry", "add-one", 5), sample("dynamic", "up", 9, { tenants: 10 }));
    const both = merged(first, { ...second, tenants: [10] });
    expect(budgetOf(both)).toBe(4);
    expect(both).toMatchObject({ tenants: [10, 100], seconds: 1200, rounds: 2 });
    expect(both.samples.map(({ round }) => round)).toEqual([1, 1, 2, 2]);
    expect(both.unmeasured).toEqual([{ side: "script", task: "plan", why: "it plans nothing" }]);
  });

  it("takes nothing over from another computer or from other programs", () => {
    const second = report(sample("tenantry", "add-one", 5));
    expect(merged(first, { ...second, versions: { node: "26.0.0" } })).toMatchObject({ samples: second.samples });
    expect(merged(first, { ...second, machine: { ...second.machine, cores: 4 } })).toMatchObject({ seconds: 600 });
  });
});

describe("a budget", () => {
  const verdict = (of: BenchReport, what: string, tenants = 100) =>
    judged(of).find((each) => each.what === what && each.tenants === tenants);

  it("of seconds is met up to its limit, and missed above", () => {
    const what = "plan, nothing changed";
    expect(verdict(report(sample("tenantry", "plan", 1)), what)).toMatchObject({ verdict: "met", value: 1 });
    expect(verdict(report(sample("tenantry", "plan", 1.01)), what)).toMatchObject({ verdict: "missed" });
    expect(verdict(report(sample("pulumi", "plan", 1)), what)).toMatchObject({ verdict: "not measured" });
  });

  it("of a ratio is that of the medians of both sides in the same size", () => {
    const samples = [1, 2, 9].flatMap((seconds, round) => [
      sample("tenantry", "up", seconds, { round }),
      sample("dynamic", "up", 8 * seconds, { round }),
      sample("idle", "up", 1000, { round, tenants: 10 }),
    ]);
    expect(verdict(report(...samples), "all new: dynamic providers to tenantry")).toMatchObject({
      verdict: "met",
      value: 8,
    });
    expect(verdict(report(...samples), "`up`, all new, to the provider that does nothing")).toMatchObject({
      verdict: "not measured",
    });
  });

  it("says whether others were at work when it was measured", () => {
    const quiet = verdict(report(sample("tenantry", "plan", 1)), "plan, nothing changed");
    const loud = verdict(report(sample("tenantry", "plan", 1, { othersShare: 0.4 })), "plan, nothing changed");
    expect([quiet?.isNoisy, loud?.isNoisy]).toEqual([false, true]);
  });

  it("of memory is that of the largest process of a thousand tenants", () => {
    const of = (peakMb: number) =>
      report(
        sample("tenantry", "up", 1, { tenants: 1000, processes: [{ kind: "engine", cpuSeconds: 1, peakMb }] }),
        sample("pulumi", "up", 1, { tenants: 1000, processes: [{ kind: "engine", cpuSeconds: 1, peakMb: 9000 }] }),
      );
    expect(verdict(of(700), "memory of any one process", 1000)).toMatchObject({ verdict: "met", value: 700 });
    expect(verdict(of(701), "memory of any one process", 1000)).toMatchObject({ verdict: "missed" });
  });

  it("is named once for each size", () => {
    const names = BUDGETS.map(({ what, tenants }) => `${what} ${tenants}`);
    expect(names).toEqual([...new Set(names)]);
  });
});

describe("a run in words and pictures", () => {
  const whole = report(
    sample("tenantry", "up", 12.345, { othersShare: 0.5 }),
    sample("tenantry", "up", 14, { round: 2, othersShare: 0.5 }),
    sample("terraform", "up", 20),
    sample("terraform", "plan", 1),
  );

  it("shows medians with their spread, and marks what is noisy", () => {
    const text = asMarkdown(whole);
    expect(text).toContain("| `up`, all new | 13.2 (12.3 to 14.0) ~ | 20.0 |");
    expect(text).toContain("in 2 of 4 measurements other processes used more than a tenth");
    expect(text).toContain("| tenantry | 12000 | 7 (4) |");
    expect(text).toContain("1.50 s, 210 MB");
  });

  it("names what was not measured, once for each reason, and how many budgets that leaves open", () => {
    const open = { side: "pulumi", task: "destroy", why: "refused\nmore" } as const;
    const text = asMarkdown({ ...whole, unmeasured: [open, { ...open, task: "rotate" }, { ...open, tenants: 10 }] });
    expect(text).toContain("- plain `pulumi` of the same project: refused (destroy, rotate)\n");
    expect(text).toContain("- plain `pulumi` of the same project with 10 tenants: refused (destroy)");
    expect(text).toMatch(/\d+ of \d+ budgets are not measured in this run/);
  });

  it("draws a line for each side that did the task, and no picture if none did", () => {
    const picture = plotOf(whole, "up") ?? "";
    expect(picture.match(/<path d="M[^"]*" fill="none"/g)).toHaveLength(2);
    expect(picture).not.toMatch(/NaN|Infinity|undefined/);
    expect(plotOf(whole, "drift")).toBeUndefined();
  });

  it("is one page whose bars and lines need no style that its policy refuses", () => {
    const page = asPage(whole);
    expect(page).toContain("<svg xmlns");
    expect(page).not.toMatch(/ style="/);
    expect(page).toMatch(/\d+ of \d+ budgets are not measured in this run/);
    // Marks of Markdown are words there.
    expect(page).not.toContain("`");
  });
});

describe("the tasks of a run", () => {
  it("bring a fleet up first, and add whom they plan", () => {
    expect(withNeeded(["drift"])).toEqual(["up", "drift"]);
    expect(withNeeded(["plan-one"])).toEqual(["up", "plan-one", "add-one"]);
    expect(withNeeded(["far-drift"])).toEqual(["far-up", "far-drift"]);
  });
});
