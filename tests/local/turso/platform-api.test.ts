import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";

import { startTurso, turso, type TursoCloud } from "./turso-cloud.ts";

interface DatabaseBody {
  database: Record<string, unknown>;
}
interface ListBody {
  databases: { Name: string; DbId: string }[];
  pagination?: { next: string | null };
}

let local: TursoCloud;
beforeAll(async () => (local = await startTurso()));
afterAll(() => local.dispose());

const configuration = (name: string) => local.ask<Record<string, unknown>>("GET", `/databases/${name}/configuration`);
const configure = (name: string, change: object) =>
  local.ask<Record<string, unknown>>("PATCH", `/databases/${name}/configuration`, change);

if (turso === undefined)
  console.warn(
    "skipped: answers are not held against the vendor's document, ../shared/specs is not beside the project",
  );
if (turso !== undefined) {
  const { operations } = turso;
  describe("the vendor's document", () => {
    it("knows no operation that is missing here, but for these", async () => {
      const missing: string[] = [];
      for (const operation of operations) {
        const [method = "", template = ""] = operation.split(" ");
        const path = template.replace("{organizationSlug}", "tenantry-local").replaceAll(/\{\w+\}/g, "none");
        const response = await fetch(`${local.endpoint}${path}`, {
          method,
          headers: { authorization: `Bearer ${local.token}` },
        });
        if ((await response.text()) === `{"error":"not found"}`) missing.push(operation);
      }
      expect(missing.sort()).toEqual([
        "DELETE /v1/organizations/{organizationSlug}/groups/{groupName}/locations/{location}",
        "DELETE /v1/organizations/{organizationSlug}/members/{username}",
        "DELETE /v2/organizations/{organizationSlug}/invites/{email}",
        "GET /v1/organizations/{organizationSlug}/audit-logs",
        "GET /v1/organizations/{organizationSlug}/members/{username}",
        "GET /v1/user",
        "GET /v2/organizations/{organizationSlug}/invites",
        "PATCH /v1/organizations/{organizationSlug}",
        "PATCH /v1/organizations/{organizationSlug}/members/{username}",
        "POST /v1/organizations/{organizationSlug}/groups/{groupName}/locations/{location}",
        "POST /v1/organizations/{organizationSlug}/groups/{groupName}/transfer",
        "POST /v1/organizations/{organizationSlug}/groups/{groupName}/update",
        "POST /v1/organizations/{organizationSlug}/members",
        "POST /v2/organizations/{organizationSlug}/invites",
      ]);
    });
  });
}

