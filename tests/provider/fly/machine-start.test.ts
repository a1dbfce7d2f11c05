import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";

import type { MachineInputs, MachineState } from "../../../provider/fly/index.ts";
import { SECRETS_MARK } from "../../../provider/fly/machine-marks.ts";
import { sleeps } from "../../../provider/fly/machine-sleep.ts";
import { LOOK_LIMIT_MS } from "../../../provider/fly/make-once.ts";
import { PATIENCE } from "../../../provider/fly/machine.ts";
import { SETTLE_LIMIT_MS } from "../../../provider/fly/machine-change.ts";
import { bootEnvironments } from "../../e2e/estate.ts";
import { testCall } from "../../support/call.ts";
import { after, appInputs, checked, type FlyRoom, machineInputs, openFlyRoom } from "./fly-room.ts";
import { SMALL } from "./machine-configs.ts";

interface Shown {
  readonly state: string;
  readonly config: { readonly env?: Record<string, string>; readonly metadata: Record<string, string> };
}

let room: FlyRoom;
beforeAll(async () => {
  room = await openFlyRoom();
});
afterEach(() => room.cloud.resetSwitches());
afterAll(() => room.cloud.dispose());

const path = (id: string) => `/v1/apps/${id.replace("/", "/machines/")}`;
const show = (id: string) => room.behind<Shown>("GET", path(id));
const settle = (id: string) => room.behind("GET", `${path(id)}/wait?state=settled&timeout=5`);
const tell = async (id: string, verb: string) => {
  await room.behind("POST", `${path(id)}/${verb}`, {});
  await settle(id);
};

async function given(app: string, more: Partial<MachineInputs> = {}) {
  await room.app.create(appInputs(app), testCall());
  const inputs = checked(room.machine, machineInputs(app, more));
  const existing = await room.machine.create(inputs, testCall());
  const known = after(inputs, existing);
  const update = (news: Partial<MachineInputs>, state: Partial<MachineState> = {}) =>
    room.machine.update?.(
      existing.id,
      { ...known, state: { ...known.state, ...state } },
      checked(room.machine, { ...inputs, ...news }),
      testCall(),
    ) ?? Promise.reject(new Error("no update"));
  return { id: existing.id, known, update };
}

const changed = { config: { ...SMALL, env: { NEW: "1" } } };

describe("an update of a machine that does not run", () => {
  it.each([["stop"], ["suspend"]])("has it started with its new config after a %s by Fly's proxy", async (verb) => {
    const { id, update } = await given(`idle-${verb}`);
    await tell(id, verb);
    await update(changed);
    expect(await show(id)).toMatchObject({ state: "started", config: { env: { NEW: "1" } } });
  });

  it.each([["stop"], ["suspend"]])(
    "leaves one asleep that only gets new secrets after a %s by Fly's proxy, and whoever wakes it boots it with them",
    async (verb) => {
      const app = `tst-local-secrets-${verb}`;
      const { id, update } = await given(app, { secretsVersion: 0 });
      const { version } = await room.client.writeSecrets(app, { A: "b" }, {});
      await tell(id, verb);
      await update({ secretsVersion: version });
      expect(await show(id)).toMatchObject({
        state: "stopped",
        config: { metadata: { [SECRETS_MARK]: `${version}` } },
      });
      expect(bootEnvironments(room.cloud, "tst").get(app)?.["A"]).toBe("b");
      await tell(id, "start");
      expect((await show(id)).state).toBe("started");
    },
  );

  it("starts one that gets new secrets and more, or whose program has failed, or that was not well before", async () => {
    const more = await given("secrets-more", { secretsVersion: 0 });
    const { version } = await room.client.writeSecrets("secrets-more", { A: "b" }, {});
    await tell(more.id, "stop");
    await more.update({ ...changed, secretsVersion: version });
    const unwell = await given("secrets-unwell", { secretsVersion: 0 });
    await room.client.writeSecrets("secrets-unwell", { A: "b" }, {});
    await tell(unwell.id, "stop");
    await unwell.update({ secretsVersion: version }, { isUnwell: true });
    expect([(await show(more.id)).state, (await show(unwell.id)).state]).toEqual(["started", "started"]);
    const ended = (...exitCodes: number[]) =>
      sleeps({ state: "stopped", unaskedEnds: exitCodes.map((exitCode) => ({ exitCode, outOfMemory: false })) });
    expect([ended(), ended(0), ended(0, 1)]).toEqual([true, true, false]);
  });

  it("has it started when autostop stops it in the middle of the update", async () => {
    const { id, update } = await given("overtaken");
    await room.cloud.switches({ "fly.updateEndsStopped": true, "fly.bootTakesMs": 200 });
    await update(changed);
    expect((await show(id)).state).toBe("started");
  });

  it("resumes a tenant that was suspended from birth, also while Fly refuses to start what is new", async () => {
    const { id, update } = await given("unborn", { suspended: true });
    await room.cloud.switches({ "fly.startOfCreatedRefusedMs": 700 });
    await update({ suspended: false });
    expect((await show(id)).state).toBe("started");
  });

  it("leaves a suspended tenant down", async () => {
    const { id, update } = await given("asleep", { suspended: true });
    await update({ suspended: true, config: { ...SMALL, env: { NEW: "1" } } });
    expect(await show(id)).toMatchObject({ state: "created", config: { env: { NEW: "1" } } });
  });

  it.each([[0], [400]])("gets along with a machine that is shown as replaced for %d ms", async (shownMs) => {
    const { id, known, update } = await given(`replaced-${shownMs}`);
    await room.cloud.switches({ "fly.replacedShownMs": shownMs });
    await update(changed);
    expect(await room.machine.read(id, known, testCall())).toBeDefined();
    expect(await room.machine.create(known.inputs, testCall())).toMatchObject({ id });
    await room.cloud.resetSwitches();
    expect(await room.behind<Shown[]>("GET", `/v1/apps/replaced-${shownMs}/machines`)).toHaveLength(1);
  });

  it("waits while the image is pulled", async () => {
    const { id, update } = await given("slow");
    await room.cloud.switches({ "fly.bootTakesMs": 600 });
    await update(changed);
    expect((await show(id)).state).toBe("started");
  });
});

describe("a machine that never ran", () => {
  it.each([[false], [true]])("is destroyed, whether Fly wants force for that or not: %p", async (needsForce) => {
    const { id, known } = await given(`purged-${needsForce}`, { suspended: true });
    await room.cloud.switches({ "fly.destroyNeedsForce": needsForce });
    await room.machine.delete(id, known, testCall());
    expect((await show(id)).state).toBe("destroyed");
  });
});

describe("the patience with a machine", () => {
  it("is five minutes for a state that passes and for a boot, as Fly's documents say", () => {
    expect([SETTLE_LIMIT_MS, PATIENCE.bootLimitMs]).toEqual([300_000, 300_000]);
    expect(LOOK_LIMIT_MS).toBe(15_000);
  });
});
