import { describe, expect, it } from "@jest/globals";

import { descendants, Ledger, type Seen } from "../../../operations/bench/ledger.ts";
import { kindOf, parseBusy, parseMemory, parseStat } from "../../../operations/bench/proc.ts";

const stat = (name: string) =>
  `4711 (${name}) S 42 4711 4711 0 -1 4194304 9 8 7 6 120 30 400 50 20 0 11 0 98765 1000000 2000 18446744073709551615`;

describe("what /proc tells", () => {
  it("is read past a name that holds brackets and spaces", () => {
    const read = { parent: 42, ticks: 150, waitedTicks: 450, started: 98765 };
    expect(parseStat(stat("node"))).toEqual({ name: "node", ...read });
    expect(parseStat(stat("a) S 1 (b"))).toEqual({ name: "a) S 1 (b", ...read });
  });

  it("names memory now and at most, and none of a process that has ended", () => {
    expect(parseMemory("Name:\tnode\nVmHWM:\t  204800 kB\nVmRSS:\t  102400 kB\n")).toEqual({
      nowKb: 102400,
      mostKb: 204800,
    });
    expect(parseMemory("")).toEqual({ nowKb: 0, mostKb: 0 });
  });

  it("counts a processor as busy for its host's share too, and not while it waits", () => {
    expect(parseBusy("cpu  100 20 30 5000 400 6 7 8 0 0\ncpu0 1 1 1 1 1 1 1 1 0 0\n")).toBe(100 + 20 + 30 + 6 + 7 + 8);
    expect(parseBusy("")).toBe(0);
  });

  it.each([
    ["node --disable-warning=ExperimentalWarning /p/cli/main.ts plan", "command line"],
    ["/usr/bin/node /p/node_modules/@tenantry/tenantry/cli/main.js up", "command line"],
    ["node /p/provider/main.ts 127.0.0.1:4000", "provider"],
    ["node /p/bench/peers/idle-provider/main.ts", "provider"],
    ["node ./node_modules/@pulumi/pulumi/cmd/dynamic-provider 127.0.0.1:1", "provider"],
    ["node --import=x /p/node_modules/@pulumi/pulumi/cmd/run --monitor=1 .", "program"],
    ["/p/.tenantry/bin/pulumi up --yes", "engine"],
    ["terraform apply -auto-approve", "engine"],
    ["node /p/bench/peers/script.ts up", "script"],
    ["pulumi-language-nodejs 127.0.0.1:1", "other"],
  ])("says what a process is for: %s", (command, kind) => {
    expect(kindOf(command)).toBe(kind);
  });
});

const seen = (pid: number, more: Partial<Seen> = {}): Seen => ({
  ...{ pid, started: 1, kind: "engine", ticks: 0, nowKb: 0, mostKb: 0 },
  ...more,
});

describe("the ledger of processes", () => {
  it("adds up by kind, and takes the most that one process had", () => {
    const ledger = new Ledger([]);
    ledger.see([seen(1, { ticks: 100, mostKb: 2048 }), seen(2, { ticks: 10, mostKb: 4096 })]);
    ledger.see([seen(1, { ticks: 150, mostKb: 3072 }), seen(3, { kind: "program", ticks: 30, mostKb: 1024 })]);
    expect(ledger.usage(190)).toEqual([
      { kind: "engine", cpuSeconds: 1.6, peakMb: 4 },
      { kind: "program", cpuSeconds: 0.3, peakMb: 1 },
    ]);
  });

  it("leaves out what a cloud had taken before, and the memory it once had", () => {
    const cloud = (ticks: number, nowKb: number) =>
      seen(9, { kind: "embedded cloud", ticks, nowKb, mostKb: 1_024_000 });
    const ledger = new Ledger([cloud(5000, 1024)]);
    ledger.see([cloud(5070, 3072)]);
    ledger.see([cloud(5100, 2048)]);
    expect(ledger.usage(0)).toEqual([{ kind: "embedded cloud", cpuSeconds: 1, peakMb: 3 }]);
  });

  it("takes a number that is used again for another process, and names what was too short to be seen", () => {
    const ledger = new Ledger([seen(1, { ticks: 1000 })]);
    ledger.see([seen(1, { started: 2, ticks: 10, mostKb: 1024 })]);
    expect(ledger.usage(35)).toEqual([
      { kind: "too short to be seen", cpuSeconds: 0.25, peakMb: 0 },
      { kind: "engine", cpuSeconds: 0.1, peakMb: 1 },
    ]);
  });

  it("takes a process for what it has become: a shell that turned into the command line, and has ended now", () => {
    const ledger = new Ledger([]);
    ledger.see([seen(1, { kind: "other", ticks: 1 })]);
    ledger.see([seen(1, { kind: "command line", ticks: 40 })]);
    ledger.see([seen(1, { kind: undefined, ticks: 50 })]);
    expect(ledger.usage(50).map(({ kind, cpuSeconds }) => [kind, cpuSeconds])).toEqual([["command line", 0.5]]);
  });
});

describe("the descendants of a process", () => {
  it("are found at any depth, also where a child has a lower number than its parent", () => {
    const parents = new Map([
      [10, 1],
      [5, 10],
      [3, 5],
      [7, 1],
      [20, 99],
    ]);
    expect([...descendants(parents, new Set([10]))].sort((a, b) => a - b)).toEqual([3, 5, 10]);
    expect([...descendants(parents, new Set([99]))]).toEqual([20]);
  });
});