describe("a database", () => {
  it("is created, read, listed and deleted", async () => {
    const created = await local.create("first");
    expect(created).toEqual({ Name: "first", DbId: expect.any(String), Hostname: expect.any(String) });
    const { body } = await local.ask<DatabaseBody>("GET", "/databases/first");
    expect(body.database).toEqual({
      ...created,
      block_reads: false,
      block_writes: false,
      delete_protection: false,
      regions: ["aws-eu-west-1"],
      primaryRegion: "aws-eu-west-1",
      group: "main",
      parent: null,
    });
    const list = await local.ask<ListBody>("GET", "/databases?group=main");
    expect(list.body.databases).toContainEqual(body.database);
    expect((await local.ask<ListBody>("GET", "/databases?group=other")).body.databases).toEqual([]);

    expect(await local.ask("DELETE", "/databases/first")).toEqual({ status: 200, body: { database: "first" } });
    const gone = { status: 404, body: { error: "could not find database with name first: record not found" } };
    expect(await local.ask("GET", "/databases/first")).toEqual(gone);
    expect(await local.ask("DELETE", "/databases/first")).toEqual(gone);
    expect(await local.ask("POST", "/databases/first/auth/tokens")).toEqual(gone);
    expect(await local.ask("POST", "/databases/first/auth/rotate")).toEqual(gone);
    expect(await configure("first", {})).toEqual(gone);
  });

  it("never gets an id that the vendor's CLI takes for the TursoDB engine's", async () => {
    const { DbId } = await local.create("engine");
    expect(DbId.slice(11, 13)).not.toBe("10");
  });

  it.each([
    ["without a group", { name: "x" }],
    ["in a group that is not there", { name: "x", group: "none" }],
    ["with capitals", { name: "Abc", group: "main" }],
    ["with a slash", { name: "a/b", group: "main" }],
    ["without a name", { name: "", group: "main" }],
    ["with more than 62 characters together with the organization", { name: "x".repeat(49), group: "main" }],
    ["from a seed that is not there", { name: "x", group: "main", seed: { type: "database", name: "none" } }],
  ])("is refused %s", async (_, body) => {
    expect((await local.ask("POST", "/databases", body)).status).toBe(400);
    expect((await local.ask("GET", "/databases/x")).status).toBe(404);
  });

  it("may have as many characters as fit beside the organization", async () => {
    expect(await local.create("y".repeat(48))).toMatchObject({ Name: "y".repeat(48) });
  });

  it("is listed page by page", async () => {
    await Promise.all(["page-1", "page-2", "page-3", "page-4", "page-5"].map((name) => local.create(name)));
    const all = (await local.ask<ListBody>("GET", "/databases")).body.databases.map(({ Name }) => Name);
    const pages: string[][] = [];
    for (let cursor: string | null | undefined = ""; typeof cursor === "string";) {
      const { body }: { body: ListBody } = await local.ask<ListBody>("GET", `/databases?limit=2&cursor=${cursor}`);
      pages.push(body.databases.map(({ Name }) => Name));
      cursor = body.pagination?.next;
    }
    expect(pages.length).toBe(Math.ceil(all.length / 2));
    expect(pages.flat()).toEqual(all);
  });

  it("keeps every setting that a change leaves out", async () => {
    await local.create("settings");
    const fresh = {
      size_limit: "",
      allow_attach: false,
      block_reads: false,
      block_writes: false,
      delete_protection: false,
      allowed_ips: [],
      allowed_aws_vpc_ids: [],
    };
    expect((await configuration("settings")).body).toEqual(fresh);
    const changes = [
      { allow_attach: true },
      { block_reads: true },
      { block_writes: true },
      { delete_protection: true },
      { allowed_ips: ["203.0.113.7", "10.0.0.0/8", "::1"] },
      { allowed_aws_vpc_ids: ["vpce-1"] },
      { delete_protection: false, block_reads: false },
    ];
    let expected: object = fresh;
    for (const change of changes) {
      expected = { ...expected, ...change };
      expect((await configure("settings", change)).body).toEqual(expected);
      expect((await configuration("settings")).body).toEqual(expected);
    }
    const cleared = { ...expected, allowed_ips: [], allowed_aws_vpc_ids: [] };
    expect((await configure("settings", { allowed_ips: null, allowed_aws_vpc_ids: [] })).body).toEqual(cleared);
  });

  it.each([{ size_limit: "1gb" }, { allowed_ips: ["10.0.0.0/33"] }, { block_reads: "yes" }])(
    "refuses the setting %j",
    async (change) => {
      expect((await configure("engine", change)).status).toBe(400);
    },
  );

  it("keeps both of two changes made at once", async () => {
    await local.create("at-once");
    await Promise.all([configure("at-once", { block_reads: true }), configure("at-once", { block_writes: true })]);
    expect((await configuration("at-once")).body).toMatchObject({ block_reads: true, block_writes: true });
  });

  it("is not deleted while it is protected", async () => {
    await local.create("guarded");
    await configure("guarded", { delete_protection: true });
    expect((await local.ask("DELETE", "/databases/guarded")).status).toBe(409);
    expect((await local.ask("GET", "/databases/guarded")).status).toBe(200);
    await configure("guarded", { delete_protection: false });
    expect((await local.ask("DELETE", "/databases/guarded")).status).toBe(200);
  });

  it("tells its instance, usage and queries", async () => {
    const { DbId, Hostname } = await local.create("used");
    const client = local.connect(Hostname, await local.mint("used"));
    await client.execute("CREATE TABLE t (x)");
    await client.execute("INSERT INTO t VALUES (1), (2)");
    const { body } = await local.ask<{ database: { uuid: string; total: Record<string, number>; usage: unknown } }>(
      "GET",
      "/databases/used/usage?from=2026-01-01T00:00:00Z",
    );
    expect(body.database.uuid).toBe(DbId);
    expect(body.database.total).toMatchObject({ rows_written: expect.any(Number), bytes_synced: 0 });
    expect(body.database.total["rows_written"]).toBeGreaterThanOrEqual(2);
    expect(body.database.total["storage_bytes"]).toBeGreaterThan(0);
    expect(body.database.usage).toEqual(body.database.total);
    const stats = await local.ask<{ top_queries: { query: string }[] }>("GET", "/databases/used/stats");
    expect(stats.body.top_queries.map(({ query }) => query)).toContain("INSERT INTO t VALUES (1), (2)");
    const instance = {
      uuid: DbId,
      name: "aws-eu-west-1",
      type: "primary",
      region: "aws-eu-west-1",
      hostname: Hostname,
    };
    expect((await local.ask("GET", "/databases/used/instances")).body).toEqual({ instances: [instance] });
    expect((await local.ask("GET", "/databases/used/instances/aws-eu-west-1")).body).toEqual({ instance });
    expect((await local.ask("GET", "/databases/used/usage?to=2023-12-12T00:00:00")).status).toBe(400);
  });

  it.each(["5", "1y", "1d2w", "-1d", "0d", "d"])("gives no token that expires in %s", async (expiration) => {
    expect(await local.ask("POST", `/databases/engine/auth/tokens?expiration=${expiration}`)).toEqual({
      status: 400,
      body: { error: "Invalid expiration format" },
    });
  });

  it("gives no token for an authorization that is not there", async () => {
    expect((await local.ask("POST", "/databases/engine/auth/tokens?authorization=root")).status).toBe(400);
  });

  it("gives no token whose fine-grained permissions it could not keep", async () => {
    const body = { fine_grained_permissions: [{ t: ["comments"], a: ["data_read"] }] };
    expect((await local.ask("POST", "/databases/engine/auth/tokens", body)).status).toBe(400);
  });
});

