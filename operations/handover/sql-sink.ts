import type { WriteStream } from "node:fs";
import { once } from "node:events";

import type { RowValues } from "./database-rows.ts";
import { quoted } from "./database-shape.ts";
import type { RowSink } from "./row-sink.ts";

/** Writes a database as SQL text, one statement per row, in the order in which it can be read in again. */
export function sqlSink(stream: WriteStream): RowSink {
  const write = async (...lines: readonly string[]) => {
    for (const line of lines) if (!stream.write(`${line}\n`)) await once(stream, "drain");
  };
  return {
    begin: ({ tables, virtual }) =>
      write(
        "-- sqlite3 reads the rows of virtual tables only after: .dbconfig defensive off",
        "PRAGMA foreign_keys=OFF;",
        "BEGIN TRANSACTION;",
        ...tables.flatMap(({ sql }) => (sql === undefined ? [] : [`${sql};`])),
        ...virtual.map((sql) => `${sql};`),
        ...tables.filter(({ type }) => type === "shadow").map(({ name }) => `DELETE FROM ${quoted(name)};`),
      ),
    rows: ({ name, columns }, rows) => {
      const head = `INSERT INTO ${quoted(name)} (${columns.map(quoted).join(", ")}) VALUES`;
      return write(...rows.map((row) => `${head} (${row.map(literal).join(", ")});`));
    },
    end: ({ rest }, counters) =>
      write(
        ...(counters.length === 0 ? [] : ["DELETE FROM sqlite_sequence;"]),
        ...counters.map((row) => `INSERT INTO sqlite_sequence(name, seq) VALUES (${row.map(literal).join(", ")});`),
        ...rest.map((sql) => `${sql};`),
        "COMMIT;",
      ),
  };
}

/** A value as SQL says it: the same type and the same value when it is read in. */
export function literal(value: RowValues[number]): string {
  if (value === null) return "NULL";
  if (typeof value === "bigint") return smallest(value);
  if (typeof value === "number") return real(value);
  if (value instanceof ArrayBuffer) return `X'${Buffer.from(value).toString("hex")}'`;
  // A reader of SQL ends a text at its first NUL.
  if (value.includes("\0")) return `CAST(X'${Buffer.from(value).toString("hex")}' AS TEXT)`;
  return `'${value.replaceAll("'", "''")}'`;
}

/** The smallest integer cannot be said as a number with a sign before it. */
function smallest(value: bigint): string {
  return value === -(2n ** 63n) ? "(-9223372036854775807 - 1)" : String(value);
}

function real(value: number): string {
  if (!Number.isFinite(value)) return value > 0 ? "9e999" : "-9e999";
  const text = Object.is(value, -0) ? "-0" : String(value);
  // SQL takes a number with a dot or an exponent for REAL.
  return /[.e]/.test(text) ? text : `${text}.0`;
}
