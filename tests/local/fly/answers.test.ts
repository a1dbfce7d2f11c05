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

  it("with the organisation's own slug to the alias personal", async () => {
    const made = await fly.ask("POST", "/apps", { name: "mine", org_slug: "personal" });
    expect(made.status).toBe(201);
    const app = await fly.ask<{ organization: { slug: string } }>("GET", "/apps/mine");
    expect(app.body.organization.slug).toBe(fly.organization);
  });
});
