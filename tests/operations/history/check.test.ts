import { randomUUID } from "node:crypto";

import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";

import { checkHistory } from "../../../operations/history/check.ts";
import { chained, EMPTY, hashOf, type HistoryEvent } from "../../../operations/history/entry.ts";

/** A log of `count` lines, runs of three. */
function logOf(count: number): string[] {
  const runs = Array.from({ length: Math.ceil(count / 3) }, () => randomUUID());
  const kinds = ["begun", "tenant", "ended"] as const;
  const events = Array.from({ length: count }, (_, index): HistoryEvent => {
    const kind = kinds[index % 3] ?? "begun";
    return {
      kind,
      time: new Date(Date.UTC(2026, 0, 1, 0, index)).toISOString(),
      stack: "prod",
      run: runs[Math.floor(index / 3)] ?? "",
      actor: "octocat",
      from: "runner-7",
      ...(kind === "tenant" ? { tenant: `tenant-${index}`, changes: { create: 1 }, result: "ok" as const } : {}),
    };
  });
  return chained(EMPTY, events);
}

/** A log and a place in it. */
const anyPlace = fc
  .integer({ min: 2, max: 30 })
  .chain((count) => fc.record({ lines: fc.constant(logOf(count)), at: fc.integer({ min: 0, max: count - 1 }) }));

describe("a history", () => {
  it("is whole as it was written, at one go or bit by bit", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 30 }), (count) => {
        const lines = logOf(count);
        expect(checkHistory(lines).faults).toEqual([]);
        expect(checkHistory(lines, lines.at(-1) && hashOf(lines.at(-1) ?? "")).faults).toEqual([]);
      }),
    );
    const first = logOf(2);
    const tail = { count: 2, hash: hashOf(first[1] ?? "") };
    const { line: _, previous: __, ...event } = JSON.parse(first[0] ?? "") as HistoryEvent & Record<string, unknown>;
    expect(checkHistory([...first, ...chained(tail, [event as HistoryEvent])]).faults).toEqual([]);
  });

  it("tells the line that was changed, whatever in it", () => {
    fc.assert(
      fc.property(anyPlace, ({ lines, at }) => {
        fc.pre(at < lines.length - 1);
        const changed = lines.with(at, (lines[at] ?? "").replace("octocat", "somebody"));
        expect(checkHistory(changed).faults).toEqual([
          { line: at + 1, what: expect.stringContaining("was changed") as unknown },
        ]);
      }),
    );
  });

  it("tells where a line is missing", () => {
    fc.assert(
      fc.property(anyPlace, ({ lines, at }) => {
        fc.pre(at < lines.length - 1);
        expect(checkHistory(lines.toSpliced(at, 1)).faults).toEqual([
          { line: at + 1, what: expect.stringContaining("1 line is missing") as unknown },
        ]);
      }),
    );
  });

  it("shows that lines were cut off its end, by a hash kept elsewhere", () => {
    fc.assert(
      fc.property(anyPlace, ({ lines, at }) => {
        const head = checkHistory(lines).head ?? "";
        expect(checkHistory(lines.slice(0, at), head).faults.at(-1)).toMatchObject({ line: at + 1 });
      }),
    );
  });

  it("tells a line put in, two that changed places, and one that is no entry", () => {
    const lines = logOf(6);
    const [first = "", second = "", third = "", ...rest] = lines;
    expect(checkHistory([first, second, second, third, ...rest]).faults.map(({ line }) => line)).toEqual([3]);
    expect(checkHistory([first, third, second, ...rest]).faults.map(({ line }) => line)).toEqual([2, 3, 4]);
    expect(checkHistory([first, second, third.slice(0, 40), ...rest]).faults.map(({ line }) => line)).toContain(3);
  });

  it("names the runs that were begun and have no end", () => {
    expect(checkHistory(logOf(9)).open).toEqual([]);
    expect(checkHistory(logOf(8)).open.map(({ line }) => line)).toEqual([7]);
  });
});
