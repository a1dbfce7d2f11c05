import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";

import { Acknowledged } from "../../../operations/gates/acknowledged.ts";
import { arrivalsOf, type Habits, meanGapMs, MIX } from "../../../operations/gates/arrivals.ts";
import { loaded, REQUESTS } from "../../../operations/gates/load.ts";
import { loadGate, type LoadParts, type Sending } from "../../../operations/gates/load-result.ts";
import { memoryGate } from "../../../operations/gates/measurements/memory.ts";
import { scanGate } from "../../../operations/gates/scan-result.ts";

const HABITS: Habits = { betweenSessionsMs: 20_000, mostRequests: 9, thinkMs: 3000 };
const HOUR_MS = 3_600_000;

describe("the users of a load", () => {
  it("come in order, within the time, to every tenant, and the same again by the same seed", () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 20 }), (seed, tenants) => {
        const arrivals = arrivalsOf(seed, tenants, 600_000, HABITS);
        expect(arrivals).toEqual(arrivals.toSorted((one, other) => one.atMs - other.atMs));
        expect(arrivals.filter(({ atMs, pick }) => atMs < 0 || atMs >= 600_000 || pick < 0 || pick >= 1)).toEqual([]);
        expect(new Set(arrivals.map(({ tenant }) => tenant)).size).toBe(tenants);
        expect(arrivalsOf(seed, tenants, 600_000, HABITS)).toEqual(arrivals);
      }),
      { numRuns: 20 },
    );
  });

  it("ask as often and for what was assumed", () => {
    const arrivals = arrivalsOf(1, 20, HOUR_MS, HABITS);
    const perTenant = arrivals.length / 20;
    expect(perTenant * meanGapMs(HABITS)).toBeGreaterThan(0.9 * HOUR_MS);
    expect(perTenant * meanGapMs(HABITS)).toBeLessThan(1.1 * HOUR_MS);
    expect(Object.values(MIX).reduce((sum, share) => sum + share, 0)).toBe(100);
    for (const request of REQUESTS) {
      const share = (arrivals.filter((each) => each.request === request).length / arrivals.length) * 100;
      expect(Math.abs(share - MIX[request])).toBeLessThan(1.5);
    }
  });
});

describe("what an app has acknowledged", () => {
  it("is the last text with an answer; a change without one may be there or not", () => {
    const notes = new Acknowledged();
    notes.change("a", "one")(true);
    notes.change("a", "two")(true);
    notes.change("b", "one")(true);
    notes.change("b", "two")(false);
    notes.change("c", "one")(false);
    notes.change("d", "one")(true);
    notes.change("d", undefined)(true);
    expect([...notes.all()]).toEqual([
      ["a", ["two"]],
      ["b", ["one", "two"]],
      ["c", [undefined, "one"]],
      ["d", [undefined]],
    ]);
    expect(notes.settled()).toEqual(["a"]);
  });

  it("is not settled while a change is under way", () => {
    const notes = new Acknowledged();
    notes.change("a", "one")(true);
    const settle = notes.change("a", "two");
    expect(notes.settled()).toEqual([]);
    settle(true);
    expect(notes.settled()).toEqual(["a"]);
  });
});

