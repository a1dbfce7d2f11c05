import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { createClient } from "@libsql/client";

import type { CloudStatus } from "../../local/admin.ts";
import { cloudStatus } from "../../local/cloud.ts";
import { outsider, type Outsider } from "../support/outsider.ts";
import { startCloud, type TestCloud } from "../support/cloud.ts";
import { s3For } from "./tigris/clients.ts";

let cloud: TestCloud;
let outside: Outsider;
beforeAll(async () => {
  cloud = await startCloud();
  outside = outsider(cloud);
  await outside.turso("POST", "/groups", { name: "main", location: "aws-us-east-1" });
});
afterAll(() => cloud.dispose());

async function status(): Promise<CloudStatus> {
  const found = await cloudStatus(cloud.home);
  if (found === undefined) throw new Error("the cloud does not answer");
  return found;
}

const engineOf = async (name: string) => (await status()).engines.find((each) => each.name === name);

/** Kills an engine and waits until it was started again. */
async function killed(name: string): Promise<void> {
  const { pid = 0, restarts = 0 } = (await engineOf(name)) ?? {};
  process.kill(pid, "SIGKILL");
  while ((await engineOf(name))?.restarts !== restarts + 1) await sleep(10);
}

async function database(name: string) {
  const made = await outside.turso<{ database: { Hostname: string } }>("POST", "/databases", { name, group: "main" });
  const { jwt } = await outside.turso<{ jwt: string }>("POST", `/databases/${name}/auth/tokens`);
  return { hostname: made.database.Hostname, authToken: jwt };
}

const client = ({ hostname, authToken }: { hostname: string; authToken: string }) =>
  createClient({ url: `http://${hostname}`, authToken });

describe("the engines of the embedded cloud", () => {
  it("are named in its status", async () => {
    const { engines } = await status();
    const all = engines.map(({ name, state, restarts }) => `${name} ${state} ${restarts}`).sort();
    expect(all).toEqual(["iam-engine up 0", "s3-engine up 0", "sqld up 0"]);
  });

  it("are started again after a kill: databases, tokens and rows are as before", async () => {
    const known = await database("kept");
    await client(known).executeMultiple("CREATE TABLE t (x); INSERT INTO t VALUES (1)");
    await killed("sqld");
    expect((await client(known).execute("SELECT x FROM t")).rows[0]?.["x"]).toBe(1);
    expect(await engineOf("sqld")).toMatchObject({ state: "up", restarts: 1, lastFailure: { why: "signal SIGKILL" } });
    await outside.turso("DELETE", "/databases/kept");
  });

  it("are started again after a kill: buckets, keys and objects are as before", async () => {
    const s3 = s3For(cloud);
    await outside.s3("PUT", "/kept-bucket");
    await s3.send(new PutObjectCommand({ Bucket: "kept-bucket", Key: "a", Body: "1" }));
    for (const name of ["iam-engine", "s3-engine"]) {
      await killed(name);
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: "kept-bucket", Key: "a" }));
      expect([name, await Body?.transformToString()]).toEqual([name, "1"]);
    }
    s3.destroy();
  });
});

describe("one tenant's query", () => {
  it.each([
    ["25 000 terms", `SELECT 1${"+1".repeat(25_000)}`],
    ["25 000 parentheses", `SELECT ${"(".repeat(25_000)}1${")".repeat(25_000)}`],
    ["25 000 queries in one", Array(25_000).fill("SELECT 1").join(" UNION ALL ")],
    ["25 000 times NOT", `SELECT ${"NOT ".repeat(25_000)}1`],
  ])("of %s fails alone: the engine of all databases runs on", async (title, sql) => {
    const known = await database(`heavy-${title.replaceAll(/\W+/g, "-")}`.toLowerCase());
    const before = await engineOf("sqld");
    await expect(client(known).execute(sql)).rejects.toThrow(/too large|overflow|too many/);
    expect((await client(known).execute("SELECT 1 AS one")).rows[0]?.["one"]).toBe(1);
    expect(await engineOf("sqld")).toEqual(before);
  });
});

