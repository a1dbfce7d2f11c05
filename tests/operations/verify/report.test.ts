import { describe, expect, it } from "@jest/globals";

import { allAttempts } from "../../../operations/verify/all-attempts.ts";
import { asText } from "../../../operations/verify/as-text.ts";
import { requestsOf } from "../../../operations/verify/of-stack.ts";
import { differenceFrom, type Row, type VerifyReport } from "../../../operations/verify/report.ts";

const row = (id: string, seen: Partial<Row["seen"]>, more: Partial<Row> = {}): Row => {
  const all = { refused: 0, allowed: 0, unclear: 0, ...seen };
  const attempts = all.refused + all.allowed + all.unclear;
  return { id, who: "machine", what: `try ${id}`, expected: "refused", attempts, seen: all, cases: [], ...more };
};

const report = (rows: readonly Row[]): VerifyReport => ({
  stack: "local",
  cloud: "embedded",
  began: "2026-11-27T00:00:00.000Z",
  seconds: 2.5,
  seed: "7",
  tenants: ["acme", "beta"],
  leftOut: [{ tenant: "gamma", why: "is suspended" }],
  pairs: 2,
  attempts: 4,
  through: 1,
  unclear: 0,
  rows,
  left: [],
});

describe("the report of a run", () => {
  it("names what got through, by whom and on whom, and who was left out", () => {
    const cases = [{ attacker: "acme", target: "beta", seen: "allowed", said: "200" }] as const;
    const text = asText(report([row("a", { refused: 2 }), row("b", { refused: 1, allowed: 1 }, { cases })]));
    expect(text).toContain("2 of 2 refused");
    expect(text).toContain("1 of 2 refused: got through");
    expect(text).toContain("got through  try b, by the machine's key of acme, on beta: 200  b");
    expect(text).toContain("gamma is left out: it is suspended");
    expect(text).toContain("4 attempts between 2 tenants in 2.5 s, seed 7: 1 got through, 0 unclear");
  });

  it("tells what ended otherwise than in the last run, what is new and what is no longer tried", () => {
    const last = report([row("a", { refused: 2 }), row("b", { refused: 2 }), row("old", { refused: 1 })]);
    const now = [row("a", { refused: 5 }), row("b", { allowed: 1 }), row("new", { unclear: 1 })];
    expect(differenceFrom(last, now)).toEqual({
      since: last.began,
      changed: [
        { id: "b", who: "machine", before: "as expected", now: "got through" },
        { id: "old", who: "machine", before: "as expected", now: "not tried" },
        { id: "new", who: "machine", before: "not tried", now: "unclear" },
      ],
    });
  });

  it("has a name of its own for each kind of attempt, and expects a refusal of all that is another's", () => {
    expect(new Set(allAttempts.map(({ id }) => id)).size).toBe(allAttempts.length);
    const others = allAttempts.filter(({ against }) => against !== "own");
    expect(others.filter(({ expected }) => expected !== "refused")).toEqual([]);
  });

  it("says before how many requests a run on a real account makes at most", () => {
    expect(requestsOf(3)).toBeGreaterThan(1000);
    expect(requestsOf(100)).toBeLessThan(requestsOf(20));
  });
});
