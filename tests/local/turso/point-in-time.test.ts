import { setTimeout as sleep } from "node:timers/promises";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { Client } from "@libsql/client";

import { startTurso, type TursoCloud } from "./turso-cloud.ts";

let local: TursoCloud;
beforeAll(async () => {
  local = await startTurso();
});
afterAll(() => local.dispose());

/** A database made as another was at a time; the refusal where there was one. */
async function asOf(source: string, time: Date, name: string): Promise<Client | string> {
  const seed = { type: "database", name: source, timestamp: time.toISOString() };
  const { status, body } = await local.ask<{ database: { Hostname: string } } & { error: string }>(
    "POST",
    "/databases",
    {
      name,
      group: "main",
      seed,
    },
  );
  return status === 200 ? local.connect(body.database.Hostname, await local.mint(name)) : body.error;
}

async function made(name: string): Promise<Client> {
  const { Hostname } = await local.create(name);
  return local.connect(Hostname, await local.mint(name));
}

const numbers = async (client: Client | string) => {
  if (typeof client === "string") return client;
  return (await client.execute("SELECT n FROM t ORDER BY n")).rows.map(({ n }) => Number(n));
};

/** A moment that every write before has been noted by, for a block of writes notes them, and none after belongs to. */
async function moment(name: string): Promise<Date> {
  const block = (isBlocked: boolean) =>
    local.ask("PATCH", `/databases/${name}/configuration`, { block_writes: isBlocked });
  await block(true);
  const now = new Date();
  await block(false);
  await sleep(20);
  return now;
}

describe("a database as of a point in time", () => {
  it("holds what was committed before, and nothing of what came after", async () => {
    const source = await made("counted");
    await source.batch(["CREATE TABLE t(n)", "INSERT INTO t VALUES (1)"], "write");
    const first = await moment("counted");
    await source.execute("INSERT INTO t VALUES (2)");
    const second = await moment("counted");
    await source.execute("DELETE FROM t");
    expect(await numbers(await asOf("counted", first, "at-first"))).toEqual([1]);
    expect(await numbers(await asOf("counted", second, "at-second"))).toEqual([1, 2]);
    expect(await numbers(await asOf("counted", new Date(), "at-last"))).toEqual([]);
  });

  it("is a whole database: indexes, full-text search and many pages, and takes writes of its own", async () => {
    const source = await made("whole");
    await source.batch(
      [
        "CREATE TABLE t(n INTEGER PRIMARY KEY, text TEXT)",
        "CREATE INDEX by_text ON t(text)",
        "CREATE VIRTUAL TABLE words USING fts5(text)",
        "INSERT INTO words VALUES ('a lighthouse keeper')",
        "INSERT INTO t SELECT value, hex(randomblob(400)) FROM generate_series(1, 3000)",
      ],
      "write",
    );
    const { rows } = await source.execute("SELECT text FROM t WHERE n = 2999");
    const time = await moment("whole");
    await source.batch(["DROP TABLE words", "UPDATE t SET text = 'x'"], "write");
    const copy = await asOf("whole", time, "whole-then");
    if (typeof copy === "string") throw new Error(copy);
    expect((await copy.execute("PRAGMA integrity_check")).rows[0]?.[0]).toBe("ok");
    expect((await copy.execute("SELECT text FROM t WHERE n = 2999")).rows).toEqual(rows);
    expect((await copy.execute("SELECT text FROM words WHERE words MATCH 'keeper'")).rows).toHaveLength(1);
    await copy.execute("INSERT INTO t VALUES (0, 'mine')");
    expect((await source.execute("SELECT count(*) FROM t")).rows[0]?.[0]).toBe(3000);
  });

  it("holds everything that was written before a block of writes that came before it", async () => {
    const source = await made("fenced");
    await source.execute("CREATE TABLE t(n)");
    for (let n = 1; n <= 20; n += 1) await source.execute({ sql: "INSERT INTO t VALUES (?)", args: [n] });
    await local.ask("PATCH", "/databases/fenced/configuration", { block_writes: true });
    const time = new Date();
    await local.ask("PATCH", "/databases/fenced/configuration", { block_writes: false });
    await source.execute("INSERT INTO t VALUES (21)");
    expect(await numbers(await asOf("fenced", time, "fenced-then"))).toHaveLength(20);
  });

  it("can be a copy of such a copy", async () => {
    const time = await moment("fenced-then");
    expect(await numbers(await asOf("fenced-then", time, "fenced-again"))).toHaveLength(20);
  });

  it("is refused before the database was there, and before what the plan keeps", async () => {
    expect(await asOf("counted", new Date(Date.now() - 3_600_000), "too-early")).toMatch(/no history/);
    expect(await asOf("counted", new Date(Date.now() - 721 * 3_600_000), "too-early")).toMatch(/retention/);
    await local.cloud.switches({ "turso.retentionHours": 0 });
    expect(await asOf("counted", new Date(Date.now() - 1000), "too-early")).toMatch(/retention/);
    await local.cloud.resetSwitches();
    const { status } = await local.ask("GET", "/databases/too-early");
    expect(status).toBe(404);
  });

  it("is as old as the last checkpoint, if Turso makes them at times", async () => {
    await local.cloud.switches({ "turso.pointInTimeGapMs": 1000 });
    const source = await made("gap");
    await source.execute("CREATE TABLE t(n)");
    const second = () => Math.floor(Date.now() / 1000);
    // Into the next second, by the clock that the cloud goes by.
    const nextSecond = () => sleep(1100 - (Date.now() % 1000));
    let rows = 0;
    let sooner: Date;
    let began: number;
    // On a busy computer a write may end in the second after the one in which it began.
    do {
      // What was written before is noted in a second before, too.
      await moment("gap");
      await nextSecond();
      began = second();
      rows += 1;
      await source.execute({ sql: "INSERT INTO t VALUES (?)", args: [rows] });
      sooner = new Date();
    } while (second() !== began);
    await nextSecond();
    const later = new Date();
    const all = Array.from({ length: rows }, (_, index) => index + 1);
    expect(await numbers(await asOf("gap", sooner, "gap-sooner"))).toEqual(all.slice(0, -1));
    expect(await numbers(await asOf("gap", later, "gap-later"))).toEqual(all);
    await local.cloud.resetSwitches();
  });

  it("outlives a clean end of the cloud, and what came after an unclean one", async () => {
    const before = await moment("counted");
    await local.cloud.halt();
    await local.cloud.restart();
    expect(await numbers(await asOf("counted", before, "after-halt"))).toEqual([]);
    await local.cloud.kill();
    await local.cloud.restart();
    const after = await moment("fenced");
    expect(await numbers(await asOf("fenced", after, "after-kill"))).toHaveLength(21);
  });
});
