import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";

import { type FlyCloud, type Machine, SMALL, startFly } from "../fly-cloud.ts";

let fly: FlyCloud;
beforeAll(async () => {
  fly = await startFly();
  await fly.createApp("acme");
});
afterEach(() => fly.cloud.resetSwitches());
afterAll(() => fly.dispose());

const at = (id: string, rest = "") => `/apps/acme/machines/${id}${rest}`;
const settle = async (id: string) => {
  await fly.ask("GET", at(id, "/wait?state=settled&timeout=5"));
  return (await fly.machine("acme", id)).state;
};
const listed = async (path: string) => (await fly.ask<{ id: string; state: string }[]>("GET", path)).body;

describe("a switch of the embedded Fly", () => {
  it("has an update leave a started machine stopped", async () => {
    const { id } = await fly.createMachine("acme");
    await fly.cloud.switches({ "fly.updateEndsStopped": true });
    await fly.ask("POST", at(id), { config: SMALL });
    expect(await settle(id)).toBe("stopped");
    await fly.cloud.resetSwitches();
    await fly.ask("POST", at(id, "/start"));
    await settle(id);
    await fly.ask("POST", at(id), { config: SMALL });
    expect(await settle(id)).toBe("started");
  });

  it("has a machine refuse to start for a while after its creation", async () => {
    await fly.cloud.switches({ "fly.startOfCreatedRefusedMs": 60_000 });
    const { id } = await fly.createMachine("acme", { skip_launch: true });
    const refused = await fly.ask("POST", at(id, "/start"));
    expect(refused).toMatchObject({
      status: 412,
      body: { error: expect.stringContaining("from current state: 'created'") },
    });
    await fly.cloud.resetSwitches();
    expect((await fly.ask("POST", at(id, "/start"))).status).toBe(200);
  });

  it("has a machine that never ran destroyed only with force", async () => {
    const { id } = await fly.createMachine("acme", { skip_launch: true });
    await fly.cloud.switches({ "fly.destroyNeedsForce": true });
    expect((await fly.ask("DELETE", at(id))).status).toBe(412);
    expect((await fly.ask("DELETE", at(id, "?force=true"))).status).toBe(200);
  });

  it("has a wait for stopped refused that names no version", async () => {
    const { id, instance_id: version } = await fly.createMachine("acme");
    await fly.ask("POST", at(id, "/stop"));
    const wait = async (query: string) => (await fly.ask("GET", at(id, `/wait?timeout=5&${query}`))).status;
    expect(await wait("state=stopped")).toBe(200);
    await fly.cloud.switches({ "fly.waitStoppedNeedsVersion": true });
    expect(await wait("state=stopped")).toBe(400);
    expect(await wait(`state=stopped&instance_id=${version}`)).toBe(200);
  });

  it("has a machine boot for as long as an image is pulled", async () => {
    await fly.cloud.switches({ "fly.bootTakesMs": 300 });
    const { body } = await fly.ask<Machine>("POST", "/apps/acme/machines", { region: "iad", config: SMALL });
    expect((await fly.machine("acme", body.id)).state).toBe("starting");
    expect(await settle(body.id)).toBe("started");
  });

  it("hides a new machine for a while from a client without a cookie", async () => {
    const { id } = await fly.createMachine("acme");
    await fly.cloud.switches({ "fly.machineUnknownMs": 60_000 });
    for (const rest of ["", "/events", "/wait?state=started&timeout=5"])
      expect((await fly.ask("GET", at(id, rest))).status).toBe(404);
    await fly.cloud.resetSwitches();
    expect(await settle(id)).toBe("started");
  });

  it("has lists show the machines and volumes of a while ago", async () => {
    const lists = ["/apps/late/machines", "/apps/late/volumes"];
    await fly.createApp("late");
    const machine = await fly.createMachine("late");
    const disk = { name: "data", region: "iad", size_gb: 1 };
    const volume = (await fly.ask<{ id: string }>("POST", "/apps/late/volumes", disk)).body;
    await fly.cloud.switches({ "fly.listLagMs": 60_000 });
    for (const path of lists) expect(await listed(path)).toEqual([]);
    const whole = await fly.ask<{ machines: object[] }>("GET", `/orgs/${fly.organization}/machines`);
    expect(whole.body.machines).toEqual([]);
    await fly.cloud.switches({ "fly.listLagMs": 0 });
    for (const path of lists) expect(await listed(path)).toHaveLength(1);

    // As long as the lists are late by, and longer than a busy computer takes for the calls until they are asked.
    await new Promise((resolve) => setTimeout(resolve, 5100));
    await fly.ask("DELETE", `/apps/late/machines/${machine.id}?force=true`);
    await fly.ask("GET", `/apps/late/machines/${machine.id}/wait?state=destroyed&timeout=5`);
    await fly.ask("DELETE", `/apps/late/volumes/${volume.id}`);
    await fly.cloud.switches({ "fly.listLagMs": 5000 });
    expect(await listed("/apps/late/machines")).toMatchObject([{ id: machine.id, state: "stopped" }]);
    expect(await listed("/apps/late/volumes")).toMatchObject([{ id: volume.id, state: "created" }]);
    // Asked for itself, a machine is as it is.
    expect((await fly.machine("late", machine.id)).state).toBe("destroyed");
  });
});