describe("the gate of a load", () => {
  const sending = (more: Partial<Sending>): Sending => ({
    ...{ tenant: 0, request: "read", dueAt: 0, sentAt: 0, endedAt: 10, isAnswered: true },
    ...more,
  });
  const parts = (sendings: readonly Sending[], more: Partial<LoadParts> = {}): LoadParts => ({
    ...{ outages: [{ tenant: 0, how: "kill", from: 100, to: 200 }], lost: [], notes: 3, s3Calls: 4, how: "" },
    ...{ sendings, ...more },
  });

  it.each([
    ["before it", { sentAt: 50, endedAt: 99 }, 1],
    ["into it", { sentAt: 50, endedAt: 101 }, 0],
    ["within it", { sentAt: 120, endedAt: 130 }, 0],
    ["out of it", { sentAt: 199, endedAt: 400 }, 0],
    ["after it", { sentAt: 201, endedAt: 400 }, 1],
    ["within that of another tenant", { tenant: 1, sentAt: 120, endedAt: 130 }, 1],
  ] as const)("excuses a failure only while its own machine was away: %s", (_when, times, value) => {
    expect(loadGate(parts([sending({ ...times, isAnswered: false })])).value).toBe(value);
  });

  it("counts what is lost, and names it", () => {
    const { value, how } = loadGate(parts([sending({})], { lost: ["a note: not in bucket"] }));
    expect(value).toBe(1);
    expect(how).toContain("a note: not in bucket");
  });

  it("leaves the times of requests out that waited for a machine that was away", () => {
    const waited = sending({ sentAt: 150, dueAt: 150, endedAt: 9000 });
    const { detail, how } = loadGate(parts([sending({}), waited]));
    expect(detail?.rows.find(([request]) => request === "read")).toEqual(["read", "2", "0", "0", "10 / 10 / 10"]);
    expect(how).toContain("0 of 1 request to them failed, the others waited");
  });

  it("counts times from when a request was due, and says how many were sent late", () => {
    const { detail, how } = loadGate(parts([sending({ dueAt: 300, sentAt: 450, endedAt: 460 })]));
    expect(detail?.rows.find(([request]) => request === "read")).toEqual(["read", "1", "0", "0", "160 / 160 / 160"]);
    expect(how).toContain("1 requests, 1 sent more than 100 ms late");
  });
});

describe("the gate of scans", () => {
  const turn = (mountMs: number, volumeMs: number) => ({ mountMs, volumeMs, s3Calls: 5 });

  it("is the worst ratio of warm scans, whatever the cold one took", () => {
    const found = [
      { size: 100, cold: turn(900, 1), warm: [turn(30, 10), turn(20, 10), turn(10, 10)] },
      { size: 50, cold: turn(900, 1), warm: [turn(12, 10)], sync: { ...turn(40, 20), changed: 50, seenMs: 1500 } },
    ];
    const { value, samples, detail } = scanGate(found, 3);
    expect([value, samples]).toEqual([2, [2, 1.2]]);
    expect(detail?.rows).toEqual([
      ["100", "cold", "900", "1", "900.00 x", "5", "95.0 %"],
      ["100", "warm", "20", "10", "2.00 x", "5", "95.0 %"],
      ["50", "cold", "900", "1", "900.00 x", "5", "90.0 %"],
      ["50", "warm", "12", "10", "1.20 x", "5", "90.0 %"],
      ["50", "sync of 50 changed files", "40", "20", "2.00 x", "5", "95.0 %"],
    ]);
  });
});

describe("the gate of memory", () => {
  const memory = (machine: number) => ({ machine, tigrisfs: 1, app: 2 });

  it("is the median of machines that were used, and none when a request failed or no process was seen", () => {
    expect(memoryGate([memory(1)], [9, 5, 7].map(memory), 0, "").value).toBe(7);
    expect(memoryGate([memory(1)], [memory(5)], 1, "").value).toBeUndefined();
    expect(memoryGate([memory(0)], [memory(0)], 0, "").value).toBeUndefined();
  });
});

describe("requests to an app that does not answer", () => {
  it("end at once when the run is interrupted, and none follows them", async () => {
    const asked: string[] = [];
    const server = createServer(({ method = "" }) => void asked.push(method));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const controller = new AbortController();
    const all = loaded(`http://127.0.0.1:${port}`, { users: 3, count: 100, label: "x", signal: controller.signal });
    try {
      while (asked.length < 3) await once(server, "request");
      controller.abort();
      expect((await all).write).toMatchObject({ errors: 3 });
      expect(asked).toEqual(["PUT", "PUT", "PUT"]);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});
