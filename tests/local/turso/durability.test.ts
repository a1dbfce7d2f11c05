import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { startTurso, type Created, type TursoCloud } from "./turso-cloud.ts";

let local: TursoCloud;
beforeAll(async () => (local = await startTurso()));
afterAll(() => local.dispose());

interface Listed {
  databases: (Created & { group: string })[];
}
const list = async () => (await local.ask<Listed>("GET", "/databases")).body.databases;
const namespaces = () => readdirSync(join(local.cloud.home, "cloud/turso/sqld/dbs"));

describe("the embedded Turso", () => {
  it("is the same after a stop and a start: databases, addresses, tokens, settings, rows", async () => {
    const created = await local.create("kept");
    const token = await local.mint("kept");
    const { body } = await local.ask<{ token: string }>("POST", "//v1/auth/api-tokens/kept");
    await local.connect(created.Hostname, token).executeMultiple("CREATE TABLE t (x); INSERT INTO t VALUES (7)");
    await local.ask("PATCH", "/databases/kept/configuration", { block_writes: true, delete_protection: true });
    await local.cloud.switches({ "turso.duplicateName": "422" });
    const read = () =>
      Promise.all(["/databases", "/databases/kept/configuration", "/groups"].map((path) => local.ask("GET", path)));
    const before = await read();
    await local.cloud.halt();
    await local.cloud.restart();
    expect(await read()).toEqual(before);
    expect((await local.ask("GET", "/databases", undefined, body.token)).status).toBe(200);
    const client = local.connect(created.Hostname, token);
    expect((await client.execute("SELECT x FROM t")).rows[0]?.["x"]).toBe(7);
    await expect(client.execute("INSERT INTO t VALUES (8)")).rejects.toMatchObject({ code: "BLOCKED" });
    expect((await local.ask("POST", "/databases", { name: "kept", group: "main" })).status).toBe(422);
  });

  it("keeps its keys from other users of the computer", () => {
    const dir = join(local.cloud.home, "cloud/turso");
    const modes = ["store.db", "store.db-wal"].map((file) => statSync(join(dir, file)).mode & 0o077);
    expect([...modes, statSync(dir).mode & 0o077]).toEqual([0, 0, 0]);
  });

  it.each([1, 2, 3])("loses no row that was acknowledged before a kill -9 (%i)", async (round) => {
    const name = `rows-${round}`;
    const { Hostname } = await local.create(name);
    const client = local.connect(Hostname, await local.mint(name));
    await client.execute("CREATE TABLE t (x INTEGER PRIMARY KEY)");
    let acknowledged = 0;
    const writer = (async () => {
      for (;;) {
        await client.execute({ sql: "INSERT INTO t VALUES (?)", args: [acknowledged + 1] });
        acknowledged += 1;
      }
    })().catch(() => undefined);
    while (acknowledged === 0) await sleep(1);
    await sleep(100 + 70 * round);
    await local.cloud.kill();
    await writer;
    await local.cloud.restart();
    const { rows } = await local
      .connect(Hostname, await local.mint(name))
      .execute("SELECT max(x) AS x, count(*) AS n FROM t");
    // The one that was under way may be there or not.
    expect([acknowledged, acknowledged + 1]).toContain(rows[0]?.["x"]);
    expect(rows[0]?.["n"]).toBe(rows[0]?.["x"]);
  });

  it.each([1, 2, 3, 4, 5])("keeps every answer it gave before a kill -9, and nothing half (%i)", async (round) => {
    const outcome = new Map<string, "present" | "absent" | "open">();
    const tell = (name: string, answer: Promise<{ status: number }>, then: "present" | "absent") =>
      answer.then(
        ({ status }) => outcome.set(name, status === 200 ? then : "open"),
        () => outcome.set(name, "open"),
      );
    const names = Array.from({ length: 30 }, (_, index) => `k${round}-${index}`);
    const doomed = names.slice(0, 6);
    await Promise.all(doomed.map((name) => local.create(name)));
    const work = names.map((name, index) =>
      index < 6
        ? tell(name, local.ask("DELETE", `/databases/${name}`), "absent")
        : tell(name, local.ask("POST", "/databases", { name, group: "main" }), "present"),
    );
    await sleep(15 * round);
    await local.cloud.kill();
    await Promise.all(work);
    await local.cloud.restart();

    const found = await list();
    const there = new Set(found.map(({ Name }) => Name));
    const answered = [...outcome].filter(([, state]) => state !== "open");
    expect(answered.map(([name]) => [name, there.has(name) ? "present" : "absent"])).toEqual(answered);
    // What is listed works, and the engine holds nothing else.
    const ours = found.filter(({ Name }) => Name.startsWith(`k${round}-`));
    const answers = await Promise.all(
      ours.map(async ({ Name, Hostname }) => local.connect(Hostname, await local.mint(Name)).execute("SELECT 1")),
    );
    expect(answers).toHaveLength(ours.length);
    expect(namespaces().sort()).toEqual(found.map(({ DbId }) => DbId).sort());
    // A name that is not there is free.
    const free = names.filter((name) => !there.has(name));
    await Promise.all(free.map((name) => local.create(name)));
  });

  it("finishes a rotation and a change of settings that a kill -9 cut short", async () => {
    const { Hostname } = await local.create("cut");
    const old = await local.mint("cut");
    const change = local.ask("PATCH", "/databases/cut/configuration", { block_writes: true }).catch(() => undefined);
    const rotation = local.ask("POST", "/databases/cut/auth/rotate").catch(() => undefined);
    await sleep(2);
    await local.cloud.kill();
    const answers = await Promise.all([change, rotation]);
    await local.cloud.restart();
    const client = local.connect(Hostname, await local.mint("cut"));
    const { body } = await local.ask<{ block_writes: boolean }>("GET", "/databases/cut/configuration");
    expect(body.block_writes || answers[0] === undefined).toBe(true);
    const write = await client.execute("CREATE TABLE t (x)").then(
      () => "accepted",
      (error: unknown) => (error as { code: string }).code,
    );
    expect(write).toBe(body.block_writes ? "BLOCKED" : "accepted");
    const byOld = await local
      .connect(Hostname, old)
      .execute("SELECT 1")
      .then(
        () => "accepted",
        () => "refused",
      );
    expect(byOld === "refused" || answers[1] === undefined).toBe(true);
  });
});
