import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { type FlyCloud, type Machine, SMALL, startFly } from "./fly-cloud.ts";

interface App {
  readonly id: string;
  readonly name: string;
  readonly network?: string;
  readonly status: string;
  readonly machine_count: number;
}

let fly: FlyCloud;
beforeAll(async () => (fly = await startFly()));
afterAll(() => fly.dispose());

const app = async (name: string) => (await fly.ask<App>("GET", `/apps/${name}`)).body;
const listed = async () => (await fly.ask<{ apps: App[] }>("GET", `/apps?org_slug=${fly.organization}`)).body.apps;
const create = (body: object) => fly.ask<{ id: string; created_at: number }>("POST", "/apps", body);

describe("an app", () => {
  it("is created with either spelling of its name, read, and listed with its network", async () => {
    const first = await create({ app_name: "first", org_slug: fly.organization, network: "first-net" });
    expect(first).toMatchObject({ status: 201, body: { id: expect.any(String), created_at: expect.any(Number) } });
    expect((await create({ name: "second", org_slug: fly.organization })).status).toBe(201);
    expect(await app("first")).toMatchObject({
      id: first.body.id,
      name: "first",
      status: "pending",
      organization: { slug: fly.organization },
      machine_count: 0,
    });
    // Only the list tells the network.
    expect(await app("first")).not.toHaveProperty("network");
    const networks = (await listed()).map(({ name, network }) => [name, network]);
    expect(networks).toEqual(
      expect.arrayContaining([
        ["first", "first-net"],
        ["second", "default"],
      ]),
    );
  });

  it("is refused under a name that is taken, here or in another organisation", async () => {
    await fly.createApp("taken");
    await fly.ask("PUT", "/_embedded/foreign-apps/theirs", { organization: "rival" });
    const refusal = {
      status: 422,
      body: { message: expect.stringContaining("already been taken"), status: "name_taken" },
    };
    expect(await create({ app_name: "taken", org_slug: fly.organization })).toMatchObject(refusal);
    expect(await create({ app_name: "theirs", org_slug: fly.organization })).toMatchObject(refusal);
  });

  it.each([
    ["capitals", { app_name: "Abc" }],
    ["an underscore", { app_name: "a_b" }],
    ["a dash at the end", { app_name: "ab-" }],
    ["64 characters", { app_name: "x".repeat(64) }],
    ["no name", {}],
    ["a network that starts with a digit", { app_name: "fine", network: "1net" }],
  ])("is refused with %s", async (_, body) => {
    expect((await create({ org_slug: fly.organization, ...body })).status).toBe(422);
    expect((await fly.ask("GET", "/apps/fine")).status).toBe(404);
  });

  it("may have 63 characters", async () => {
    expect((await create({ app_name: "y".repeat(63), org_slug: fly.organization })).status).toBe(201);
  });

  it("belongs to the one organisation there is", async () => {
    expect((await create({ app_name: "stray", org_slug: "rival" })).status).toBe(403);
    expect((await create({ app_name: "stray" })).status).toBe(422);
    expect((await fly.ask("GET", "/apps?org_slug=rival")).status).toBe(403);
  });

  it("of another organisation answers 403, to itself and to all its parts", async () => {
    await fly.ask("PUT", "/_embedded/foreign-apps/foreign", {});
    for (const path of ["", "/machines", "/secrets", "/volumes", "/ip_assignments"]) {
      expect((await fly.ask("GET", `/apps/foreign${path}`)).status).toBe(403);
    }
    expect((await fly.ask("DELETE", "/apps/foreign")).status).toBe(403);
    await fly.ask("DELETE", "/_embedded/foreign-apps/foreign");
    expect((await fly.ask("GET", "/apps/foreign")).status).toBe(404);
  });
});

