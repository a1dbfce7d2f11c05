import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { type FlyCloud, type Machine, SMALL, startFly } from "./fly-cloud.ts";

interface Volume {
  readonly id: string;
  readonly state: string;
  readonly size_gb: number;
  readonly snapshot_retention: number;
  readonly attached_machine_id: string | null;
}

let fly: FlyCloud;
beforeAll(async () => {
  fly = await startFly();
  await fly.createApp("disks");
});
afterAll(() => fly.dispose());

const create = async (body: object = {}) =>
  (await fly.ask<Volume>("POST", "/apps/disks/volumes", { name: "data", region: "iad", ...body })).body;
const read = async (id: string) => (await fly.ask<Volume>("GET", `/apps/disks/volumes/${id}`)).body;
const mounting = (volume: string) => ({ config: { ...SMALL, mounts: [{ volume, path: "/data" }] } });

describe("a volume", () => {
  it("has Fly's defaults", async () => {
    expect(await create()).toMatchObject({
      state: "created",
      size_gb: 3,
      encrypted: true,
      fstype: "ext4",
      snapshot_retention: 5,
      auto_backup_enabled: true,
      attached_machine_id: null,
    });
  });

  it.each([
    ["a name with a dash", { name: "a-b" }],
    ["more than 500 GB", { size_gb: 501 }],
    ["retention over 60 days", { snapshot_retention: 61 }],
    ["an unknown region", { region: "mars" }],
  ])("is refused with %s", async (_, body) => {
    expect((await fly.ask("POST", "/apps/disks/volumes", { name: "data", region: "iad", ...body })).status).toBe(400);
  });

  it("grows and never shrinks; only backups can be set otherwise", async () => {
    const { id } = await create({ size_gb: 2 });
    const extend = (size: number) =>
      fly.ask<{ volume: Volume }>("PUT", `/apps/disks/volumes/${id}/extend`, { size_gb: size });
    expect((await extend(5)).body).toMatchObject({ volume: { size_gb: 5 }, needs_restart: false });
    expect((await extend(4)).status).toBe(400);
    await fly.ask("PUT", `/apps/disks/volumes/${id}`, { snapshot_retention: 30, size_gb: 99, name: "other" });
    expect(await read(id)).toMatchObject({ size_gb: 5, name: "data", snapshot_retention: 30 });
  });

  it("keeps its snapshots", async () => {
    const { id } = await create();
    await fly.ask("POST", `/apps/disks/volumes/${id}/snapshots`);
    const snapshots = await fly.ask<{ status: string }[]>("GET", `/apps/disks/volumes/${id}/snapshots`);
    expect(snapshots.body).toMatchObject([{ status: "created", retention_days: 5 }]);
    const other = await create();
    expect((await fly.ask("GET", `/apps/disks/volumes/${other.id}/snapshots`)).body).toEqual([]);
  });

  it("is kept for a while when it is deleted, and can't be used any more", async () => {
    const { id } = await create();
    expect((await fly.ask<Volume>("DELETE", `/apps/disks/volumes/${id}`)).body.state).toBe("pending_destroy");
    expect((await read(id)).state).toBe("pending_destroy");
    expect((await fly.ask("PUT", `/apps/disks/volumes/${id}/extend`, { size_gb: 9 })).status).toBe(404);
    expect((await fly.ask("POST", "/apps/disks/machines", { region: "iad", ...mounting(id) })).status).toBe(404);
  });
});

describe("a machine with a volume", () => {
  it("holds it until it is destroyed", async () => {
    const { id } = await create();
    const machine = await fly.createMachine("disks", mounting(id));
    expect((await read(id)).attached_machine_id).toBe(machine.id);
    expect((await fly.ask("DELETE", `/apps/disks/volumes/${id}`)).status).toBe(412);
    const second = await fly.ask("POST", "/apps/disks/machines", { region: "iad", ...mounting(id) });
    expect(second).toMatchObject({ status: 412, body: { error: expect.stringContaining("already claimed") } });
    const grown = await fly.ask("PUT", `/apps/disks/volumes/${id}/extend`, { size_gb: 9 });
    expect(grown.body).toMatchObject({ needs_restart: true });

    await fly.ask("DELETE", `/apps/disks/machines/${machine.id}?force=true`);
    await fly.ask("GET", `/apps/disks/machines/${machine.id}/wait?state=destroyed`);
    expect((await read(id)).attached_machine_id).toBeNull();
  });

  it("must be where the volume is, and leaves nothing claimed when it is refused", async () => {
    const { id } = await create();
    const before = (await fly.ask<Machine[]>("GET", "/apps/disks/machines")).body.length;
    const refused = await fly.ask("POST", "/apps/disks/machines", { region: "fra", ...mounting(id) });
    expect(refused).toMatchObject({ status: 412, body: { error: expect.stringContaining("insufficient resources") } });
    expect((await fly.ask<Machine[]>("GET", "/apps/disks/machines")).body).toHaveLength(before);
    expect((await read(id)).attached_machine_id).toBeNull();
  });

  it("can't swap it in an update", async () => {
    const [one, two] = [await create(), await create()];
    const machine = await fly.createMachine("disks", mounting(one.id));
    expect((await fly.ask("POST", `/apps/disks/machines/${machine.id}`, mounting(two.id))).status).toBe(400);
    expect((await fly.ask("POST", `/apps/disks/machines/${machine.id}`, { config: SMALL })).status).toBe(400);
    expect((await fly.ask("POST", `/apps/disks/machines/${machine.id}`, mounting(one.id))).status).toBe(200);
  });
});

describe("the volumes of the organisation", () => {
  it("are listed page by page", async () => {
    const all: string[] = [];
    for (let cursor = ""; ;) {
      const path = `/orgs/${fly.organization}/volumes?limit=2&cursor=${cursor}`;
      const { body } = await fly.ask<{ volumes: Volume[]; next_cursor: string }>("GET", path);
      all.push(...body.volumes.map(({ id }) => id));
      cursor = body.next_cursor;
      if (cursor === "") break;
      expect(body.volumes).toHaveLength(2);
    }
    const ofApp = (await fly.ask<Volume[]>("GET", "/apps/disks/volumes")).body.map(({ id }) => id);
    expect(all.toSorted()).toEqual(ofApp.toSorted());
    expect(all.length).toBeGreaterThan(4);
  });
});
