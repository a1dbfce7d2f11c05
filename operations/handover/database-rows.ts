import { type Client, LibsqlError, type Value } from "@libsql/client";

import { quoted, type TableShape } from "./database-shape.ts";

/** A row: as many values as the table has columns. Integers are bigint, other numbers are REAL. */
export type RowValues = readonly Value[];

/** Rows of one answer. sqld and Turso answer with up to 10 MB; a page that is too large is asked for again in smaller ones. */
const PAGE = 500;

/** All rows of a table in the order of its key, page by page. Memory holds one page. */
export async function* rowPages(client: Client, table: TableShape): AsyncGenerator<readonly RowValues[]> {
  const columns = table.columns.map(quoted).join(", ");
  const key = table.key.map(quoted).join(", ");
  const places = table.key.map((name) => table.columns.indexOf(name));
  let size = PAGE;
  for (let after: RowValues | undefined; ;) {
    const beyond = after === undefined ? "" : ` WHERE (${key}) > (${table.key.map(() => "?").join(", ")})`;
    const sql = `SELECT ${columns} FROM ${quoted(table.name)}${beyond} ORDER BY ${key} LIMIT ${size}`;
    const rows = await pageOf(client, sql, after);
    if (rows === "too large") {
      size = Math.max(1, Math.floor(size / 4));
      continue;
    }
    if (rows.length > 0) yield rows;
    const last = rows.at(-1);
    if (last === undefined || rows.length < size) return;
    after = places.map((place) => last[place] ?? null);
  }
}

async function pageOf(
  client: Client,
  sql: string,
  after: RowValues | undefined,
): Promise<readonly RowValues[] | "too large"> {
  try {
    const { rows, columns } = await client.execute({ sql, args: after === undefined ? [] : [...after] });
    return rows.map((row) => columns.map((_, place) => row[place] ?? null));
  } catch (error) {
    if (error instanceof LibsqlError && error.code === "RESPONSE_TOO_LARGE" && !sql.endsWith(" LIMIT 1"))
      return "too large";
    throw error;
  }
}
