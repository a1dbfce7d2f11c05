import { describe, expect, it } from "@jest/globals";

import { rowsIn, tablesToAsk } from "../../../operations/teardown/tables.ts";

const plain = (name: string) => ({ name, sql: `CREATE TABLE "${name}" (x)` });
const asked = (...tables: { name: string; sql: string }[]) => tablesToAsk(tables).map(({ name }) => name);

describe("the tables that may hold what somebody wrote", () => {
  it("are all but SQLite's own, also with names that need quotes", () => {
    expect(asked(plain("orders"), plain("sqlite_sequence"), plain("libsql_vector_meta_shadow"))).toEqual(["orders"]);
    expect(asked(plain("sqlitex"), plain("_private"), plain('a"b'))).toEqual(["_private", 'a"b', "sqlitex"]);
    expect(rowsIn({ name: 'a"b' })).toContain('FROM "a""b" LIMIT');
  });

  it("leave out only what an index keeps about itself: the tables with a row for everything indexed are asked", () => {
    const fts = { name: "find", sql: "CREATE VIRTUAL TABLE find\nUSING FTS5(words)" };
    const parts = ["data", "idx", "config", "content", "docsize"].map((part) => plain(`find_${part}`));
    expect(asked(fts, ...parts)).toEqual(["find_content", "find_docsize"]);
    const tree = { name: "where", sql: "CREATE VIRTUAL TABLE IF NOT EXISTS where USING rtree(id, a, b)" };
    expect(asked(tree, plain("where_node"), plain("where_rowid"), plain("where_parent"))).toEqual([
      "where_parent",
      "where_rowid",
    ]);
  });

  it("are asked where they are only called like the parts of an index that is not there", () => {
    expect(asked(plain("find_data"), plain("customers_config"))).toEqual(["customers_config", "find_data"]);
    const of = { name: "find", sql: "CREATE VIRTUAL TABLE find USING rtree(id, a, b)" };
    expect(asked(of, plain("find_data"), plain("find_node"))).toEqual(["find_data"]);
  });

  it("tell a migration tool's own list by its name, whatever case it has, and nothing else by a name like that", () => {
    const [found] = tablesToAsk([plain("SequelizeMeta")]);
    expect(found).toEqual({ name: "SequelizeMeta", ledgerOf: "Sequelize" });
    expect(tablesToAsk([plain("_tenantry_migrations")])).toEqual([
      { name: "_tenantry_migrations", ledgerOf: "tenantry" },
    ]);
    expect(tablesToAsk([plain("my_schema_migrations"), plain("constructor"), plain("migrations")])).toEqual([
      { name: "constructor" },
      { name: "migrations" },
      { name: "my_schema_migrations" },
    ]);
  });
});
