import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";

import { flyErrors } from "../../../provider/fly/errors.ts";
import type { VolumeInputs, VolumeState } from "../../../provider/fly/index.ts";
import type { Known, Existing } from "../../../provider/plugin/resource-type.ts";
import { testCall } from "../../support/call.ts";
import { after, appInputs, checked, failure, type FlyRoom, openFlyRoom, volumeInputs } from "./fly-room.ts";
import { SMALL } from "./machine-configs.ts";

interface Shown {
  readonly id: string;
  readonly state: string;
  readonly size_gb: number;
  readonly snapshot_retention: number;
  readonly auto_backup_enabled: boolean;
}

let room: FlyRoom;
beforeAll(async () => {
  room = await openFlyRoom();
});
afterEach(() => room.cloud.faults());
afterAll(() => room.cloud.dispose());

const at = (app: string, ...rest: string[]) => ["", "v1", "apps", app, "volumes", ...rest].join("/");
const list = (app: string) => room.behind<Shown[]>("GET", at(app));
const shown = ({ id }: Existing<VolumeState>) =>
  room.behind<Shown>("GET", id.replace(/^(.*)\//, "/v1/apps/$1/volumes/"));

/** An app with a volume in it. */
async function aVolume(
  app: string,
  more: Partial<VolumeInputs> = {},
): Promise<Existing<VolumeState> & { known: Known<VolumeInputs, VolumeState> }> {
  await room.app.create(appInputs(app), testCall());
  const inputs = checked(room.volume, volumeInputs(app, more));
  const existing = await room.volume.create(inputs, testCall());
  return { ...existing, known: after(inputs, existing) };
}

const update = (id: string, known: Known<VolumeInputs, VolumeState>, more: Partial<VolumeInputs>, call = testCall()) =>
  room.volume.update?.(id, known, { ...known.inputs, ...more }, call) ?? Promise.reject(new Error("no update"));
const check = (more: Partial<VolumeInputs>, olds: VolumeInputs) =>
  room.volume.check?.({ ...olds, ...more }, olds, () => new Date());

describe("a volume", () => {
  it("exists as declared, and is read back and imported with every setting", async () => {
    const { id, state, known } = await aVolume("fresh", { sizeGb: 3, snapshotRetention: 9, autoBackup: false });
    expect(id).toBe(`fresh/${state.volumeId}`);
    expect(await room.volume.read(id, known, testCall())).toEqual({ id, state, inputs: known.inputs });
    const { tenant: _, ...visible } = known.inputs;
    expect(await room.volume.read(id, undefined, testCall())).toEqual({ id, state, inputs: visible });
  });

  it("grows in place, changes its backups in place, and is left alone when nothing differs", async () => {
    const { id, known, ...existing } = await aVolume("growing");
    await update(id, known, { sizeGb: 5, snapshotRetention: 30 });
    expect(await shown({ id, ...existing })).toMatchObject({ size_gb: 5, snapshot_retention: 30 });
    await room.cloud.forgetCalls();
    const olds = { ...known, inputs: { ...known.inputs, sizeGb: 5, snapshotRetention: 30 } };
    await update(id, olds, { deletable: true });
    expect((await room.cloud.calls()).filter(({ operation }) => !operation.startsWith("GET"))).toEqual([]);
  });

  it("has its backups changed also where Fly shows how it was some time ago", async () => {
    const { id, known, ...existing } = await aVolume("shown-late");
    const { snapshotRetention } = known.inputs;
    await room.cloud.faults({ kind: "stale", operation: "^GET .*/volumes/[^/]*$", skip: 1, times: 1 });
    await update(id, known, { snapshotRetention: 30 });
    await update(id, { ...known, inputs: { ...known.inputs, snapshotRetention: 30 } }, { snapshotRetention });
    expect(await room.cloud.struck()).toEqual([1]);
    await room.cloud.faults();
    expect(await shown({ id, ...existing })).toMatchObject({ snapshot_retention: snapshotRetention });
  });

  it("says when its machine sees the new size only after a restart", async () => {
    const { id, state, known } = await aVolume("running");
    const config = { ...SMALL, mounts: [{ volume: state.volumeId, path: "/data" }] };
    await room.behind("POST", "/v1/apps/running/machines", { region: "iad", config });
    const call = testCall();
    await update(id, known, { sizeGb: 9 }, call);
    expect(call.lines).toMatchObject([{ severity: "warning", line: expect.stringContaining("restart") as unknown }]);
  });

  it("never shrinks: that is refused before anything is called, unless it becomes another volume", async () => {
    const olds = volumeInputs("never", { sizeGb: 5 });
    expect(() => check({ sizeGb: 4 }, olds)).toThrow(expect.objectContaining({ kind: flyErrors.FLY_VOLUME_SHRINK }));
    expect(check({ sizeGb: 6 }, olds)).toMatchObject({ sizeGb: 6 });
    expect(check({ sizeGb: 4, region: "fra" }, olds)).toMatchObject({ sizeGb: 4, region: "fra" });
    const { id, known } = await aVolume("grown");
    await room.behind("PUT", at("grown", known.state.volumeId, "extend"), { size_gb: 8 });
    expect(await failure(update(id, known, { sizeGb: 3 }))).toMatchObject({ kind: flyErrors.FLY_VOLUME_SHRINK });
  });

  it("keeps the machine's size that it was made for: a larger machine is no change to it", () => {
    const guest = { cpu_kind: "shared", cpus: 1, memory_mb: 256 } as const;
    const olds = volumeInputs("sized", { guest });
    expect(check({ guest: { ...guest, memory_mb: 2048 } }, olds)).toEqual(olds);
  });

  it.each([
    ["a name with a dash", { name: "a-b" }],
    ["501 GB", { sizeGb: 501 }],
    ["61 days", { snapshotRetention: 61 }],
  ])("is refused with %s before anything is called", (_, wrong) => {
    expect(room.volume.inputs.safeParse(volumeInputs("fine", wrong)).success).toBe(false);
    expect(room.volume.inputs.safeParse(volumeInputs("fine")).success).toBe(true);
  });

  it("is replaced by what Fly cannot change", () => {
    expect(room.volume.replaceOn).toEqual(["app", "name", "region", "encrypted"]);
  });
});

describe("a volume that is deleted", () => {
  it("is kept while it is not declared deletable, and so is the app around it", async () => {
    const { id, known } = await aVolume("guarded");
    expect(await failure(room.volume.delete(id, known, testCall()))).toMatchObject({
      kind: flyErrors.FLY_VOLUME_PROTECTED,
    });
    const inApp = after(appInputs("guarded"), { state: {} });
    expect(await failure(room.app.delete("guarded", inApp, testCall()))).toMatchObject({
      kind: flyErrors.FLY_APP_NOT_EMPTY,
    });
    expect(await list("guarded")).toMatchObject([{ state: "created" }]);
  });

  it("goes when it is, and may go again", async () => {
    const { id, known } = await aVolume("leaving", { deletable: true });
    await room.volume.delete(id, known, testCall());
    await room.volume.delete(id, known, testCall());
    expect(await list("leaving")).toMatchObject([{ state: "pending_destroy" }]);
    expect(await room.volume.read(id, undefined, testCall())).toBeUndefined();
  });

  it("waits for its machine to let go of it", async () => {
    const { id, known, state } = await aVolume("held", { deletable: true });
    const config = { ...SMALL, mounts: [{ volume: state.volumeId, path: "/data" }] };
    const machine = await room.behind<{ id: string }>("POST", "/v1/apps/held/machines", { region: "iad", config });
    const deleted = room.volume.delete(id, known, testCall());
    await room.behind("DELETE", `/v1/apps/held/machines/${machine.id}?force=true`);
    await deleted;
    expect(await list("held")).toMatchObject([{ state: "pending_destroy" }]);
  });
});

describe("a volume that changed outside tenantry", () => {
  it("is gone when it was destroyed, and not made anew by an update", async () => {
    const { id, known, state } = await aVolume("lost");
    await room.behind("DELETE", at("lost", state.volumeId));
    expect(await room.volume.read(id, known, testCall())).toBeUndefined();
    expect(await failure(update(id, known, { sizeGb: 9 }))).toMatchObject({ kind: flyErrors.FLY_VOLUME_GONE });
    expect(await list("lost")).toHaveLength(1);
  });

  it("is followed to the id that it has after Fly moved it to another host", async () => {
    const { id, known, state } = await aVolume("moved");
    await room.behind("DELETE", at("moved", state.volumeId));
    const there = await room.behind<Shown>("POST", at("moved"), { name: "data", region: "iad", size_gb: 2 });
    const call = testCall();
    expect(await room.volume.read(id, known, call)).toEqual({
      id: `moved/${there.id}`,
      state: { volumeId: there.id },
      inputs: known.inputs,
    });
    expect(call.lines).toHaveLength(1);
  });

  it("is not gone when Fly cannot be asked", async () => {
    const { id, known } = await aVolume("unknown");
    await room.cloud.faults({ operation: "^GET /v1/apps/{app}/volumes/{volume}$", kind: "error", status: 503 });
    const hasty = room.through(room.hasty())["tenantry:fly:Volume"];
    expect(await failure(hasty.read(id, known, testCall()))).toMatchObject({ status: 503 });
  });
});

describe("a volume whose making is cut off", () => {
  it.each([["reset" as const], ["timeout" as const], ["error" as const]])(
    "after the effect by %s is found at once, and exists once",
    async (kind) => {
      const app = `cut-${kind}`;
      await room.app.create(appInputs(app), testCall());
      const hasty = room.through(room.hasty())["tenantry:fly:Volume"];
      await room.cloud.faults({ operation: "^POST /v1/apps/{app}/volumes$", kind, when: "after", times: 1 });
      const existing = await hasty.create(volumeInputs(app), testCall());
      expect(await list(app)).toMatchObject([{ id: existing.state.volumeId }]);
    },
  );

  it("is adopted by the next try as it is declared by then", async () => {
    await room.app.create(appInputs("again"), testCall());
    const { id } = await room.behind<Shown>("POST", at("again"), { name: "data", region: "iad", size_gb: 2 });
    const existing = await room.volume.create(volumeInputs("again", { sizeGb: 4, snapshotRetention: 7 }), testCall());
    expect(existing.state.volumeId).toBe(id);
    expect(await list("again")).toMatchObject([{ size_gb: 4, snapshot_retention: 7 }]);
  });

  it("is not adopted from another region, nor when there are two", async () => {
    await room.app.create(appInputs("apart"), testCall());
    const make = (region: string) => room.behind("POST", at("apart"), { name: "data", region, size_gb: 2 });
    await make("fra");
    const create = () => failure(room.volume.create(volumeInputs("apart"), testCall()));
    expect(await create()).toMatchObject({ kind: flyErrors.FLY_VOLUME_ELSEWHERE });
    await make("iad");
    expect(await create()).toMatchObject({ kind: flyErrors.FLY_VOLUME_DOUBLE });
    expect(await list("apart")).toHaveLength(2);
  });
});

it("an id that is none is refused in words", async () => {
  const error = await failure(room.volume.read("vol_1", undefined, testCall()));
  expect(error).toMatchObject({ kind: flyErrors.FLY_VOLUME_ID });
});