describe("a size limit", () => {
  const refused = { status: 400, body: { error: "size_limit is not supported for db-api controlled databases" } };
  const policy = (value: string) => local.cloud.switches({ "turso.sizeLimit": value });
  const shown = async (name: string) => (await configuration(name)).body["size_limit"];
  afterEach(() => local.cloud.resetSwitches());

  it("is dropped without a word at creation, and refused with all that comes with it later", async () => {
    await local.create("unlimited", { size_limit: "1gb" });
    expect(await shown("unlimited")).toBe("");
    expect(await configure("unlimited", { size_limit: "1gb", block_writes: true })).toEqual(refused);
    expect((await configuration("unlimited")).body).toMatchObject({ size_limit: "", block_writes: false });
    expect((await configure("unlimited", { size_limit: null, block_writes: true })).status).toBe(200);
  });

  it("may be refused at creation, kept then only, or kept like any setting", async () => {
    await policy("refused");
    expect(await local.ask("POST", "/databases", { name: "limited", group: "main", size_limit: "1gb" })).toEqual(
      refused,
    );
    await policy("only-at-creation");
    await local.create("limited", { size_limit: "1gb" });
    expect(await configure("limited", { size_limit: "2gb" })).toEqual(refused);
    expect(await shown("limited")).toBe("1gb");
    await policy("kept");
    expect((await configure("limited", { size_limit: "2gb" })).body).toMatchObject({ size_limit: "2gb" });
    expect((await configure("limited", { size_limit: "x" })).status).toBe(400);
    const wrong = { name: "wrong", group: "main", size_limit: "big" };
    expect((await local.ask("POST", "/databases", wrong)).status).toBe(400);
  });
});

describe("a name that is taken", () => {
  const again = () => local.ask("POST", "/databases", { name: "twice", group: "main" });
  const answerWith = (status: string) => local.cloud.switches({ "turso.duplicateName": status });
  beforeAll(() => local.create("twice"));

  it("is refused as the vendor's document says, as its API does or as its CLI expects", async () => {
    expect(await again()).toEqual({ status: 400, body: { error: "database with same name already exists" } });
    await answerWith("409");
    expect(await again()).toEqual({ status: 409, body: { error: "database with name twice already exists" } });
    await answerWith("422");
    expect(await again()).toEqual({ status: 422, body: { error: "name not available" } });
    await local.cloud.resetSwitches();
    expect((await again()).status).toBe(400);
  });

  it("goes to exactly one of many that ask at once", async () => {
    const asked = Array.from({ length: 8 }, () => local.ask("POST", "/databases", { name: "race", group: "main" }));
    const statuses = (await Promise.all(asked)).map(({ status }) => status).sort();
    expect(statuses).toEqual([200, 400, 400, 400, 400, 400, 400, 400]);
  });
});

