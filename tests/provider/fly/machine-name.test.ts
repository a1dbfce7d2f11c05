import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import fc from "fast-check";

import { flyErrors } from "../../../provider/fly/errors.ts";
import { machineName } from "../../../provider/fly/machine-create.ts";
import { testCall } from "../../support/call.ts";
import {
  after,
  appInputs,
  checked,
  failure,
  type FlyRoom,
  machineInputs,
  openFlyRoom,
  ORGANIZATION,
} from "./fly-room.ts";
import { SMALL } from "./machine-configs.ts";

interface Shown {
  readonly id: string;
  readonly name: string;
  readonly state: string;
}

let room: FlyRoom;
beforeAll(async () => {
  room = await openFlyRoom();
});
afterEach(async () => {
  await room.cloud.faults();
  await room.cloud.resetSwitches();
});
afterAll(() => room.cloud.dispose());

const owner = testCall().owner("acme");
const CREATE = "^POST /v1/apps/{app}/machines$";
const list = async (app: string) => {
  await room.cloud.resetSwitches();
  return room.behind<Shown[]>("GET", `/v1/apps/${app}/machines`);
};

async function anApp(name: string) {
  await room.app.create(appInputs(name), testCall());
  return checked(room.machine, machineInputs(name));
}

describe("a machine's name", () => {
  it("follows from its owner and from what it replaces, and is short enough for Fly", () => {
    const word = fc.string({ minLength: 1, maxLength: 40 });
    const of = fc.record({ fleetId: word, stack: word, tenant: word });
    fc.assert(
      fc.property(of, fc.option(word, { nil: undefined }), fc.integer({ min: 1, max: 9 }), (a, old, n) => {
        const name = machineName(a, old, n);
        expect(name).toMatch(/^m-[0-9a-f]{24}$/);
        expect(machineName({ ...a }, old, n)).toBe(name);
        expect(machineName(a, `${old ?? ""}x`, n)).not.toBe(name);
        expect(machineName(a, old, n + 1)).not.toBe(name);
        expect(machineName({ ...a, tenant: `${a.tenant}x` }, old, n)).not.toBe(name);
      }),
    );
  });

  it("keeps it from being made twice while Fly's lists do not show it yet", async () => {
    const inputs = await anApp("lagging");
    await room.cloud.switches({ "fly.listLagMs": 60_000, "fly.affinity": "none" });
    const hasty = room.through(room.hasty())["tenantry:fly:Machine"];
    await room.cloud.faults({ operation: CREATE, kind: "error", status: 502, when: "after", times: 1 });
    const existing = await hasty.create(inputs, testCall());
    expect(await list("lagging")).toMatchObject([
      { id: existing.state.machineId, name: machineName(owner, undefined, 1), state: "started" },
    ]);
  });

  it("keeps it from being made twice while Fly does not know it yet by its id, and a new machine is waited for", async () => {
    const inputs = await anApp("unheard-of");
    await room.cloud.switches({ "fly.machineUnknownMs": 4000, "fly.listLagMs": 60_000, "fly.affinity": "none" });
    const lost = room.through(room.hasty())["tenantry:fly:Machine"];
    await room.cloud.faults({ operation: CREATE, kind: "error", status: 502, when: "after", times: 1 });
    const existing = await lost.create(inputs, testCall());
    const again = await room.machine.create(inputs, testCall());
    expect(again.id).toBe(existing.id);
    expect(await list("unheard-of")).toMatchObject([{ id: existing.state.machineId, state: "started" }]);
  });

  it("is in the lists at once when Fly knows its client by a cookie", async () => {
    await anApp("known");
    const names = async (how: "none" | "cookie") => {
      await room.cloud.switches({ "fly.listLagMs": 60_000, "fly.affinity": how });
      return (await room.client.machinesOf(ORGANIZATION, {})).items.filter(({ app }) => app === "known").length;
    };
    await room.machine.create(checked(room.machine, machineInputs("known")), testCall());
    expect([await names("none"), await names("cookie")]).toEqual([0, 1]);
  });

  it("has the next run adopt what a killed one made, brought to what is declared, whatever the lists show", async () => {
    const inputs = await anApp("killed");
    const first = await room.machine.create(inputs, testCall());
    await room.cloud.switches({ "fly.listLagMs": 60_000, "fly.affinity": "none" });
    const again = await room.machine.create({ ...inputs, config: { ...SMALL, env: { NEW: "1" } } }, testCall());
    expect(again.id).toBe(first.id);
    expect(await list("killed")).toMatchObject([{ config: { env: { NEW: "1" } } }]);
  });

  it("is another one for the machine that replaces it, which is made once too", async () => {
    const inputs = await anApp("moved");
    const first = await room.machine.create(inputs, testCall());
    await room.cloud.switches({ "fly.listLagMs": 60_000, "fly.affinity": "none" });
    const call = testCall({ replaces: first.id });
    const second = await room.machine.create({ ...inputs, region: "fra" }, call);
    expect(await room.machine.create({ ...inputs, region: "fra" }, call)).toEqual(second);
    expect((await list("moved")).map(({ name }) => name).sort()).toEqual(
      [machineName(owner, undefined, 1), machineName(owner, first.id, 1)].sort(),
    );
  });

  it("is not waited for when a list still shows a machine that is destroyed", async () => {
    const inputs = await anApp("ghost");
    const first = await room.machine.create(inputs, testCall());
    await new Promise((resolve) => setTimeout(resolve, 1600));
    await room.machine.delete(first.id, after(inputs, first), testCall());
    await room.cloud.switches({ "fly.listLagMs": 1500, "fly.affinity": "none" });
    const second = await room.machine.create(inputs, testCall());
    expect(second.id).not.toBe(first.id);
    expect(await list("ghost")).toMatchObject([{ id: second.state.machineId }]);
  });

  it("is refused, not adopted, when the machine that has it does not carry our mark", async () => {
    const inputs = await anApp("unmarked");
    const name = machineName(owner, undefined, 1);
    await room.behind("POST", "/v1/apps/unmarked/machines", { name, region: "iad", config: SMALL });
    const error = await failure(room.machine.create(inputs, testCall()));
    expect(error).toMatchObject({ kind: flyErrors.FLY_MACHINE_NAME_TAKEN });
    expect(await list("unmarked")).toHaveLength(1);
  });
});
