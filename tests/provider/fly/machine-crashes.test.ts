import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";

import type { MachineInputs, MachineState } from "../../../provider/fly/index.ts";
import { HalfDone, type Known } from "../../../provider/plugin/resource-type.ts";
import type { CloudFault } from "../../support/cloud.ts";
import { testCall } from "../../support/call.ts";
import {
  after,
  appInputs,
  checked,
  failure,
  type FlyRoom,
  machineInputs,
  openFlyRoom,
  existingOf,
} from "./fly-room.ts";
import { SMALL } from "./machine-configs.ts";

interface Shown {
  readonly id: string;
  readonly state: string;
  readonly config: { readonly env?: Record<string, string> };
}

let room: FlyRoom;
let machine: FlyRoom["machine"];
beforeAll(async () => {
  room = await openFlyRoom();
  // One attempt per call: what is repeated, the resource type repeats itself.
  machine = room.through(room.hasty())["tenantry:fly:Machine"];
});
afterEach(() => room.cloud.faults());
afterAll(() => room.cloud.dispose());

const CREATE = "^POST /v1/apps/{app}/machines$";
const LIST = "^GET /v1/apps/{app}/machines$";
const UPDATE = "^POST /v1/apps/{app}/machines/{machine}$";
const LEASE = "^POST .*/lease$";
const list = (app: string) => room.behind<Shown[]>("GET", `/v1/apps/${app}/machines`);
const waysToBreak: ["reset" | "timeout" | "error"][] = [["reset"], ["timeout"], ["error"]];

async function anApp(name: string): Promise<MachineInputs> {
  await room.app.create(appInputs(name), testCall());
  return checked(room.machine, machineInputs(name));
}

async function aMachine(
  name: string,
): Promise<{ id: string; known: Known<MachineInputs, MachineState>; news: MachineInputs }> {
  const inputs = await anApp(name);
  const existing = await room.machine.create(inputs, testCall());
  return {
    id: existing.id,
    known: after(inputs, existing),
    news: { ...inputs, config: { ...SMALL, env: { NEW: "1" } } },
  };
}

const update = (id: string, known: Known<MachineInputs, MachineState>, news: MachineInputs) =>
  machine.update?.(id, known, news, testCall()) ?? Promise.reject(new Error("no update"));

describe("a machine whose making is cut off after the effect", () => {
  it.each(waysToBreak)("by %s is found at once, and exists once", async (kind) => {
    const inputs = await anApp(`made-${kind}`);
    await room.cloud.faults({ operation: CREATE, kind, when: "after", times: 1 });
    const existing = await machine.create(inputs, testCall());
    expect(await list(inputs.app)).toMatchObject([{ id: existing.state.machineId, state: "started" }]);
  });

  it.each(waysToBreak)("by %s, and nothing can be looked up any more, is found by the next try", async (kind) => {
    const inputs = await anApp(`lost-${kind}`);
    const down: CloudFault = { operation: LIST, kind: "error", status: 503, skip: 1 };
    await room.cloud.faults({ operation: CREATE, kind, when: "after", times: 1 }, down);
    await failure(machine.create(inputs, testCall()));
    await room.cloud.faults();
    const existing = await machine.create(inputs, testCall());
    expect(await list(inputs.app)).toMatchObject([{ id: existing.state.machineId, state: "started" }]);
  });

  it("is half done when only its health could not be asked", async () => {
    const inputs = await anApp("unasked");
    await room.cloud.faults({ operation: "^GET /v1/apps/{app}/machines/{machine}$", kind: "error", status: 503 });
    const error = await failure(machine.create(inputs, testCall()));
    await room.cloud.faults();
    const { id, state } = existingOf(error);
    expect(await list("unasked")).toMatchObject([{ id: state.machineId }]);
    await update(id, { inputs, state }, inputs);
    expect(await list("unasked")).toHaveLength(1);
  });
});

