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
  return {
    async begin({ tables, virtual }) {
      const made = tables.flatMap(({ sql }) => sql ?? []);
      await client.migrate(await missing(client, [...made, ...virtual]));
      // A virtual table begins with rows of its own, which say what is in it.
      const shadows = tables.filter(({ type }) => type === "shadow").map(({ name }) => `DELETE FROM ${quoted(name)}`);
      if (shadows.length > 0) await client.migrate(shadows);
    },
    async rows(table, rows) {
      for (const part of parts(rows)) await client.migrate(inserts(table, part));
    },
    async end({ rest }, counters) {
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
