import { once } from "node:events";
import { createWriteStream, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { type Client, createClient } from "@libsql/client";
import * as fc from "fast-check";

import { copyDatabase } from "../../../operations/handover/copied-database.ts";
import { databaseSink } from "../../../operations/handover/database-sink.ts";
import { handoverErrors } from "../../../operations/handover/errors.ts";
import { copyName, withPassingCopy } from "../../../operations/handover/passing-copy.ts";
import { literal, sqlSink } from "../../../operations/handover/sql-sink.ts";
import { contentOf, type GivenTenant, type HandoverRoom, openHandoverRoom } from "./handover-room.ts";

let room: HandoverRoom;
beforeAll(async () => {
  room = await openHandoverRoom();
}, 60_000);
afterAll(() => room.dispose());

const SIGNAL = new AbortController().signal;

const fileClient = (path: string) => createClient({ url: `file:${path}`, intMode: "bigint" });

/** The database as a SQLite file, and as a file that was made from its SQL. */
async function copies(source: Client): Promise<{ counts: object; exact: Client; read: Client }> {
  const dir = room.folder();
  mkdirSync(dir);
  const text = createWriteStream(join(dir, "database.sql"));
  const exact = fileClient(join(dir, "exact.sqlite"));
  const counts = await copyDatabase(source, [databaseSink(exact), sqlSink(text)]);
  text.end();
  await once(text, "close");
  const read = fileClient(join(dir, "read.sqlite"));
  await read.executeMultiple(readFileSync(join(dir, "database.sql"), "utf8"));
  return { counts, exact, read };
}

const MESSY = `
  CREATE TABLE parent(id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE);
  CREATE TABLE "odd ""name"""(a, b, "c d" TEXT DEFAULT 'x', parent INTEGER REFERENCES parent(id), CHECK (a IS NOT 7));
  CREATE TABLE pairs(k TEXT, n INTEGER, v BLOB, PRIMARY KEY (k, n)) WITHOUT ROWID;
  CREATE TABLE sums(a INTEGER, double INTEGER GENERATED ALWAYS AS (a * 2) STORED, text AS (a || '!'));
  CREATE TABLE hidden(rowid TEXT, _rowid_ TEXT, x);
  CREATE VIRTUAL TABLE notes USING fts5(body, tokenize='trigram');
  CREATE TABLE vectors(e F32_BLOB(3));
  CREATE INDEX vectors_by_nearness ON vectors(libsql_vector_idx(e));
  CREATE INDEX parents ON parent(name COLLATE NOCASE) WHERE name <> '';
  CREATE VIEW names AS SELECT name FROM parent;
  CREATE TRIGGER shout AFTER INSERT ON parent BEGIN UPDATE parent SET name = upper(name) || ';' WHERE id = new.id; END;
  INSERT INTO parent(name) VALUES ('it''s; -- one'), ('two' || char(10) || '\\n lines'), ('emoji 😀');
  DELETE FROM parent WHERE id = 3;
  INSERT INTO "odd ""name"""(rowid, a, b, parent) VALUES (-5, 1.0, X'00ff', 1), (9, 9007199254740993, NULL, 2), (10, -0.5, '', NULL);
  INSERT INTO pairs VALUES ('a', 1, X''), ('a', 2, zeroblob(5)), ('b', 1, NULL);
  INSERT INTO sums(a) VALUES (1), (-3);
  INSERT INTO hidden VALUES ('not', 'a number', 1);
  INSERT INTO notes(rowid, body) VALUES (3, 'hello world'), (8, 'good night');
  INSERT INTO vectors VALUES (vector32('[1,2,3]')), (vector32('[3,2,1]'));
`;

describe("a database that is copied", () => {
  it("is the same with all it has: rows, their numbers and types, counters, indexes, triggers, full text, vectors", async () => {
    const { sql } = await room.tenant("messy");
    await sql.executeMultiple(MESSY);
    const { counts, exact, read } = await copies(sql);
    expect(counts).toEqual({ parent: 2, 'odd "name"': 3, pairs: 3, sums: 2, hidden: 1, vectors: 2 });
    const whole = await contentOf(sql);
    expect(await contentOf(exact)).toEqual(whole);
    expect(await contentOf(read)).toEqual(whole);
    for (const copy of [exact, read]) {
      expect((await copy.execute("SELECT rowid FROM notes WHERE notes MATCH 'hello'")).rows).toMatchObject([
        { rowid: 3n },
      ]);
      const near =
        "SELECT vector_extract(e) AS e FROM vector_top_k('vectors_by_nearness', vector32('[3,2,1]'), 1) JOIN vectors ON vectors.rowid = id";
      expect((await copy.execute(near)).rows).toMatchObject([{ e: "[3,2,1]" }]);
      const { lastInsertRowid } = await copy.execute("INSERT INTO parent(name) VALUES ('next')");
      expect(lastInsertRowid).toBe(4n);
      expect((await copy.execute("SELECT name FROM parent WHERE id = 4")).rows[0]?.["name"]).toBe("NEXT;");
      copy.close();
    }
  }, 60_000);

  it("keeps every value as it is, whatever it is", async () => {
    const { sql } = await room.tenant("anything");
    await sql.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, v, w TEXT, x REAL)");
    const anyValue = fc.oneof(
      fc.constant(null),
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.string({ unit: "grapheme", maxLength: 30 }).filter((text) => text.isWellFormed()),
      fc.uint8Array({ maxLength: 30 }),
      fc.constantFrom(1, 0.1, 1e300, 5e-324, 1e21, -1e-7, "\0", "a\0b", "\\n", "'", -(2n ** 63n), 2n ** 63n - 1n),
    );
    const rows = fc.sample(fc.tuple(anyValue, anyValue, fc.double({ noNaN: true, noDefaultInfinity: true })), {
      numRuns: 700,
      seed: 14,
    });
    for (let from = 0; from < rows.length; from += 100)
      await sql.batch(
        rows.slice(from, from + 100).map((args) => ({ sql: "INSERT INTO t(v, w, x) VALUES (?, ?, ?)", args })),
        "write",
      );
    const { counts, exact, read } = await copies(sql);
    expect(counts).toEqual({ t: 700 });
    const whole = await contentOf(sql);
    expect(await contentOf(exact)).toEqual(whole);
    expect(await contentOf(read)).toEqual(whole);
    exact.close();
    read.close();
  }, 60_000);

  it("says the values that SQL has no plain word for", () => {
    const all = [-(2n ** 63n), Infinity, -Infinity, 1, -0, 1e21, "a\0"];
    expect(all.map(literal)).toEqual([
      "(-9223372036854775807 - 1)",
      "9e999",
      "-9e999",
      "1.0",
      "-0.0",
      "1e+21",
      "CAST(X'6100' AS TEXT)",
    ]);
  });

  it("may have rows of megabytes: a page that is too large is asked for again in smaller ones", async () => {
    const { sql } = await room.tenant("large");
    await sql.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, v BLOB)");
    for (let id = 1; id <= 5; id += 1)
      await sql.execute({ sql: "INSERT INTO t VALUES (?, randomblob(2500000))", args: [id] });
    const dir = room.folder();
    mkdirSync(dir);
    const exact = fileClient(join(dir, "exact.sqlite"));
    expect(await copyDatabase(sql, [databaseSink(exact)])).toEqual({ t: 5 });
    const ends = "SELECT id, length(v), hex(substr(v, 1, 20)), hex(substr(v, -20)) FROM t";
    expect((await exact.execute(ends)).rows).toEqual((await sql.execute(ends)).rows);
    exact.close();
  }, 120_000);
});

