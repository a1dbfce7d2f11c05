import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { type FlyCloud, startFly } from "./fly-cloud.ts";

let fly: FlyCloud;
beforeAll(async () => {
  fly = await startFly();
  await fly.createApp("mine");
  await fly.createApp("other");
});
afterAll(() => fly.dispose());

const status = async (method: string, path: string, token: string, body?: unknown) =>
  (await fly.ask(method, path, body, { token })).status;
const deployToken = async (expiry?: string) =>
  (await fly.ask<{ token: string }>("POST", "/apps/mine/deploy_token", { expiry })).body.token;

describe("the organisation's token", () => {
  it.each([["Bearer TOKEN"], ["FlyV1 TOKEN"], ["Bearer FlyV1 TOKEN"], ["bearer TOKEN"]])(
    "is taken in the form %s",
    async (form) => {
      const authorization = form.replace("TOKEN", fly.token);
      const response = await fetch(`${fly.endpoint}/v1/apps/mine`, { headers: { authorization } });
      expect(response.status).toBe(200);
    },
  );

  it("says whose it is", async () => {
    expect((await fly.ask<object>("GET", "/tokens/current")).body).toMatchObject({
      tokens: [{ org_slug: fly.organization }],
    });
  });

  it.each([["Bearer nonsense"], ["Basic TOKEN"], ["TOKEN"], [""]])("is missed in the header %j", async (form) => {
    const headers = { authorization: form.replace("TOKEN", fly.token) };
    const apps = await fetch(`${fly.endpoint}/v1/apps/mine`, { headers });
    expect([apps.status, await apps.json()]).toEqual([401, { message: "Unauthorized" }]);
    const machines = await fetch(`${fly.endpoint}/v1/apps/mine/machines`, { headers });
    expect([machines.status, await machines.json()]).toEqual([401, { error: "Unauthorized", status: "unknown" }]);
  });
});

describe("a read-only token", () => {
  it("reads everything and changes nothing", async () => {
    const { token } = (await fly.ask<{ token: string }>("POST", "/_embedded/read-only-tokens")).body;
    for (const path of [
      "/apps/mine",
      `/apps?org_slug=${fly.organization}`,
      "/apps/mine/machines",
      "/apps/mine/secrets",
    ]) {
      expect([path, await status("GET", path, token)]).toEqual([path, 200]);
    }
    const body = { app_name: "sneaked", org_slug: fly.organization };
    expect(await status("POST", "/apps", token, body)).toBe(403);
    expect(await status("POST", "/apps/mine/secrets", token, { values: { A: "1" } })).toBe(403);
    expect(await status("DELETE", "/apps/mine", token)).toBe(403);
    expect(await status("PUT", "/_embedded/rate-limits", token, { enabled: false })).toBe(403);
    expect((await fly.ask("GET", "/apps/sneaked")).status).toBe(404);
    expect((await fly.ask<{ secrets: unknown[] }>("GET", "/apps/mine/secrets")).body.secrets).toEqual([]);
  });
});

describe("a deploy token", () => {
  it("reaches its app and nothing else", async () => {
    const token = await deployToken("1h");
    expect(await status("GET", "/apps/mine/machines", token)).toBe(200);
    expect(await status("POST", "/apps/mine/secrets/OWN", token, { value: "1" })).toBe(201);
    for (const path of ["/apps/other", "/apps/other/machines", "/apps/none", `/apps?org_slug=${fly.organization}`]) {
      expect([path, await status("GET", path, token)]).toEqual([path, 403]);
    }
    expect(await status("POST", "/apps", token, { app_name: "new", org_slug: fly.organization })).toBe(403);
    const who = await fly.ask<{ tokens: object[] }>("GET", "/tokens/current", undefined, { token });
    expect(who.body.tokens).toMatchObject([{ apps: ["mine"] }]);
  });

  it("expires", async () => {
    const token = await deployToken("1ms");
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(await status("GET", "/apps/mine", token)).toBe(401);
  });

  it("ends with its app, also when one of the same name follows", async () => {
    await fly.createApp("short");
    const { token } = (await fly.ask<{ token: string }>("POST", "/apps/short/deploy_token", {})).body;
    expect(await status("GET", "/apps/short", token)).toBe(200);
    await fly.ask("DELETE", "/apps/short");
    await fly.createApp("short");
    expect(await status("GET", "/apps/short", token)).toBe(401);
  });

  it("is refused an expiry that is no duration", async () => {
    expect((await fly.ask("POST", "/apps/mine/deploy_token", { expiry: "soon" })).status).toBe(400);
  });
});
