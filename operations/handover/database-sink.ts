import type { Client, InStatement } from "@libsql/client";

import type { RowValues } from "./database-rows.ts";
import { asText, quoted, type TableShape } from "./database-shape.ts";
import type { RowSink } from "./row-sink.ts";

/** How many values one statement carries: SQLite takes 32 766. */
const MOST_VALUES = 8000;
/** About how many bytes one call carries. */
const MOST_BYTES = 1_000_000;

/**
 * Writes into a database: a SQLite file, or one at Turso. What is there already is written over by what has its key, so that
 * a copy that broke off can be repeated. Foreign keys are not looked at meanwhile: tables come in no order.
 */
export function databaseSink(client: Client): RowSink {
  const begun = new Set<string>();
  /**
   * A virtual table begins with rows of its own, which say what is in it. They go with the first that take their place: without any
   * the table could not even be dropped, and a copy may break off between two calls.
   */
  const emptying = ({ name, type }: TableShape): string[] => {
    if (type === "table" || begun.has(name)) return [];
    begun.add(name);
    return [`DELETE FROM ${quoted(name)}`];
  };
  return {
    async begin({ tables, virtual }) {
      const made = tables.flatMap(({ sql }) => sql ?? []);
      await client.migrate(await missing(client, [...made, ...virtual]));
    },
    async rows(table, rows) {
      for (const part of parts(rows)) await client.migrate([...emptying(table), ...inserts(table, part)]);
    },
    async end({ tables, rest }, counters) {
      const empty = tables.flatMap(emptying);
      if (empty.length > 0) await client.migrate(empty);
      const counts = counters.flatMap(([name, count]): InStatement[] => [
        { sql: "DELETE FROM sqlite_sequence WHERE name = ?", args: [name ?? null] },
        { sql: "INSERT INTO sqlite_sequence(name, seq) VALUES (?, ?)", args: [name ?? null, count ?? null] },
      ]);
      await client.migrate([...counts, ...(await missing(client, rest))]);
    },
  };
}

/** The statements whose table, index, view or trigger is not there yet. */
async function missing(client: Client, statements: readonly string[]): Promise<string[]> {
  const { rows } = await client.execute("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL");
  const there = new Set(rows.map((row) => asText(row[0])));
  return statements.filter((sql) => !there.has(sql));
}

function* parts(rows: readonly RowValues[]): Generator<readonly RowValues[]> {
  let part: RowValues[] = [];
  let bytes = 0;
  for (const row of rows) {
    part.push(row);
    bytes += row.reduce<number>((sum, value) => sum + bytesOf(value), 0);
    if (bytes < MOST_BYTES) continue;
    yield part;
    part = [];
    bytes = 0;
  }
  if (part.length > 0) yield part;
}

function bytesOf(value: RowValues[number]): number {
  if (typeof value === "string") return value.length;
  return value instanceof ArrayBuffer ? value.byteLength : 8;
}

function inserts({ name, columns }: TableShape, rows: readonly RowValues[]): InStatement[] {
  const head = `INSERT OR REPLACE INTO ${quoted(name)} (${columns.map(quoted).join(", ")}) VALUES`;
  const each = Math.max(1, Math.floor(MOST_VALUES / columns.length));
  const statements: InStatement[] = [];
  for (let from = 0; from < rows.length; from += each) {
    const some = rows.slice(from, from + each);
    const places = some.map((row) => `(${row.map(placeOf).join(", ")})`);
    const args = some.flat().filter((value) => placeOf(value) === "?");
    statements.push({ sql: `${head} ${places.join(", ")}`, args });
  }
  return statements;
}

/** Infinity is no number in JSON; SQL can say it. */
function placeOf(value: RowValues[number]): string {
  if (value === Infinity) return "9e999";
  return value === -Infinity ? "-9e999" : "?";
}
