import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import fc from "fast-check";

import { inOrderOfTime, MachineLogs } from "../../../../local/fly/machines/processes/machine-logs.ts";

const TRACE = ["Error: no such table", "    at query (zebra.js:9:1)", "    at list (app.js:2:1)", "", "Node.js v22"];

let dir: string;
let now: number;
let logs: MachineLogs;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "tenantry-logs-"));
  now = 0;
  logs = new MachineLogs(dir, () => new Date(now));
});
afterEach(() => rmSync(dir, { recursive: true }));

const textOf = (line: string) => line.slice(line.indexOf(" ") + 1);
const shown = (...machines: string[]) =>
  inOrderOfTime(machines.map((machine) => logs.last(machine, 10_000))).map(textOf);

describe("the log of a machine", () => {
  it("has a stack trace in the order it was written in, though all its lines are of one millisecond", () => {
    logs.writer("m1", []).write(`${TRACE.join("\n")}\n`);
    expect(shown("m1")).toEqual(TRACE);
  });

  it("has it so too where the app wrote it in pieces that end within lines, whatever they are", () => {
    const text = `${TRACE.join("\n")}\n`;
    fc.assert(
      fc.property(fc.array(fc.nat({ max: text.length })), (cuts) => {
        const machine = `m${cuts.join("-")}`.slice(0, 100);
        const ends = [...cuts, text.length].sort((one, other) => one - other);
        const writer = logs.writer(machine, []);
        ends.forEach((end, at) => writer.write(text.slice(ends[at - 1] ?? 0, end)));
        writer.end();
        expect(logs.last(machine, TRACE.length).map(textOf)).toEqual(TRACE);
      }),
      { numRuns: 50 },
    );
  });

  it("goes on in order when its file is put aside in the middle of one, and `last` counts over both files", () => {
    const writer = logs.writer("m1", []);
    const lines = Array.from({ length: 40 }, (_, count) => `${count} ${"x".repeat(16_000)}`);
    for (const line of [...lines, ...lines]) writer.write(`${line}\n`);
    expect(shown("m1").map((line) => line.slice(0, 2).trim())).toEqual(
      [...lines, ...lines].map((line) => line.slice(0, 2).trim()),
    );
    expect(logs.last("m1", 60)).toHaveLength(60);
  });

  it("keeps the order it was written in also where the clock is set back meanwhile", () => {
    const writer = logs.writer("m1", []);
    for (const [time, line] of [
      [5000, "first"],
      [2000, "second"],
      [2000, "third"],
      [9000, "fourth"],
    ] as const) {
      now = time;
      writer.write(`${line}\n`);
    }
    expect(shown("m1")).toEqual(["first", "second", "third", "fourth"]);
  });

  it("has lines that look like a time, a machine or nothing as they were written, in order", () => {
    const lines = ["2020-01-01T00:00:00.000Z m9 old", "", "  at x", "9999-01-01T00:00:00.000Z m1 new", " "];
    logs.writer("m1", []).write(`${lines.join("\n")}\n`);
    expect(shown("m1")).toEqual(lines);
  });

  it("keeps each machine's lines together when two of an app wrote in one millisecond, otherwise sorts by time", () => {
    const [one, other] = [logs.writer("m1", []), logs.writer("m2", [])];
    one.write("b\na\n");
    other.write("d\nc\n");
    now = 1;
    one.write("later\n");
    expect(shown("m1", "m2")).toEqual(["b", "a", "d", "c", "later"]);
  });
});
