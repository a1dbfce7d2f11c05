import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { Database } from "../../../container/app/index/database.ts";
import { migrate, SchemaTooNew, schemaOf } from "../../../container/app/index/migrate.ts";
import { MIGRATIONS } from "../../../container/app/index/migrations.ts";
import { type Engine, sqld, sqlite } from "./engines.ts";

describe.each([
  ["a SQLite file", sqlite],
  ["sqld", sqld],
])("the schema of the index in %s", (_, startEngine) => {
  let engine: Engine;
  const open: Database[] = [];
  beforeAll(async () => {
    engine = await startEngine();
  });
  afterAll(async () => {
    for (const database of open) database.close();
    await engine.dispose();
  });

  const databases = async (count: number) => {
    const { address } = await engine.place();
    const made = Array.from({ length: count }, () => new Database(address, 5000));
    open.push(...made);
    return made as [Database, Database];
  };
  const numbers = async (database: Database) =>
    (await database.run("SELECT number FROM schema_migrations ORDER BY number")).rows.map((row) => row["number"]);

  it("is made once, however often and from wherever it is asked for", async () => {
    const [one, two] = await databases(2);
    expect(await schemaOf(one)).toBe(0);
    expect(await Promise.all([migrate(one), migrate(two)])).toEqual([2, 2]);
    expect(await migrate(one)).toBe(2);
    expect(await numbers(one)).toEqual([1, 2]);
  });

  it("is brought forward with the notes that are in it", async () => {
    const [database] = await databases(1);
    expect(await migrate(database, MIGRATIONS.slice(0, 1))).toBe(1);
    await database.run(
      "INSERT INTO notes (id, title, text, tags, etag, bytes, mtime, checked) VALUES ('x', 't', 'apple', '[]', '', 0, '0', 0)",
    );
    await migrate(database);
    const { rows } = await database.run("SELECT rowid FROM notes_fts WHERE notes_fts MATCH 'apple'");
    expect(rows).toHaveLength(1);
  });

  it("is left as it was by a migration that fails", async () => {
    const [database] = await databases(1);
    await migrate(database);
    const broken = { number: 3, name: "broken", statements: ["CREATE TABLE half (a)", "NOT SQL"] };
    await expect(migrate(database, [...MIGRATIONS, broken])).rejects.toThrow();
    expect(await numbers(database)).toEqual([1, 2]);
    expect((await database.run("SELECT 1 FROM sqlite_master WHERE name = 'half'")).rows).toEqual([]);
    const fixed = { ...broken, statements: ["CREATE TABLE half (a)"] };
    expect(await migrate(database, [...MIGRATIONS, fixed])).toBe(3);
    await expect(migrate(database)).rejects.toThrow(SchemaTooNew);
  });

  it("has numbers that rise by one", () => {
    expect(MIGRATIONS.map(({ number }) => number)).toEqual(MIGRATIONS.map((__, position) => position + 1));
  });
});