describe("a machine whose making is cut off before the effect", () => {
  it.each([["reset" as const], ["error" as const]])("by %s is made by another try of the same call", async (kind) => {
    const inputs = await anApp(`unmade-${kind}`);
    await room.cloud.faults({ operation: CREATE, kind, when: "before", times: 1 });
    const existing = await machine.create(inputs, testCall());
    expect(await list(inputs.app)).toMatchObject([{ id: existing.state.machineId }]);
  });

  it("by silence is not tried again: it may still be made", async () => {
    const inputs = await anApp("silent");
    await room.cloud.faults({ operation: CREATE, kind: "timeout", when: "before", times: 1 });
    await room.cloud.forgetCalls();
    const error = await failure(machine.create(inputs, testCall()));
    expect(error.message).toContain("did not answer in time");
    const calls = await room.cloud.calls();
    expect(calls.find(({ operation }) => operation === "POST /v1/apps/{app}/machines")).toMatchObject({ count: 1 });
    const existing = await machine.create(inputs, testCall());
    expect(await list("silent")).toMatchObject([{ id: existing.state.machineId }]);
  });
});

describe("an update that is cut off", () => {
  it.each(waysToBreak)("after the effect by %s is done", async (kind) => {
    const { id, known, news } = await aMachine(`updated-${kind}`);
    await room.cloud.faults({ operation: UPDATE, kind, when: "after", times: 1 });
    await update(id, known, news);
    expect(await list(news.app)).toMatchObject([{ state: "started", config: { env: { NEW: "1" } } }]);
  });

  it.each(waysToBreak)("before the effect by %s is tried again", async (kind) => {
    const { id, known, news } = await aMachine(`retried-${kind}`);
    await room.cloud.faults({ operation: UPDATE, kind, when: "before", times: 1 });
    await update(id, known, news);
    expect(await list(news.app)).toMatchObject([{ state: "started", config: { env: { NEW: "1" } } }]);
  });

  it.each(waysToBreak)("while it takes the lease, by %s, takes it all the same", async (kind) => {
    const { id, known, news } = await aMachine(`lease-${kind}`);
    await room.cloud.faults({ operation: LEASE, kind, when: "after", times: 1 });
    await update(id, known, news);
    expect(await list(news.app)).toMatchObject([{ config: { env: { NEW: "1" } } }]);
  });

  it("while it gives the lease back succeeds, and says how long the lease stays", async () => {
    const { id, known, news } = await aMachine("unreleased");
    await room.cloud.faults({ operation: "^DELETE .*/lease$", kind: "error", status: 500 });
    const call = testCall();
    await machine.update?.(id, known, news, call);
    expect(call.lines).toMatchObject([
      { severity: "warning", line: expect.stringContaining("ends in 2 s") as unknown },
    ]);
  });

  it("while the lease is being refreshed leaves no lease behind", async () => {
    const { id, known, news } = await aMachine("refreshing");
    // Every refresh but the first takes effect only after the work is done.
    await room.cloud.faults({ operation: LEASE, kind: "latency", latencyMs: 900, skip: 1 });
    await room.cloud.switches({ "fly.bootTakesMs": 800 });
    await room.machine.update?.(id, known, news, testCall());
    await room.cloud.resetSwitches();
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const lease = await failure(room.behind("GET", `/v1/apps/${id.replace("/", "/machines/")}/lease`));
    expect(lease.message).toContain("404");
  });

  it("by the user lets go of the lease", async () => {
    const { id, known, news } = await aMachine("cancelled");
    await room.behind("PUT", "/_embedded/checks/cancelled", { status: "critical", output: "" });
    const call = testCall();
    setTimeout(() => {
      call.cancel();
    }, 150);
    const cut = await failure(machine.update?.(id, known, news, call) ?? Promise.resolve());
    // On a busy computer the user is quicker than the update's own write.
    expect(cut instanceof HalfDone || cut.name === "AbortError").toBe(true);
    const [app = "", own = ""] = id.split("/");
    const lease = await failure(room.behind("GET", `/v1/apps/${app}/machines/${own}/lease`));
    expect(lease.message).toContain("404");
  });
});

describe("a deletion that is cut off", () => {
  const cuts = ["/stop$", "^DELETE /v1/apps/{app}/machines/{machine}$"].flatMap((operation) =>
    waysToBreak.map(([kind]) => [operation, kind] as const),
  );

  it.each(cuts)("at %s by %s is finished by the next try", async (operation, kind) => {
    const { id, known } = await aMachine(`cut-${Math.random().toString(36).slice(2, 8)}`);
    await room.cloud.faults({ operation, kind, when: "after", times: 1 });
    await failure(machine.delete(id, known, testCall()));
    await room.cloud.faults();
    await machine.delete(id, known, testCall());
    expect(await list(known.inputs.app)).toEqual([]);
  });
});