describe("a group", () => {
  it("is created, read, configured, listed and deleted", async () => {
    const { body } = await local.ask<{ group: object }>("POST", "/groups", { name: "g1", location: "aws-us-east-1" });
    expect(body.group).toEqual({
      name: "g1",
      uuid: expect.any(String),
      locations: ["aws-us-east-1"],
      primary: "aws-us-east-1",
      delete_protection: false,
    });
    expect((await local.ask("GET", "/groups/g1")).body).toEqual(body);
    expect((await local.ask<{ groups: object[] }>("GET", "/groups")).body.groups).toContainEqual(body.group);
    expect(await local.ask("POST", "/groups", { name: "g1", location: "aws-us-east-1" })).toEqual({
      status: 409,
      body: { error: "group already exists" },
    });
    expect((await local.ask("PATCH", "/groups/g1/configuration", { delete_protection: true })).body).toEqual({
      delete_protection: true,
    });
    expect((await local.ask("GET", "/groups/g1/configuration")).body).toEqual({ delete_protection: true });
    expect((await local.ask("DELETE", "/groups/g1")).status).toBe(409);
    await local.ask("PATCH", "/groups/g1/configuration", { delete_protection: false });
    expect((await local.ask("DELETE", "/groups/g1")).body).toEqual(body);
    expect(await local.ask("GET", "/groups/g1")).toEqual({ status: 404, body: { error: "group not found" } });
  });

  it("takes its databases with it, but never a protected one", async () => {
    await local.ask("POST", "/groups", { name: "g2", location: "aws-us-west-2" });
    await local.create("in-g2", { group: "g2" });
    await configure("in-g2", { delete_protection: true });
    expect((await local.ask("DELETE", "/groups/g2")).status).toBe(409);
    await configure("in-g2", { delete_protection: false });
    expect((await local.ask("DELETE", "/groups/g2")).status).toBe(200);
    expect((await local.ask("GET", "/databases/in-g2")).status).toBe(404);
  });

  it("protects its databases when it is protected", async () => {
    await local.ask("POST", "/groups", { name: "g3", location: "aws-us-west-2" });
    await local.ask("PATCH", "/groups/g3/configuration", { delete_protection: true });
    await local.create("in-g3", { group: "g3" });
    expect((await local.ask("DELETE", "/databases/in-g3")).status).toBe(409);
  });

  it("is made from the capitalised names that the vendor's CLI sends", async () => {
    const asked = { Name: "capital", Location: "aws-us-east-1", Version: "" };
    expect((await local.ask("POST", "/groups", asked)).status).toBe(200);
    expect((await local.ask("GET", "/groups/capital")).status).toBe(200);
  });

  it("may be told with a primary location of another form than its locations have", async () => {
    await local.cloud.switches({ "turso.barePrimary": true });
    expect((await local.ask("GET", "/groups/main")).body).toMatchObject({
      group: { primary: "eu-west-1", locations: ["aws-eu-west-1"] },
    });
    await local.cloud.resetSwitches();
  });

  it.each(["400", "422", "423"])("may be protected from deletion with a %s", async (status) => {
    await local.cloud.switches({ "turso.deleteProtected": status });
    await configure("settings", { delete_protection: true });
    expect((await local.ask("DELETE", "/databases/settings")).status).toBe(Number(status));
    expect((await local.ask("DELETE", "/groups/main")).status).toBe(Number(status));
    await local.cloud.resetSwitches();
  });

  it("is refused in a location that is not there", async () => {
    expect((await local.ask("POST", "/groups", { name: "g4", location: "iad" })).status).toBe(400);
  });
});

describe("the account", () => {
  it("is told as far as there is one", async () => {
    const paths = ["", "/plans", "/subscription", "/usage", "/invoices", "/members", "/api-tokens"];
    const answers = await Promise.all(paths.map((path) => local.ask("GET", path)));
    expect(answers.map(({ status }) => status)).toEqual(paths.map(() => 200));
    const top = await Promise.all(["//v1/organizations", "//v1/locations"].map((path) => local.ask("GET", path)));
    expect(top.map(({ status }) => status)).toEqual([200, 200]);
  });

  it("is the only one", async () => {
    expect(await local.ask("GET", "//v1/organizations/somebody/databases")).toEqual({
      status: 404,
      body: { error: "organization not found" },
    });
  });
});
