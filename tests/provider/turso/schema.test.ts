import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { InStatement, ResultSet } from "@libsql/client";

import { readLedger } from "../../../provider/turso/schema-ledger.ts";
import { bringTo } from "../../../provider/turso/schema-run.ts";
import { schemaErrors } from "../../../tenants/schemas/errors.ts";
import { schemaDigest } from "../../../tenants/schemas/migration.ts";
import { testCall } from "../../support/call.ts";
import { times } from "../../support/deep.ts";
import { outsider } from "../../support/outsider.ts";
import { failureOf } from "./platform.ts";
import { openSchemaRoom, type SchemaDatabase, type SchemaRoom } from "./schema-room.ts";

const SLOW = 120_000;
let room: SchemaRoom;
beforeAll(async () => {
  room = await openSchemaRoom();
}, SLOW);
afterAll(() => room.dispose());

const NOTES = "CREATE TABLE notes (id INTEGER PRIMARY KEY, slug TEXT);\nCREATE TABLE runs (n INTEGER);\n";
const SLUGS =
  "INSERT INTO runs VALUES (2);\nALTER TABLE notes ADD COLUMN text TEXT;\nCREATE UNIQUE INDEX slugs ON notes (slug);\n";
const BACK = "INSERT INTO runs VALUES (-2);\nDROP INDEX slugs;\nALTER TABLE notes DROP COLUMN text;\n";
const FILES = { "0001_notes.sql": NOTES, "0002_slugs.sql": SLUGS, "0002_slugs.down.sql": BACK };
const COLUMNS = "SELECT name FROM pragma_table_info('notes')";

const bring = (database: SchemaDatabase, from: string, version: number) =>
  bringTo(database.connect(), room.target(from, version), { tenant: "acme" });

