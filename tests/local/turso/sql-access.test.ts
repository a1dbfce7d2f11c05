import { setTimeout as sleep } from "node:timers/promises";

import type { Client } from "@libsql/client";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { startTurso, type TursoCloud } from "./turso-cloud.ts";

let local: TursoCloud;
let client: Client;
let hostname: string;
beforeAll(async () => {
  local = await startTurso();
  hostname = (await local.create("app")).Hostname;
  client = local.connect(hostname, await local.mint("app"));
  await client.execute("CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT UNIQUE)");
});
afterAll(() => local.dispose());

const count = async (of: Client = client) => (await of.execute("SELECT count(*) AS n FROM notes")).rows[0]?.["n"];
const refusal = (work: Promise<unknown>) =>
  work.then(
    () => "accepted",
    (error: unknown) => String((error as { cause?: { status?: number } }).cause?.status ?? (error as Error).message),
  );

describe("a database, through @libsql/client", () => {
  it.each([
    ["libsql without TLS", (host: string) => `libsql://${host}?tls=0`],
    ["HTTP", (host: string) => `http://${host}`],
    ["WebSockets", (host: string) => `ws://${host}`],
  ])("is reached at its Hostname by %s", async (_, url) => {
    const other = local.connect(hostname, await local.mint("app"), url);
    expect((await other.execute("SELECT 40 + 2 AS n")).rows[0]?.["n"]).toBe(42);
    const text = "x".repeat(300_000);
    const [row] = (await other.execute({ sql: "SELECT ? AS text", args: [text] })).rows;
    expect(row?.["text"]).toBe(text);
  });

  it("writes a batch wholly or not at all", async () => {
    const before = await count();
    await expect(
      client.batch(["INSERT INTO notes (text) VALUES ('one')", "INSERT INTO notes (text) VALUES ('one')"], "write"),
    ).rejects.toThrow(/UNIQUE/);
    expect(await count()).toBe(before);
    await client.batch(["INSERT INTO notes (text) VALUES ('b1')", "INSERT INTO notes (text) VALUES ('b2')"], "write");
    expect(await count()).toBe(Number(before) + 2);
  });

  it("keeps an interactive transaction to itself until it is committed", async () => {
    const before = await count();
    const transaction = await client.transaction("write");
    await transaction.execute("INSERT INTO notes (text) VALUES ('t1')");
    expect(await count()).toBe(before);
    await transaction.commit();
    expect(await count()).toBe(Number(before) + 1);
    const undone = await client.transaction("write");
    await undone.execute("INSERT INTO notes (text) VALUES ('t2')");
    await undone.rollback();
    expect(await count()).toBe(Number(before) + 1);
  });

  it("searches full text", async () => {
    await client.executeMultiple(
      "CREATE VIRTUAL TABLE docs USING fts5(body); INSERT INTO docs VALUES ('the quick brown fox'), ('a lazy dog');",
    );
    const { rows } = await client.execute("SELECT body FROM docs WHERE docs MATCH 'quick'");
    expect(rows.map((row) => row["body"])).toEqual(["the quick brown fox"]);
  });
});

describe("a token", () => {
  it("for reading refuses a write", async () => {
    const reader = local.connect(hostname, await local.mint("app", "?authorization=read-only"));
    expect(typeof (await count(reader))).toBe("number");
    expect(await refusal(reader.execute("INSERT INTO notes (text) VALUES ('r')"))).toBe("403");
  });

  it("opens no other database, by whatever way", async () => {
    const other = await local.create("other");
    const token = await local.mint("app");
    const urls = [(host: string) => `http://${host}`, (host: string) => `ws://${host}`];
    for (const url of urls)
      expect(await refusal(local.connect(other.Hostname, token, url).execute("SELECT 1"))).not.toBe("accepted");
    expect(await refusal(local.connect(hostname, "").execute("SELECT 1"))).toBe("401");
    // A Host header of the caller's choice leads nowhere else.
    const response = await fetch(`http://${other.Hostname}/v2/pipeline`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "x-namespace": "app", "x-forwarded-host": "app.localhost" },
      body: JSON.stringify({ requests: [{ type: "execute", stmt: { sql: "SELECT 1" } }] }),
    });
    expect(response.status).toBe(401);
  });

  it("is refused from the second it expires", async () => {
    const brief = local.connect(hostname, await local.mint("app", "?expiration=1s"));
    const long = local.connect(hostname, await local.mint("app", "?expiration=2w1d30m"));
    await sleep(1100);
    expect(await refusal(count(brief))).toBe("401");
    expect(await refusal(count(long))).toBe("accepted");
  });

  it("says when it expires and for which database it is", async () => {
    const { DbId } = await local.create("claims");
    const claims = (token: string) =>
      JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()) as Record<string, number>;
    const dated = claims(await local.mint("claims", "?expiration=2w1d30m&authorization=read-only"));
    expect(dated).toEqual({ id: DbId, a: "ro", iat: expect.any(Number), exp: expect.any(Number) });
    expect((dated["exp"] ?? 0) - (dated["iat"] ?? 0)).toBe(15 * 86_400 + 30 * 60);
    expect(claims(await local.mint("claims"))).toEqual({ id: DbId, a: "rw", iat: expect.any(Number) });
  });

  it("is refused at once after a rotation, a new one is not", async () => {
    const { Hostname } = await local.create("rotated");
    const before = local.connect(Hostname, await local.mint("rotated"));
    await before.execute("CREATE TABLE kept (x)");
    expect(await local.ask("POST", "/databases/rotated/auth/rotate")).toEqual({ status: 200, body: undefined });
    expect(await refusal(before.execute("SELECT 1"))).toBe("401");
    const after = local.connect(Hostname, await local.mint("rotated"));
    expect((await after.execute("SELECT * FROM kept")).rows).toEqual([]);
  });

  it("does not open a database that was created anew under the name", async () => {
    const first = await local.create("again");
    const old = await local.mint("again");
    await local.connect(first.Hostname, old).execute("CREATE TABLE secret (x)");
    await local.ask("DELETE", "/databases/again");
    const second = await local.create("again");
    expect(second.DbId).not.toBe(first.DbId);
    expect(second.Hostname).toBe(first.Hostname);
    expect(await refusal(local.connect(second.Hostname, old).execute("SELECT 1"))).not.toBe("accepted");
    const fresh = local.connect(second.Hostname, await local.mint("again"));
    expect((await fresh.execute("SELECT name FROM sqlite_schema")).rows).toEqual([]);
  });

  it("of a group opens its databases only, until the group is rotated", async () => {
    await local.ask("POST", "/groups", { name: "team", location: "aws-us-east-1" });
    const inside = await local.create("inside", { group: "team" });
    const { body } = await local.ask<{ jwt: string }>("POST", "/groups/team/auth/tokens");
    const own = await local.mint("inside");
    const run = (host: string, token: string) => refusal(local.connect(host, token).execute("SELECT 1"));
    expect(await run(inside.Hostname, body.jwt)).toBe("accepted");
    expect(await run(hostname, body.jwt)).toBe("401");
    expect(await local.ask("POST", "/groups/team/auth/rotate")).toEqual({ status: 200, body: undefined });
    expect(await run(inside.Hostname, body.jwt)).toBe("401");
    expect(await run(inside.Hostname, own)).toBe("401");
    expect(await run(inside.Hostname, await local.mint("inside"))).toBe("accepted");
  });
});

