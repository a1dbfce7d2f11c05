import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { type FlyCloud, type Machine, SMALL, startFly } from "./fly-cloud.ts";

let fly: FlyCloud;
beforeAll(async () => {
  fly = await startFly();
  await fly.createApp("acme");
});
afterAll(() => fly.dispose());

describe("the embedded Fly answers as Fly does", () => {
  it("with the name, encryption and size of a volume in the mounts of its machine", async () => {
    const volume = (
      await fly.ask<{ id: string }>("POST", "/apps/acme/volumes", { name: "data", region: "iad", size_gb: 2 })
    ).body;
    const config = { ...SMALL, mounts: [{ volume: volume.id, path: "/data" }] };
    const mounts = [{ volume: volume.id, path: "/data", name: "data", encrypted: true, size_gb: 2 }];
    const made = await fly.createMachine("acme", { config });
    expect(made.config["mounts"]).toEqual(mounts);
    const updated = await fly.ask<Machine>("POST", `/apps/acme/machines/${made.id}`, { config });
    expect(updated.body.config["mounts"]).toEqual(mounts);
  });

  it("to fly-go, which sends what it leaves open as empty text", async () => {
    const app = await fly.ask("POST", "/apps", { name: "empty", org_slug: fly.organization, network: "" });
    expect(app.status).toBe(201);
    const order = { type: "v6", region: "", org_slug: "", network: "", service_name: "" };
    const address = await fly.ask("POST", "/apps/empty/ip_assignments", order);
    expect(address).toMatchObject({ status: 200, body: { region: "global", shared: false } });
  });

  it.each([["state=stopped,suspended"], ["state=stopped&state=suspended"]])(
    "to a wait for several states: %s",
    async (query) => {
      const { id } = await fly.createMachine("acme");
      await fly.ask("POST", `/apps/acme/machines/${id}/suspend`);
      const answer = await fly.ask("GET", `/apps/acme/machines/${id}/wait?${query}&timeout=5`);
      expect(answer).toMatchObject({ status: 200, body: { state: "suspended" } });
    },
  );

  it("to a signal by its number, as fly machine kill sends it", async () => {
    const { id } = await fly.createMachine("acme");
    const signal = async (number: number) =>
      (await fly.ask("POST", `/apps/acme/machines/${id}/signal`, { signal: number })).status;
    expect([await signal(9), await signal(99)]).toEqual([200, 400]);
  });

  it("to names of JSON fields in any case, and leaves names alone that are data", async () => {
    const made = await fly.ask<Machine>("POST", "/apps/acme/machines", {
      Region: "fra",
      CONFIG: { Image: SMALL.image, Env: { Path: "1", PATH: "2" }, Guest: { Memory_MB: 512 } },
    });
    expect(made).toMatchObject({
      status: 200,
      body: { region: "fra", config: { env: { Path: "1", PATH: "2" }, guest: { memory_mb: 512 } } },
    });
  });

  it("with tokens that flyctl can read: macaroons for Fly's own location, without caveats", async () => {
    const minted = await fly.ask<{ token: string }>("POST", "/apps/acme/deploy_token", {});
    for (const token of [fly.token, minted.body.token]) {
      const bytes = Buffer.from(token.replace(/^fm2_/, ""), "base64");
      const location = Buffer.from("https://api.fly.io/v1");
      const at = bytes.indexOf(location);
      // Four fields: the nonce of three, the location, no caveats, the tail of 32 bytes.
      expect([bytes[0], bytes[1], bytes[at - 1]]).toEqual([0x94, 0x93, 0xa0 + location.length]);
      expect(bytes.subarray(at + location.length, at + location.length + 3)).toEqual(Buffer.from([0x90, 0xc4, 32]));
      expect(bytes).toHaveLength(at + location.length + 3 + 32);
    }
  });

  it("with the organisation's own slug to the alias personal", async () => {
    const made = await fly.ask("POST", "/apps", { name: "mine", org_slug: "personal" });
    expect(made.status).toBe(201);
    const app = await fly.ask<{ organization: { slug: string } }>("GET", "/apps/mine");
    expect(app.body.organization.slug).toBe(fly.organization);
  });
});