describe("the passing copy", () => {
  const through = ({ holdings: { turso, database, urlOf } }: GivenTenant, read: (copy: Client) => Promise<unknown>) => {
    if (database === undefined) throw new Error("no database");
    return withPassingCopy({ turso, database, urlOf }, { signal: SIGNAL }, read);
  };

  it("keeps its state of one instant, is readable although the database is blocked, and is deleted afterwards", async () => {
    const given = await room.tenant("alive");
    await given.sql.executeMultiple("CREATE TABLE t(a); INSERT INTO t VALUES (1)");
    const count = async (client: Client) => Number((await client.execute("SELECT count(*) FROM t")).rows[0]?.[0]);
    await through(given, async (copy) => {
      await given.sql.execute("INSERT INTO t VALUES (2)");
      expect([await count(copy), await count(given.sql)]).toEqual([1, 2]);
      await expect(copy.execute("INSERT INTO t VALUES (3)")).rejects.toThrow();
      expect(await room.databases()).toContain("alive--export");
    });
    await given.holdings.turso.configure("alive", { block_reads: true, block_writes: true }, {});
    await expect(count(given.sql)).rejects.toThrow(/blocked/i);
    await through(given, async (copy) => {
      expect(await count(copy)).toBe(2);
    });
    expect(await room.databases()).not.toContain("alive--export");
  }, 60_000);

  it("is also deleted when a read of it fails, and a killed run's copy is replaced", async () => {
    const given = await room.tenant("killed");
    await given.sql.executeMultiple("CREATE TABLE t(a); INSERT INTO t VALUES (1)");
    await expect(through(given, () => Promise.reject(new Error("no disk")))).rejects.toThrow("no disk");
    expect(await room.databases()).not.toContain("killed--export");
    const seed = { type: "database", name: "killed" } as const;
    await given.holdings.turso.createDatabase({ name: "killed--export", group: "main", seed }, {});
    await given.sql.execute("INSERT INTO t VALUES (2)");
    await through(given, async (copy) => {
      expect((await copy.execute("SELECT count(*) AS n FROM t")).rows).toMatchObject([{ n: 2n }]);
    });
  }, 60_000);

  it("never takes, reads or deletes a database that is no copy of this one", async () => {
    const given = await room.tenant("taken");
    await given.holdings.turso.createDatabase({ name: "taken--export", group: "main" }, {});
    await expect(through(given, () => Promise.resolve())).rejects.toMatchObject({
      kind: handoverErrors.EXPORT_COPY_NAME_TAKEN,
    });
    expect(await room.databases()).toContain("taken--export");
  }, 60_000);

  it("has a name that no tenant can have, however long that of the database is", () => {
    expect(copyName("tnt-prod-acme", 48)).toBe("tnt-prod-acme--export");
    expect(copyName(`${"x".repeat(39)}-yyyyyyyy`, 48)).toBe(`${"x".repeat(39)}--export`);
  });
});
