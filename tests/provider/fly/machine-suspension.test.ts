import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";

import type { MachineInputs } from "../../../provider/fly/index.ts";
import { testCall } from "../../support/call.ts";
import { after, appInputs, checked, failure, type FlyRoom, machineInputs, openFlyRoom } from "./fly-room.ts";

interface Shown {
  readonly state: string;
  readonly config: { readonly metadata: Record<string, string>; readonly services?: unknown };
}

let room: FlyRoom;
beforeAll(async () => {
  room = await openFlyRoom();
}, 60_000);
afterEach(() => room.cloud.faults());
afterAll(() => room.cloud.dispose());

const UPDATE = "^POST /v1/apps/{app}/machines/{machine}$";
const STOP = "^POST /v1/apps/{app}/machines/{machine}/stop$";

/** A machine of an app of its own that is started, or was stopped by Fly's proxy; and what `up` does with it. */
async function given(app: string, state: "started" | "stopped") {
  await room.app.create(appInputs(app), testCall());
  const awake = checked(room.machine, machineInputs(app));
  const asleep = checked(room.machine, { ...awake, suspended: true });
  const existing = await room.machine.create(awake, testCall());
  const path = `/v1/apps/${existing.id.replace("/", "/machines/")}`;
  if (state === "stopped") {
    await room.behind("POST", `${path}/stop`, {});
    await room.behind("GET", `${path}/wait?state=settled&timeout=30`);
  }
  const update = (olds: MachineInputs, news: MachineInputs) =>
    room.machine.update?.(existing.id, after(olds, existing), news, testCall()) ??
    Promise.reject(new Error("no update"));
  return {
    suspend: () => update(awake, asleep),
    resume: () => update(asleep, awake),
    changeAsleep: () => update(asleep, { ...asleep, config: { ...asleep.config, env: { NEW: "1" } } }),
    show: () => room.behind<Shown>("GET", path),
    seen: async (inputs: MachineInputs) =>
      (await room.machine.read(existing.id, after(inputs, existing), testCall()))?.inputs,
    awake,
    asleep,
  };
}

const markOf = ({ config }: Shown) => config.metadata["tenantry-before-suspension"];

describe("a machine that is suspended and resumed", () => {
  it.each(["started", "stopped"] as const)("is %s again as it was before, and carries no mark then", async (state) => {
    const machine = await given(`was-${state}`, state);
    await machine.suspend();
    const down = await machine.show();
    expect({ state: down.state, mark: markOf(down), services: down.config.services }).toEqual({
      state: "stopped",
      mark: state,
      services: undefined,
    });
    expect(await machine.seen(machine.asleep)).toEqual(machine.asleep);
    await machine.changeAsleep();
    expect(markOf(await machine.show())).toBe(state);
    await machine.resume();
    const up = await machine.show();
    expect({ state: up.state, mark: markOf(up) }).toEqual({ state, mark: undefined });
    expect(await machine.seen(machine.awake)).toEqual(machine.awake);
  });

  it("is started again although the suspension broke off between its stop and its new config", async () => {
    const machine = await given("broken-off", "started");
    await room.cloud.faults({ operation: UPDATE, kind: "error", status: 400 });
    await failure(machine.suspend());
    expect((await machine.show()).state).toBe("stopped");
    await room.cloud.faults();
    await machine.suspend();
    await machine.resume();
    expect((await machine.show()).state).toBe("started");
  });

  it("is stopped again although the resumption broke off while it ran", async () => {
    const machine = await given("half-awake", "stopped");
    await machine.suspend();
    await room.cloud.faults({ operation: STOP, kind: "error", status: 400 });
    await failure(machine.resume());
    expect((await machine.show()).state).toBe("started");
    await room.cloud.faults();
    await machine.resume();
    const rested = await machine.show();
    expect({ state: rested.state, mark: markOf(rested) }).toEqual({ state: "stopped", mark: undefined });
  });
});
