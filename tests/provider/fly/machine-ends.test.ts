import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { flyErrors } from "../../../provider/fly/errors.ts";
import { machineCalls } from "../../../provider/fly/machine-calls.ts";
import type { FlyApi } from "../../../provider/fly/api.ts";
import type { MachineState } from "../../../provider/fly/index.ts";
import { HalfDone } from "../../../provider/plugin/resource-type.ts";
import { testCall } from "../../support/call.ts";
import { after, appInputs, checked, failure, type FlyRoom, machineInputs, openFlyRoom } from "./fly-room.ts";

let room: FlyRoom;
beforeAll(async () => {
  room = await openFlyRoom();
});
afterAll(() => room.cloud.dispose());

const ended = (exit_code: number, requested_stop = false, oom_killed = false) => ({
  source: "flyd",
  request: { exit_event: { exit_code, requested_stop, oom_killed } },
});
const started = { source: "flyd" };
const touched = { source: "user" };

/** What the client makes of a machine with these events, the newest first. */
async function endsOf(...events: object[]) {
  const shown = { id: "m", state: "started", region: "iad", instance_id: "1", events };
  const api = {
    find: (_call: unknown, answer: { parse(value: unknown): unknown }) => Promise.resolve(answer.parse(shown)),
  };
  const machine = await machineCalls(api as unknown as FlyApi).machine({ app: "a", machine: "m" }, {});
  return machine?.unaskedEnds.map(({ exitCode }) => exitCode);
}

describe("a machine that ends by itself", () => {
  it("is known by its ends since somebody last touched it, and not by those that were asked for", async () => {
    expect(await endsOf(ended(3), started, ended(4), started, touched, ended(5))).toEqual([3, 4]);
    expect(await endsOf(ended(0, true), touched, ended(3))).toEqual([]);
    expect(await endsOf(ended(137, false, true))).toEqual([137]);
    expect(await endsOf()).toEqual([]);
  });

  it("is reported after three ends, in seconds and with its exit code, and stays known as half done, also by a refresh, until it is well", async () => {
    await room.app.create(appInputs("ending"), testCall());
    let looks = 0;
    const ending = room.through({
      ...room.client,
      machine: async (at, to) => {
        const found = await room.client.machine(at, to);
        looks += 1;
        const unaskedEnds = Array.from({ length: Math.min(looks, 3) }, () => ({ exitCode: 3, outOfMemory: false }));
        return found === undefined ? undefined : { ...found, state: "starting", unaskedEnds };
      },
    });
    const error = await failure(
      ending["tenantry:fly:Machine"].create(checked(room.machine, machineInputs("ending")), testCall()),
    );
    expect(error.cause).toMatchObject({ kind: flyErrors.FLY_UNHEALTHY });
    expect(error.message).toContain("its program ended by itself 3 times, the last time with exit code 3");
    expect(error.message).toContain("npx tenantry logs acme --stack test");
    expect(looks).toBe(3);
    const { existing } = error as unknown as HalfDone<MachineState>;
    expect(existing.state).toEqual({ machineId: expect.any(String), isUnwell: true });

    // A refresh that took it for done would have the next up leave it alone.
    const known = after(checked(room.machine, machineInputs("ending")), existing);
    const read = (by: FlyRoom) => by.machine.read(existing.id, known, testCall());
    const again = (await failure(ending["tenantry:fly:Machine"].read(existing.id, known, testCall()))) as unknown;
    expect(again).toBeInstanceOf(HalfDone);
    expect((again as HalfDone<MachineState>).existing).toMatchObject({ ...existing, inputs: known.inputs });
    expect((await read(room))?.state).toEqual({ machineId: existing.state.machineId });
    expect(await room.machine.update?.(existing.id, known, known.inputs, testCall())).toEqual({
      machineId: existing.state.machineId,
    });
  });
});
