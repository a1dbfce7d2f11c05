import { setImmediate } from "node:timers/promises";

import { describe, expect, it } from "@jest/globals";

import { CallLog } from "../../local/call-log.ts";

const write = { name: "PUT /x", mutating: true };
const read = { name: "GET /x", mutating: false };

/** Whether it has resolved by now. */
const isTold = (promise: Promise<void>) => Promise.race([promise.then(() => true), setImmediate(false)]);

describe("a caller that waits for calls", () => {
  it("is told when that many that change something have arrived, at the vendor that is meant", async () => {
    const log = new CallLog();
    const [anywhere, atFly] = [log.arrived(2), log.arrived(2, "fly")];
    for (const vendor of ["turso", "fly"]) log.add(vendor, write);
    for (let round = 0; round < 5; round++) log.add("fly", read);
    expect([await isTold(anywhere), await isTold(atFly)]).toEqual([true, false]);
    log.add("fly", write);
    expect(await isTold(atFly)).toBe(true);
    expect(log.counts()).toContainEqual({ vendor: "fly", operation: "PUT /x", mutating: true, count: 2 });
  });

  it("is told at once of calls that have arrived already, and not of those that are forgotten", async () => {
    const log = new CallLog();
    log.add("tigris", write);
    expect(await isTold(log.arrived(1))).toBe(true);
    log.clear();
    const again = log.arrived(1);
    expect(await isTold(again)).toBe(false);
    log.add("tigris", write);
    expect(await isTold(again)).toBe(true);
  });
});