describe("a database's schema", () => {
  it("is brought to the declared version, and the ledger says what ran, when, and by which commit", async () => {
    const from = room.folder(FILES);
    const database = await room.database("brought");
    const before = Date.now();
    const { id } = await room.type().create(database.inputs(from, 2), testCall());
    expect(id).toBe("brought");
    const { rows } = await database.sql.execute("SELECT * FROM _tenantry_migrations ORDER BY number");
    expect(rows).toMatchObject([
      { number: 1, name: "notes", revision: "c0ffee00c0ffee00" },
      { number: 2, name: "slugs", checksum: expect.stringMatching(/^[0-9a-f]{64}$/) },
    ]);
    for (const { applied } of rows) expect(Date.parse(applied as string)).toBeGreaterThanOrEqual(before - 1000);
    expect(await database.column(COLUMNS)).toEqual(["id", "slug", "text"]);
    // Again it has nothing to do.
    await room.type().create(database.inputs(from, 2), testCall());
    expect(await database.column("SELECT n FROM runs")).toEqual([2]);
  });

  it("is taken back by what takes it back, and forward again", async () => {
    const from = room.folder(FILES);
    const database = await room.database("back");
    await bring(database, from, 2);
    await bring(database, from, 1);
    expect([await database.ledger(), await database.column(COLUMNS)]).toEqual([[1], ["id", "slug"]]);
    await bring(database, from, 2);
    expect(await database.column("SELECT n FROM runs ORDER BY rowid")).toEqual([2, -2, 2]);
  });

  it("stays as it was where a migration fails, which says where and why; it goes on once the data is right", async () => {
    const from = room.folder(FILES);
    const database = await room.database("failing");
    await bring(database, from, 1);
    await database.sql.execute("INSERT INTO notes (slug) VALUES ('a'), ('a'), ('b')");
    const update = room
      .type()
      .update?.("failing", { inputs: database.inputs(from, 1), state: {} }, database.inputs(from, 2), testCall());
    const failure = await failureOf(update ?? Promise.resolve());
    expect(String(failure)).toMatch(/SCHEMA_MIGRATION_FAILED: migrations\/f\d+\/0002_slugs\.sql:3: .*UNIQUE/);
    expect(await database.ledger()).toEqual([1]);
    expect(await database.column(COLUMNS)).toEqual(["id", "slug"]);
    expect(await database.column("SELECT n FROM runs")).toEqual([]);
    await database.sql.execute("UPDATE notes SET slug = slug || id");
    await bring(database, from, 2);
    expect(await database.ledger()).toEqual([1, 2]);
  });

  it("stays as it was where a text is none that the database can read", async () => {
    const from = room.folder({ "0001_bad.sql": "CREATE TABLE notes (id INTEGER);\nCREATE TABLE more (id INTEGER" });
    const database = await room.database("unreadable");
    const failure = await failureOf(bring(database, from, 1));
    expect(failure).toMatchObject({ code: schemaErrors.SCHEMA_MIGRATION_FAILED.code });
    expect(await database.column("SELECT name FROM sqlite_schema")).toEqual([]);
  });

  it("is brought forward by one of several runners at once: each migration runs once, both ways", async () => {
    const from = room.folder(FILES);
    const database = await room.database("together");
    for (const [version, expected] of [
      [2, [2]],
      [1, [2, -2]],
      [2, [2, -2, 2]],
    ] as const) {
      const ran = await Promise.all(Array.from({ length: 4 }, () => bring(database, from, version)));
      expect(ran.flat().length).toBe(version === 2 && expected.length === 1 ? 2 : 1);
      expect(await database.column("SELECT n FROM runs ORDER BY rowid")).toEqual(expected);
    }
    expect(await database.ledger()).toEqual([1, 2]);
  });

  it("is read again where another runner makes its ledger between two questions", async () => {
    const from = room.folder(FILES);
    const database = await room.database("between");
    const client = database.connect();
    const execute: (statement: InStatement) => Promise<ResultSet> = client.execute.bind(client);
    let asked = 0;
    client.execute = async (statement: InStatement) => {
      asked += 1;
      if (asked > 1) return execute(statement);
      return execute(statement).finally(() => bring(database, from, 2));
    };
    expect((await readLedger(client)).map(({ number }) => number)).toEqual([1, 2]);
  });

  it("counts a migration as done whose answer was lost, and does not run it twice", async () => {
    const from = room.folder(FILES);
    const database = await room.database("lost");
    const client = database.connect();
    const batch = client.batch.bind(client);
    client.batch = async (...args) => {
      await batch(...args);
      throw new TypeError("terminated");
    };
    await bringTo(client, room.target(from, 2), { tenant: "acme" });
    expect(await database.ledger()).toEqual([1, 2]);
    expect(await database.column("SELECT n FROM runs")).toEqual([2]);
  });

  it(
    "has a migration with its ledger line or neither, whenever the database is killed",
    async () => {
      const rows = 20_000;
      const long = `CREATE TABLE big (n INTEGER, t TEXT);
WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < ${rows})
INSERT INTO big SELECT n, hex(zeroblob(40)) FROM c;
CREATE INDEX big_t ON big (t, n);`;
      const from = room.folder({ "0001_big.sql": long });
      for (let round = 0; round < times(3, 40); round += 1) {
        const database = await room.database(`killed-${round}`);
        await database.sql.execute("CREATE TABLE mine (n INTEGER)");
        const running = bring(database, from, 1).catch((error: unknown) => error);
        await sleep(Math.random() * 150);
        await room.cloud.kill();
        await running;
        await room.cloud.restart();
        const tables = await database.column(
          "SELECT name FROM sqlite_schema WHERE name IN ('big', '_tenantry_migrations')",
        );
        const has =
          tables.length === 0 ? [] : [await database.ledger(), await database.column("SELECT count(*) FROM big")];
        expect([[], [[1], [rows]]]).toContainEqual(has);
        await bring(database, from, 1);
        expect([await database.ledger(), await database.column("SELECT count(*) FROM big")]).toEqual([[1], [rows]]);
      }
    },
    times(SLOW, 20 * SLOW),
  );

  it("is not touched where a file that it has had was changed", async () => {
    const from = room.folder(FILES);
    const database = await room.database("changed");
    await bring(database, from, 1);
    writeFileSync(join(room.projectDir, from, "0001_notes.sql"), `${NOTES}CREATE TABLE more (n INTEGER);\n`);
    const failure = await failureOf(room.type().create(database.inputs(from, 2), testCall()));
    expect(failure).toMatchObject({ code: schemaErrors.SCHEMA_FILE_CHANGED.code });
    expect(await database.ledger()).toEqual([1]);
  });

  it("is not touched where the files are others than the plan was made with", async () => {
    const from = room.folder(FILES);
    const database = await room.database("moved");
    const planned = database.inputs(from, 2);
    writeFileSync(join(room.projectDir, from, "0002_slugs.sql"), `${SLUGS}CREATE TABLE more (n INTEGER);\n`);
    const failure = await failureOf(room.type().create(planned, testCall()));
    expect(failure).toMatchObject({ code: schemaErrors.SCHEMA_FILES_MOVED.code });
    expect(await database.column("SELECT name FROM sqlite_schema")).toEqual([]);
  });

  it("shows in a refresh what the ledger says: of a database as it was before a migration, the older version", async () => {
    const from = room.folder(FILES);
    const database = await room.database("living");
    await bring(database, from, 1);
    await database.sql.execute("INSERT INTO notes (slug) VALUES ('a')");
    const timestamp = await pointWith(database, "SELECT slug FROM notes");
    await bring(database, from, 2);
    const restored = await room.database("restored", { name: "living", timestamp });
    const inputs = restored.inputs(from, 2);
    const seen = await room.type().read("restored", { inputs, state: {} }, testCall());
    expect(seen?.inputs).toEqual(restored.inputs(from, 1));
    await room.type().update?.("restored", { inputs: seen?.inputs ?? inputs, state: {} }, inputs, testCall());
    expect([await restored.ledger(), await restored.column("SELECT slug FROM notes")]).toEqual([[1, 2], ["a"]]);
  });

  it("is known no better than before where the database answers nobody", async () => {
    const from = room.folder(FILES);
    const database = await room.database("blocked");
    await bring(database, from, 1);
    const known = { inputs: database.inputs(from, 1), state: {} };
    await outsider(room.cloud).turso("PATCH", "/databases/blocked/configuration", { block_reads: true });
    const call = testCall();
    expect(await room.type().read("blocked", known, call)).toMatchObject(known);
    expect(call.lines).toMatchObject([{ severity: "warning", line: expect.stringContaining("blocked") }]);
  });

  it("stays what it was while the tenant is closed, and no call is made for it", async () => {
    const from = room.folder(FILES);
    const database = await room.database("closed");
    const type = room.type();
    const olds = database.inputs(from, 1);
    const news = type.check?.(database.inputs(from, 2, { closed: true }), olds, () => new Date());
    expect(news).toEqual({ ...olds, closed: true });
    const fresh = type.check?.(database.inputs(from, 2, { closed: true }), undefined, () => new Date());
    expect(fresh).toMatchObject({ version: 0, digest: schemaDigest([]) });
    await room.cloud.forgetCalls();
    await type.update?.("closed", { inputs: olds, state: {} }, news ?? olds, testCall());
    await type.read("closed", { inputs: news ?? olds, state: {} }, testCall());
    expect(await room.cloud.calls()).toEqual([]);
  });

  it("is imported by the database's name, as its ledger says", async () => {
    const from = room.folder(FILES);
    const database = await room.database("imported");
    await bring(database, from, 2);
    const { version, digest, dbId } = database.inputs(from, 2);
    expect(await room.type().read("imported", undefined, testCall())).toMatchObject({
      id: "imported",
      inputs: { database: "imported", version, digest, dbId },
    });
    expect(await room.type().read("not-there", undefined, testCall())).toBeUndefined();
  });

  it("is left as it is once too many have failed in the run", async () => {
    const from = room.folder({ "0001_bad.sql": "INSERT INTO notes VALUES (1)" });
    const type = room.type();
    const codes: unknown[] = [];
    for (let n = 0; n < 5; n += 1) {
      const database = await room.database(`halt-${n}`);
      const failure = await failureOf(type.create(database.inputs(from, 1), testCall()));
      codes.push((failure as { code: string }).code);
    }
    const { SCHEMA_MIGRATION_FAILED: failed, SCHEMA_HALTED: halted } = schemaErrors;
    expect(codes).toEqual([failed.code, failed.code, failed.code, halted.code, halted.code]);
  });
});

/** A moment as of which the cloud makes the database with what this finds: its points in time are some apart. */
async function pointWith({ name }: SchemaDatabase, sql: string): Promise<string> {
  for (let attempt = 0; ; attempt += 1) {
    const timestamp = new Date().toISOString();
    const looked = await room.database(`${name}-look-${attempt}`, { name, timestamp });
    const found = await looked.column(sql).catch(() => []);
    if (found.length > 0) return timestamp;
    await sleep(60);
  }
}