describe("a connection to a database", () => {
  /** Two requests on one connection, answered in turn. */
  async function twoOn(known: { hostname: string; authToken: string }, offer: string): Promise<string> {
    const [host = "", port] = known.hostname.split(":");
    const body = JSON.stringify({ requests: [{ type: "execute", stmt: { sql: "select 42" } }] });
    const head = [`Host: ${known.hostname}`, `Authorization: Bearer ${known.authToken}`];
    const request = (more: string) =>
      `POST /v2/pipeline HTTP/1.1\r\n${head.join("\r\n")}\r\n${more}Content-Length: ${body.length}\r\n\r\n${body}`;
    const socket = connect({ host, port: Number(port) });
    socket.write(request(offer) + request("Connection: close\r\n"));
    let answer = "";
    for await (const piece of socket) answer += String(piece);
    return answer;
  }

  it.each([
    ["TLS/1.2, as Apache HttpClient does", "Upgrade: TLS/1.2\r\nConnection: Upgrade\r\n"],
    [
      "h2c, as Java and curl --http2 do",
      "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n",
    ],
  ])("answers every request when the first offers %s", async (title, offer) => {
    const known = await database(`offer-${title.slice(0, 3).toLowerCase()}`);
    const answer = await twoOn(known, offer);
    expect(answer.match(/HTTP\/1\.1 200/g)).toHaveLength(2);
    expect(answer.match(/"value":"42"/g)).toHaveLength(2);
  });

  it("serves an embedded replica, to the database's own token only", async () => {
    const known = await database("replicated");
    const other = await database("of-another");
    await client(known).executeMultiple("CREATE TABLE t (x); INSERT INTO t VALUES (1)");
    const dir = mkdtempSync(join(tmpdir(), "tenantry-replica-"));
    const replica = (name: string, authToken: string) =>
      createClient({ url: `file:${join(dir, name)}`, syncUrl: `http://${known.hostname}`, authToken });
    const own = replica("own.db", known.authToken);
    await own.sync();
    await own.execute("INSERT INTO t VALUES (2)");
    await client(known).execute("INSERT INTO t VALUES (3)");
    await own.sync();
    expect((await own.execute("SELECT x FROM t")).rows.map(({ x }) => x)).toEqual([1, 2, 3]);
    own.close();
    const foreign = async () => {
      const opened = replica("other.db", other.authToken);
      await opened.sync();
      return opened.execute("SELECT x FROM t");
    };
    await expect(foreign()).rejects.toThrow();
    rmSync(dir, { recursive: true, force: true });
  });

  it("refuses embedded replicas in the vendor's words where the switch says so, and nothing else", async () => {
    const known = await database("no-replicas");
    await cloud.switches({ "turso.replicasRefused": true });
    const hello = { method: "POST", headers: { authorization: `Bearer ${known.authToken}` }, body: "" };
    const { status, headers } = await fetch(`http://${known.hostname}/wal_log.ReplicationLog/Hello`, hello);
    expect([status, headers.get("grpc-status")]).toEqual([200, "12"]);
    expect(decodeURIComponent(headers.get("grpc-message") ?? "")).toMatch(/^embedded replicas are not supported/);
    expect((await client(known).execute("SELECT 1 AS one")).rows[0]?.["one"]).toBe(1);
    await cloud.resetSwitches();
  });

  it("says that it does not know the newer way to synchronise", async () => {
    const { hostname, authToken } = await database("newer");
    const response = await fetch(`http://${hostname}/export/1`, { headers: { authorization: `Bearer ${authToken}` } });
    expect([response.status, await response.text()]).toEqual([501, expect.stringContaining("no sync protocol v2")]);
  });
});

describe("a row of a database", () => {
  it("holds up to 5 MB, and one byte too many is refused in words", async () => {
    const known = await database("rows");
    const write = (bytes: number) => client(known).execute(`INSERT INTO t VALUES (zeroblob(${bytes}))`);
    await client(known).execute("CREATE TABLE t (x)");
    await write(4_999_900);
    await expect(write(5_000_000)).rejects.toMatchObject({ code: "SQLITE_TOOBIG" });
  });

  it("counts all its values together, and the same is left as it was where one becomes too large", async () => {
    const known = await database("wide");
    await client(known).executeMultiple("CREATE TABLE t (a, b); INSERT INTO t VALUES (zeroblob(2400000), 'kept')");
    const widened = client(known).execute("UPDATE t SET b = zeroblob(2700000)");
    await expect(widened).rejects.toMatchObject({ code: "SQLITE_TOOBIG" });
    expect((await client(known).execute("SELECT b FROM t")).rows[0]?.[0]).toBe("kept");
  });

  it("takes no larger parameter either, a text or a blob, and serves the next request", async () => {
    const known = await database("parameters");
    await client(known).execute("CREATE TABLE t (x)");
    for (const large of ["x".repeat(5_000_001), new Uint8Array(5_000_001)])
      await expect(client(known).execute({ sql: "INSERT INTO t VALUES (?)", args: [large] })).rejects.toThrow(
        "string or blob too big",
      );
    expect((await client(known).execute("SELECT count(*) FROM t")).rows[0]?.[0]).toBe(0);
  });

  it("is part of an answer of at most 10 MB; a larger one is refused in words, and the database goes on", async () => {
    const known = await database("answers");
    await client(known).executeMultiple(
      "CREATE TABLE t (x); INSERT INTO t VALUES (zeroblob(4000000)), (zeroblob(4000000)), (zeroblob(4000000))",
    );
    await expect(client(known).execute("SELECT x FROM t")).rejects.toThrow(/too large/i);
    expect((await client(known).execute("SELECT length(x) FROM t LIMIT 1")).rows[0]?.[0]).toBe(4_000_000);
  });
});
