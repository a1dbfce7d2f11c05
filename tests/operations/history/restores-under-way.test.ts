import { describe, expect, it } from "@jest/globals";

import { chained, EMPTY, type HistoryEvent } from "../../../operations/history/entry.ts";
import { restoresIn } from "../../../operations/history/restores-under-way.ts";

const NOW = new Date("2027-01-10T12:00:00.000Z");

const event = (kind: HistoryEvent["kind"], tenant: string, time: string): HistoryEvent => ({
  kind,
  tenant,
  time,
  stack: "prod",
  run: "6f1c1c0a-6c3b-4a0e-9a53-0f6a4c1d2e3f",
  actor: "ada",
  from: "here",
});
const told = (...events: readonly HistoryEvent[]) => Object.fromEntries(restoresIn(chained(EMPTY, events), NOW));

describe("a restore", () => {
  it("is under way from its first line to its last, for a day at most", () => {
    const begun = event("restoring", "acme", "2027-01-10T11:00:00.000Z");
    expect(told(begun)).toEqual({ acme: "under restore since 2027-01-10 11:00 UTC by ada" });
    expect(told(begun, event("restored", "acme", "2027-01-10T11:30:00.000Z"))).toEqual({});
    expect(told(begun, event("restored", "globex", "2027-01-10T11:30:00.000Z"))).toHaveProperty("acme");
    expect(told(event("restoring", "acme", "2027-01-09T11:59:00.000Z"))).toEqual({});
  });

  it("is under way again when it is begun again", () => {
    const events = ["restoring", "restored", "restoring"] as const;
    expect(told(...events.map((kind, at) => event(kind, "acme", `2027-01-10T0${at}:00:00.000Z`)))).toEqual({
      acme: "under restore since 2027-01-10 02:00 UTC by ada",
    });
  });
});
