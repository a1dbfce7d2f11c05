import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";

import { formatFault } from "../../../tenants/fault.ts";
import { lint } from "../../../tenants/schemas/lint.ts";
import { declaredDigest } from "../../../tenants/schemas/migration.ts";
import { parseFolder } from "../../../tenants/schemas/parse-folder.ts";
import { type Statement, statementsIn } from "../../../tenants/schemas/statements.ts";

const parsed = (files: Readonly<Record<string, string>>) =>
  parseFolder(
    "migrations/notes",
    Object.entries(files).map(([name, text]) => ({ name, text })),
  );

describe("a folder of migrations", () => {
  it("is read in the order of its numbers, however its files come, with what takes each back", () => {
    const names = ["0001_notes.sql", "0002_slug.sql", "0002_slug.down.sql", "0003_log_2.sql"];
    fc.assert(
      fc.property(fc.shuffledSubarray(names, { minLength: 4 }), (order) => {
        const { folder, faults } = parsed(Object.fromEntries(order.map((name) => [name, "SELECT 1"])));
        expect(faults).toEqual([]);
        expect(folder.migrations.map(({ number, name, down }) => [number, name, down !== undefined])).toEqual([
          [1, "notes", false],
          [2, "slug", true],
          [3, "log_2", false],
        ]);
      }),
    );
  });

  it("may hold a check of queries, which is no migration, and nothing that writes", () => {
    const { folder, faults } = parsed({
      "0001_notes.sql": "SELECT 1",
      "check.sql": "SELECT replace(a, 'x', 'y') FROM notes;\nWITH b AS (VALUES (1)) SELECT * FROM b",
    });
    expect(faults).toEqual([]);
    expect(folder.migrations).toHaveLength(1);
    expect(folder.check?.statements).toHaveLength(2);
    const wrong = parsed({ "check.sql": "SELECT 1;\nDELETE FROM notes;\nWITH b AS (VALUES (1)) DELETE FROM notes" });
    expect(wrong.faults.map(formatFault)).toEqual([
      "migrations/notes/check.sql:2:1: expected a query: SELECT, VALUES or WITH",
      "migrations/notes/check.sql:3:1: expected a query: SELECT, VALUES or WITH",
    ]);
  });

  it("tells all that is wrong with it at once, each with its place", () => {
    const { faults } = parsed({
      "1_short.sql": "SELECT 1",
      "0001_notes.sql": "CREATE TABLE a (b);\nVACUUM;\nBEGIN",
      "0001_other.sql": "SELECT 1",
      "0003_gap.sql": "-- nothing",
      "0004_open.sql": "SELECT 'x",
      "0005_lonely.down.sql": "SELECT 1",
      "notes.txt": "",
    });
    expect(faults.map(formatFault).sort()).toEqual([
      "migrations/notes/0001_notes.sql:2:1: VACUUM does not run in a transaction, so it could be applied only in part",
      "migrations/notes/0001_notes.sql:3:1: BEGIN: tenantry runs each migration in one transaction; remove it",
      "migrations/notes/0001_other.sql:1:1: expected a number of its own: 0001_notes has it too",
      "migrations/notes/0003_gap.sql:1:1: expected at least one statement",
      "migrations/notes/0003_gap.sql:1:1: expected no gap: the number before it is missing (numbers count from 0001)",
      "migrations/notes/0004_open.sql:1:8: expected the end of what begins here",
      "migrations/notes/0005_lonely.down.sql:1:1: expected the migration that it reverts in the same folder",
      "migrations/notes/1_short.sql:1:1: expected a name like 0014_add_index.sql, 0014_add_index.down.sql, or check.sql",
      "migrations/notes/notes.txt:1:1: expected a name like 0014_add_index.sql, 0014_add_index.down.sql, or check.sql",
    ]);
  });

  it("has a digest that follows every text up to the version, and no ends of lines", () => {
    const digest = (second: string, version = 2) =>
      declaredDigest(parsed({ "0001_a.sql": "SELECT 1;\nSELECT 2", "0002_b.sql": second }).folder, version);
    expect(digest("SELECT 1\r\n")).toBe(digest("SELECT 1\n"));
    expect(digest("SELECT 2")).not.toBe(digest("SELECT 1"));
    expect(digest("SELECT 2", 1)).toBe(digest("SELECT 1", 1));
    expect(digest("SELECT 1", 1)).not.toBe(digest("SELECT 1", 2));
  });
});

describe("the lint of a statement", () => {
  const rulesOf = (sql: string) =>
    (statementsIn(sql) as readonly Statement[]).flatMap((each) =>
      lint(each).map(({ level, rule }) => `${level} ${rule}`),
    );

  it.each([
    ["COMMIT", "refused own-transaction"],
    ["attach 'x' AS y", "refused outside-transaction"],
    ["PRAGMA foreign_keys = OFF", "refused pragma"],
    ["PRAGMA user_version = 3", "refused pragma"],
    ["CREATE TEMP TABLE a (b)", "refused temporary"],
    ["UPDATE a SET b = ?1 WHERE c = 1", "refused parameter"],
    ["DELETE FROM a WHERE b = :name", "refused parameter"],
    ['DROP TABLE "_Tenantry_migrations"', "refused ledger"],
    ["DROP TABLE notes", "warning drop"],
    ["ALTER TABLE notes DROP COLUMN text", "warning drop"],
    ["ALTER TABLE notes RENAME COLUMN text TO body", "warning rename"],
    ["ALTER TABLE notes ADD COLUMN a TEXT NOT NULL", "warning not-null"],
    ["UPDATE notes SET a = 1", "warning whole-table"],
    ["CREATE INDEX a ON notes (b)", "warning index"],
    ["CREATE UNIQUE INDEX a ON notes (b)", "warning unique-index"],
    ["INSERT INTO a SELECT * FROM b", "warning copy"],
  ])("speaks of %j: %s", (sql, expected) => {
    expect(rulesOf(sql)).toContain(expected);
  });

  it.each([
    'CREATE TABLE notes (id INTEGER PRIMARY KEY, "drop" TEXT NOT NULL)',
    "PRAGMA defer_foreign_keys = ON",
    "ALTER TABLE notes ADD COLUMN a TEXT NOT NULL DEFAULT 'drop ?'",
    "UPDATE notes SET a = 'x' WHERE a IS NULL",
    "INSERT INTO notes (a) VALUES ('_tenantry_')",
    "DROP INDEX notes_by_day",
    "CREATE TRIGGER t AFTER INSERT ON notes BEGIN UPDATE notes SET a = 1 WHERE id = new.id; END",
  ])("has nothing to say of %j", (sql) => {
    expect(rulesOf(sql)).toEqual([]);
  });
});