describe("a setting", () => {
  const set = (name: string, change: object) => local.ask("PATCH", `/databases/${name}/configuration`, change);

  it("blocks writes and reads at the engine, also after another setting changed", async () => {
    const { Hostname } = await local.create("blocked");
    const blocked = local.connect(Hostname, await local.mint("blocked"));
    await blocked.execute("CREATE TABLE notes (x)");
    await set("blocked", { block_writes: true });
    await set("blocked", { delete_protection: true });
    await local.ask("POST", "/databases/blocked/auth/rotate");
    const again = local.connect(Hostname, await local.mint("blocked"));
    await expect(again.execute("INSERT INTO notes VALUES (1)")).rejects.toMatchObject({ code: "BLOCKED" });
    expect(await count(again)).toBe(0);
    await set("blocked", { block_reads: true });
    await expect(count(again)).rejects.toMatchObject({ code: "BLOCKED" });
    await set("blocked", { block_reads: false, block_writes: false });
    expect(await refusal(again.execute("INSERT INTO notes VALUES (1)"))).toBe("accepted");
  });

  it("limits the size at the engine, from the start or later, where databases can have a limit", async () => {
    await local.cloud.switches({ "turso.sizeLimit": "kept" });
    const { Hostname } = await local.create("small", { size_limit: "1mb" });
    const small = local.connect(Hostname, await local.mint("small"));
    await small.execute("CREATE TABLE blobs (x)");
    const write = () => small.execute("INSERT INTO blobs VALUES (zeroblob(2000000))");
    await expect(write()).rejects.toMatchObject({ code: "SQLITE_FULL" });
    await set("small", { size_limit: "10mb" });
    expect(await refusal(write())).toBe("accepted");
    await set("small", { size_limit: "2500kb" });
    await expect(write()).rejects.toMatchObject({ code: "SQLITE_FULL" });
  });

  it("lets in only the addresses it names", async () => {
    const { Hostname } = await local.create("fenced");
    const fenced = local.connect(Hostname, await local.mint("fenced"));
    await set("fenced", { allowed_ips: ["203.0.113.0/24"] });
    expect(await refusal(fenced.execute("SELECT 1"))).toBe("403");
    await set("fenced", { allowed_ips: ["203.0.113.0/24", "127.0.0.0/8"] });
    expect(await refusal(fenced.execute("SELECT 1"))).toBe("accepted");
  });
});

describe("a database made from another", () => {
  it("has its rows, its own tokens and a life of its own", async () => {
    const source = await local.create("source");
    const before = local.connect(source.Hostname, await local.mint("source"));
    await before.executeMultiple("CREATE TABLE notes (x); INSERT INTO notes VALUES (1)");
    const branch = await local.create("branch", { seed: { type: "database", name: "source" } });
    const sourceToken = await local.mint("source");
    expect(await refusal(local.connect(branch.Hostname, sourceToken).execute("SELECT 1"))).not.toBe("accepted");
    const own = local.connect(branch.Hostname, await local.mint("branch"));
    await own.execute("INSERT INTO notes VALUES (2)");
    expect([await count(before), await count(own)]).toEqual([1, 2]);
    const { body } = await local.ask<{ database: object }>("GET", "/databases/branch");
    expect(body.database).toMatchObject({
      parent: { id: source.DbId, name: "source", branched_at: expect.any(String) },
    });
    const list = await local.ask<{ databases: { Name: string }[] }>("GET", `/databases?parent=${source.DbId}`);
    expect(list.body.databases.map(({ Name }) => Name)).toEqual(["branch"]);
  });
});
