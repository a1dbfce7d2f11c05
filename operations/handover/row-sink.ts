import type { RowValues } from "./database-rows.ts";
import type { DatabaseShape, TableShape } from "./database-shape.ts";

/** Where the rows of a database go: a SQLite file, SQL text, another database. */
export interface RowSink {
  /** Before any row: the tables. */
  begin(shape: DatabaseShape): Promise<void>;
  rows(table: TableShape, rows: readonly RowValues[]): Promise<void>;
  /** After all rows: counters, indexes, views, triggers. */
  end(shape: DatabaseShape, counters: readonly RowValues[]): Promise<void>;
}
