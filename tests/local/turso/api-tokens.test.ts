import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { startTurso, type TursoCloud } from "./turso-cloud.ts";

let local: TursoCloud;
beforeAll(async () => {
  local = await startTurso();
  await local.ask("POST", "/groups", { name: "other", location: "aws-us-east-1" });
  await Promise.all([local.create("ours"), local.create("theirs", { group: "other" })]);
});
afterAll(() => local.dispose());

async function tokenWith(name: string, scopes: string[]): Promise<string> {
  const reach = { organization: "tenantry-local", group: "main", scopes };
  return (await local.ask<{ token: string }>("POST", `//v1/auth/api-tokens/${name}`, reach)).body.token;
}

describe("a platform token", () => {
  it("is asked for", async () => {
    const wrong = await Promise.all(["nonsense", ""].map((token) => local.ask("GET", "/databases", undefined, token)));
    expect(wrong.map(({ status }) => status)).toEqual([401, 401]);
    expect((await fetch(`${local.endpoint}/v1/locations`)).status).toBe(401);
  });

  it("is valid for ever, by the document and where the SDK asks", async () => {
    expect((await local.ask("GET", "//v1/auth/validate")).body).toEqual({ exp: -1 });
    expect((await local.ask("GET", "//v1/auth/api-tokens/validate")).body).toEqual({ exp: -1 });
    expect((await local.ask("GET", "//v1/auth/validate", undefined, "nonsense")).status).toBe(401);
  });

  it("is made, listed without the secret, and revoked", async () => {
    const { body } = await local.ask<{ token: string; id: string }>("POST", "//v1/auth/api-tokens/ci", {
      organization: "tenantry-local",
    });
    expect((await local.ask("GET", "/databases", undefined, body.token)).status).toBe(200);
    const list = await local.ask<{ tokens: object[] }>("GET", "//v1/auth/api-tokens");
    expect(list.body.tokens).toContainEqual(
      expect.objectContaining({ name: "ci", id: body.id, organization: "tenantry-local" }),
    );
    expect(JSON.stringify(list.body)).not.toContain(body.token);
    expect((await local.ask("POST", "//v1/auth/api-tokens/ci")).status).toBe(409);
    expect((await local.ask("DELETE", "//v1/auth/api-tokens/ci")).body).toEqual({ token: "ci" });
    expect((await local.ask("GET", "/databases", undefined, body.token)).status).toBe(401);
    expect((await local.ask("DELETE", "//v1/auth/api-tokens/ci")).status).toBe(404);
  });

  it("is revoked by its id within the organization", async () => {
    const reach = { organization: "tenantry-local" };
    const { body } = await local.ask<{ token: string; id: string }>("POST", "//v1/auth/api-tokens/by-id", reach);
    expect((await local.ask("DELETE", `/api-tokens/${body.id}`)).body).toEqual({ token: body.id });
    expect((await local.ask("GET", "/databases", undefined, body.token)).status).toBe(401);
  });

  it.each([
    { group: "main", scopes: ["read"] },
    { organization: "tenantry-local", group: "main" },
    { organization: "tenantry-local", group: "main", scopes: [] },
    { organization: "tenantry-local", group: "main", scopes: ["root"] },
    { organization: "tenantry-local", scopes: ["read"] },
  ])("is refused with %j", async (reach) => {
    expect((await local.ask("POST", "//v1/auth/api-tokens/wrong", reach)).status).toBe(400);
  });
});

describe("a platform token pinned to a group", () => {
  const calls = [
    { scope: "read", method: "GET", path: "/databases/{db}" },
    { scope: "read", method: "GET", path: "/databases/{db}/configuration" },
    { scope: "read", method: "GET", path: "/groups/{group}" },
    { scope: "db:configure", method: "PATCH", path: "/databases/{db}/configuration", body: {} },
    { scope: "db:mint-token", method: "POST", path: "/databases/{db}/auth/tokens" },
    { scope: "db:rotate-creds", method: "POST", path: "/databases/{db}/auth/rotate" },
    { scope: "group:configure", method: "PATCH", path: "/groups/{group}/configuration", body: {} },
    { scope: "group:mint-token", method: "POST", path: "/groups/{group}/auth/tokens" },
    { scope: "group:rotate-creds", method: "POST", path: "/groups/{group}/auth/rotate" },
    { scope: "db:create", method: "POST", path: "/databases", body: { name: "new-{group}", group: "{group}" } },
    { scope: "db:delete", method: "DELETE", path: "/databases/new-{group}" },
  ];
  it("creates no database in another group, however its field is spelt", async () => {
    const token = await tokenWith("spelling", ["db:create"]);
    const ask = (field: string) => local.ask("POST", "/databases", { name: "spelt", [field]: "other" }, token);
    expect((await ask("Group")).status).toBe(403);
    expect((await ask("group")).status).toBe(403);
  });

  const fill = (text: string, db: string, group: string) => text.replace("{db}", db).replaceAll("{group}", group);

  it.each(calls)(
    "may $method $path with the scope $scope, in its group only",
    async ({ scope, method, path, body }) => {
      const rest = calls.map((call) => call.scope).filter((other) => other !== scope);
      const [allowed, lacking] = await Promise.all([
        tokenWith(`with ${method} ${path}`.replaceAll(/\W/g, "-"), [scope]),
        tokenWith(`without ${method} ${path}`.replaceAll(/\W/g, "-"), [...new Set(rest)]),
      ]);
      if (scope === "db:delete") await local.create("new-other", { group: "other" });
      const call = (token: string, db: string, group: string) =>
        local.ask(
          method,
          fill(path, db, group),
          body === undefined ? undefined : JSON.parse(fill(JSON.stringify(body), db, group)),
          token,
        );
      expect((await call(lacking, "ours", "main")).status).toBe(403);
      expect((await call(allowed, "theirs", "other")).status).toBe(403);
      expect((await call(allowed, "ours", "main")).status).toBe(200);
    },
  );

  it("sees only its group in lists", async () => {
    const token = await tokenWith("reader", ["read-only"]);
    const { body } = await local.ask<{ databases: { group: string }[] }>("GET", "/databases", undefined, token);
    expect(new Set(body.databases.map(({ group }) => group))).toEqual(new Set(["main"]));
    const groups = await local.ask<{ groups: { name: string }[] }>("GET", "/groups", undefined, token);
    expect(groups.body.groups.map(({ name }) => name)).toEqual(["main"]);
  });

  it("can't copy another group's database into its own", async () => {
    const token = await tokenWith("copier", ["full-access"]);
    const body = { name: "copy", group: "main", seed: { type: "database", name: "theirs" } };
    expect((await local.ask("POST", "/databases", body, token)).status).toBe(403);
  });

  it("can't make groups, tokens, or look at the account", async () => {
    const token = await tokenWith("full", ["full-access"]);
    const answers = await Promise.all([
      local.ask("POST", "/groups", { name: "mine", location: "aws-us-east-1" }, token),
      local.ask("DELETE", "/groups/main", undefined, token),
      local.ask("POST", "//v1/auth/api-tokens/more", { organization: "tenantry-local" }, token),
      local.ask("GET", "/usage", undefined, token),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([403, 403, 403, 403]);
  });
});
