import { describe, expect, it } from "@jest/globals";

import { lastRingOf, ringsOf } from "../../rollouts/last-ring.ts";
import { saidSettings } from "../../rollouts/origin.ts";
import { halted, parseRecord, type RolloutRecord } from "../../rollouts/record.ts";

const RECORD = record({
  rollout: "agent-2",
  begun: "2026-11-01T00:00:00.000Z",
  rings: [
    {
      name: "canary",
      begun: "2026-11-01T00:00:00.000Z",
      passed: "2026-11-02T00:00:00.000Z",
      found: ["checks: 2 hold"],
      tenants: {
        acme: {},
        globex: { failed: "its check is critical", returned: { at: "2026-11-01T12:00:00.000Z", why: "failed" } },
      },
    },
    {
      name: "rest",
      begun: "2026-11-03T00:00:00.000Z",
      found: [],
      tenants: { initech: { failed: "answers with 500" }, hooli: {} },
    },
  ],
});
const OLDER = record({
  rollout: "agent-1",
  begun: "2026-10-01T00:00:00.000Z",
  finished: "2026-10-09T00:00:00.000Z",
  rings: [
    {
      name: "rest",
      begun: "2026-10-02T00:00:00.000Z",
      passed: "2026-10-03T00:00:00.000Z",
      found: ["checks: 9 hold"],
      tenants: { acme: {}, umbrella: {} },
    },
  ],
});

function record(said: object): RolloutRecord {
  const change = [{ path: ["machine", "image"], value: "app:2" }];
  const read = parseRecord({ stack: "prod", change, halt: 3, atATime: 1, ...said });
  if (read === undefined) throw new Error("it is no record");
  return read;
}

describe("where a tenant's settings come from", () => {
  const plan = { machine: { image: "app:1", memoryMb: 512, env: { LOG: "info", MODE: "a" } }, region: "iad" } as const;

  it("is told of each that its file or its plan says, and of no other", () => {
    const own = {
      owner: "ops@acme.example",
      labels: { tier: "beta" },
      machine: { image: "app:2", env: { LOG: "debug" } },
    } as const;
    expect(saidSettings("acme", own, plan, [OLDER, RECORD])).toEqual([
      { setting: "region", value: "iad", from: "plan" },
      { setting: "machine.image", value: "app:2", from: "pin", rollout: "agent-2", ring: "canary" },
      { setting: "machine.env.LOG", value: "debug", from: "own" },
      { setting: "machine.memoryMb", value: 512, from: "plan" },
      { setting: "machine.env.MODE", value: "a", from: "plan" },
    ]);
  });

  it("is its own file where the rollout is finished, has returned it, or changes something else", () => {
    const from = (id: string, own: object) => saidSettings(id, own, plan, [OLDER, RECORD]).map((each) => each.from);
    expect(from("umbrella", { machine: { image: "app:2" } })).toEqual(["plan", "own", "plan", "plan", "plan"]);
    expect(from("globex", { machine: { image: "app:0" } })).toEqual(["plan", "own", "plan", "plan", "plan"]);
    expect(from("acme", { region: "fra" })[0]).toBe("own");
  });

  it("takes a list for one value, and a value of false for one too", () => {
    const own = { storage: { snapshots: false, locations: ["iad", "sjc"] } } as object;
    expect(saidSettings("acme", own, {}, [])).toEqual([
      { setting: "storage.snapshots", value: false, from: "own" },
      { setting: "storage.locations", value: ["iad", "sjc"], from: "own" },
    ]);
  });
});

describe("the ring in which a tenant was last", () => {
  const gateOf = (id: string) => {
    const { rollout, ring, gate, at, found, isUnderWay } = lastRingOf(id, [RECORD, OLDER]) ?? {};
    return [rollout, ring, gate, at, found, isUnderWay];
  };

  it("is told with what its gates said of this tenant", () => {
    expect(gateOf("acme")).toEqual(["agent-2", "canary", "passed", "2026-11-02T00:00:00.000Z", "checks: 2 hold", true]);
    expect(gateOf("globex")).toEqual([
      "agent-2",
      "canary",
      "returned",
      "2026-11-01T12:00:00.000Z",
      "its check is critical",
      true,
    ]);
    expect(gateOf("initech")).toEqual(["agent-2", "rest", "failed", undefined, "answers with 500", true]);
    expect(gateOf("hooli")).toEqual(["agent-2", "rest", "open", undefined, "", true]);
    expect(gateOf("umbrella")).toEqual([
      "agent-1",
      "rest",
      "passed",
      "2026-10-03T00:00:00.000Z",
      "checks: 9 hold",
      false,
    ]);
    expect(lastRingOf("nobody", [RECORD, OLDER])).toBeUndefined();
  });

  it("is the youngest of all that it was in, in whatever order the records are read", () => {
    expect(ringsOf("acme", [RECORD, OLDER]).map(({ rollout }) => rollout)).toEqual(["agent-1", "agent-2"]);
  });
});

describe("a rollout that is halted twice", () => {
  it("keeps what halted it first, and since when, and has the second reason behind it once", () => {
    const [dawn, noon] = [new Date("2026-11-05T06:00:00Z"), new Date("2026-11-05T12:00:00Z")];
    const once = halted(RECORD, "errors in the log", dawn);
    expect(once.halted).toEqual({ at: "2026-11-05T06:00:00.000Z", reason: "errors in the log" });
    const twice = halted(once, "customers write", noon);
    expect(twice.halted).toEqual({ at: "2026-11-05T06:00:00.000Z", reason: "errors in the log; customers write" });
    expect(halted(twice, "errors in the log", noon)).toEqual(twice);
  });
});
