import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { type FlyCloud, type Machine, SMALL, startFly } from "./fly-cloud.ts";

let fly: FlyCloud;
beforeAll(async () => (fly = await startFly()));
afterAll(() => fly.dispose());

const everything = async () => {
  const paths = [`/apps?org_slug=${fly.organization}`];
  for (const part of ["machines?include_deleted=true", "secrets", "volumes", "ip_assignments"]) {
    paths.push(`/apps/kept/${part}`);
  }
  return Promise.all(paths.map(async (path) => (await fly.ask<unknown>("GET", path)).body));
};

describe("what the embedded Fly has answered", () => {
  it.each([["a clean stop"], ["a kill -9"]])("survives %s, token and address too", async (way) => {
    const { endpoint, token } = fly;
    await fly.ask("DELETE", "/apps/kept");
    await fly.createApp("kept", { network: "kept-net" });
    await fly.ask("POST", "/apps/kept/secrets", { values: { A: "1" } });
    await fly.ask("POST", "/apps/kept/volumes", { name: "data", region: "iad" });
    await fly.ask("POST", "/apps/kept/ip_assignments", { type: "v6" });
    const up = await fly.createMachine("kept", { config: { ...SMALL, checks: { c: { type: "tcp" } } } });
    const down = await fly.createMachine("kept", { skip_launch: true });
    const { body: lease } = await fly.ask<{ data: { nonce: string } }>("POST", `/apps/kept/machines/${down.id}/lease`, {
      ttl: 600,
    });
    const before = await everything();

    await (way === "a kill -9" ? fly.cloud.kill() : fly.cloud.halt());
    await fly.cloud.restart();
    expect(fly.cloud.descriptor.fly).toMatchObject({ endpoint, token });
    expect(await everything()).toEqual(before);
    expect(await fly.machine("kept", up.id)).toMatchObject({ state: "started", checks: [{ status: "passing" }] });
    expect((await fly.ask("POST", `/apps/kept/machines/${down.id}/start`)).status).toBe(409);
    const start = await fly.ask("POST", `/apps/kept/machines/${down.id}/start`, undefined, lease.data);
    expect(start.status).toBe(200);
    expect((await fly.ask("POST", "/apps/kept/secrets/B", { value: "2" })).body).toMatchObject({ version: 2 });
  });

  it("survives a kill in the middle of many calls", async () => {
    await fly.createApp("storm");
    const acknowledged: Machine[] = [];
    const calls = Array.from({ length: 40 }, async (_, index) => {
      const name = `m${index}`;
      const body = { name, region: "iad", config: SMALL };
      const answer = await fly.ask<Machine>("POST", "/apps/storm/machines", body).catch(() => undefined);
      if (answer?.status === 200) acknowledged.push(answer.body);
      if (acknowledged.length === 15) await fly.cloud.kill();
    });
    await Promise.all(calls);
    await fly.cloud.restart();
    expect(acknowledged.length).toBeGreaterThanOrEqual(15);
    const waited = await Promise.all(
      acknowledged.map(({ id }) => fly.ask("GET", `/apps/storm/machines/${id}/wait?state=started&timeout=5`)),
    );
    expect(waited.map(({ status }) => status)).toEqual(acknowledged.map(() => 200));
  });
});
