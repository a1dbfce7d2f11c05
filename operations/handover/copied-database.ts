import type { Client } from "@libsql/client";

import { databaseShape } from "./database-shape.ts";
import { rowPages, type RowValues } from "./database-rows.ts";
import type { RowSink } from "./row-sink.ts";

/** Rows by table; those that hold a virtual table's are not counted. */
export type RowCounts = Readonly<Record<string, number>>;

/**
 * Carries everything in a database to `sinks`, page by page: memory holds one page of rows, however many there are. Nobody
 * may write to it meanwhile. `tell` hears how many rows have been carried.
 */
export async function copyDatabase(
  source: Client,
  sinks: readonly RowSink[],
  tell: (rows: number) => void = () => undefined,
): Promise<RowCounts> {
  const shape = await databaseShape(source);
  for (const sink of sinks) await sink.begin(shape);
  const counts: Record<string, number> = {};
  let all = 0;
  for (const table of shape.tables) {
    if (table.type === "table") counts[table.name] = 0;
    for await (const rows of rowPages(source, table)) {
      for (const sink of sinks) await sink.rows(table, rows);
      if (table.type === "table") counts[table.name] = (counts[table.name] ?? 0) + rows.length;
      tell((all += rows.length));
    }
  }
  const counters = await countersOf(source);
  for (const sink of sinks) await sink.end(shape, counters);
  return counts;
}

/** The highest numbers that AUTOINCREMENT has given. */
async function countersOf(source: Client): Promise<readonly RowValues[]> {
  const has = await source.execute("SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_sequence'");
  if (has.rows.length === 0) return [];
  const { rows } = await source.execute("SELECT name, seq FROM sqlite_sequence ORDER BY name");
  return rows.map((row) => [row[0] ?? null, row[1] ?? null]);
}