describe("a deleted app", () => {
  it("takes machines, secrets, volumes and addresses with it; made again it is another app", async () => {
    await fly.createApp("brief");
    await fly.ask("POST", "/apps/brief/secrets", { values: { A: "1" } });
    await fly.ask("POST", "/apps/brief/volumes", { name: "data", region: "iad" });
    await fly.ask("POST", "/apps/brief/ip_assignments", { type: "shared_v4" });
    const machine = await fly.createMachine("brief");
    const before = await app("brief");
    expect(before).toMatchObject({ status: "deployed", machine_count: 1, volume_count: 1 });

    const gone = await fly.ask("DELETE", "/apps/brief");
    expect(gone).toMatchObject({ status: 202, body: undefined });
    expect((await fly.ask("GET", "/apps/brief")).status).toBe(404);
    expect((await fly.ask("DELETE", "/apps/brief")).status).toBe(404);
    // The trap: below a destroyed app Fly says 400, not 404.
    const below = { status: 400, body: { error: "could not find app", status: "unknown" } };
    expect(await fly.ask("GET", "/apps/brief/machines")).toMatchObject(below);
    expect(await fly.ask("GET", "/apps/brief/secrets")).toMatchObject(below);
    expect((await listed()).map(({ name }) => name)).not.toContain("brief");

    await fly.createApp("brief");
    expect((await app("brief")).id).not.toBe(before.id);
    expect((await fly.ask<Machine[]>("GET", "/apps/brief/machines?include_deleted=true")).body).toEqual([]);
    expect((await fly.ask("GET", `/apps/brief/machines/${machine.id}`)).status).toBe(404);
    expect((await fly.ask("GET", "/apps/brief/secrets")).body).toEqual({ secrets: [] });
    expect((await fly.ask("GET", "/apps/brief/volumes")).body).toEqual([]);
    expect((await fly.ask("GET", "/apps/brief/ip_assignments")).body).toEqual({ ips: [] });
    expect((await fly.ask("POST", "/apps/brief/secrets/A", { value: "1" })).body).toMatchObject({ version: 1 });
  });

  it("ends the waiting for its machines", async () => {
    await fly.createApp("awaited");
    const { id } = await fly.createMachine("awaited");
    const waiting = fly.ask("GET", `/apps/awaited/machines/${id}/wait?state=suspended&timeout=50`);
    await fly.ask("GET", "/apps/awaited");
    await fly.ask("DELETE", "/apps/awaited");
    expect((await waiting).status).toBeGreaterThanOrEqual(400);
  });
});

describe("addresses", () => {
  const assign = (type?: string) =>
    fly.ask<{ ip: string; shared: boolean }>("POST", "/apps/addressed/ip_assignments", { type });

  it("are given, listed without their type, and taken back", async () => {
    await fly.createApp("addressed");
    const shared = await assign("shared_v4");
    const v6 = await assign("v6");
    const flycast = await assign("private_v6");
    expect(shared.body).toMatchObject({ shared: true, region: "global" });
    expect(flycast.body.ip).toMatch(/^fdaa:/);
    expect((await assign("shared_v4")).body.ip).toBe(shared.body.ip);
    const { ips } = (await fly.ask<{ ips: { ip: string }[] }>("GET", "/apps/addressed/ip_assignments")).body;
    expect(ips.map(({ ip }) => ip).sort()).toEqual([shared.body.ip, v6.body.ip, flycast.body.ip].sort());
    expect(ips.every((address) => !("type" in address))).toBe(true);

    const one = `/apps/addressed/ip_assignments/${encodeURIComponent(v6.body.ip)}`;
    expect((await fly.ask("DELETE", one)).status).toBe(204);
    expect((await fly.ask("DELETE", one)).status).toBe(404);
  });

  it("of an unknown type are refused", async () => {
    expect((await assign("v5")).status).toBe(422);
    expect((await assign()).status).toBe(422);
  });
});

describe("an app's machines", () => {
  it("decide what its status says", async () => {
    await fly.createApp("status");
    const { id } = await fly.createMachine("status", { config: SMALL });
    expect((await app("status")).status).toBe("deployed");
    await fly.ask("POST", `/apps/status/machines/${id}/suspend`);
    await fly.ask("GET", `/apps/status/machines/${id}/wait?state=suspended`);
    expect((await app("status")).status).toBe("suspended");
    await fly.ask("DELETE", `/apps/status/machines/${id}?force=true`);
    await fly.ask("GET", `/apps/status/machines/${id}/wait?state=destroyed`);
    expect(await app("status")).toMatchObject({ status: "pending", machine_count: 0 });
  });
});
