import type { Client, Row, Value } from "@libsql/client";

/** A table that is copied row by row. */
export interface TableShape {
  readonly name: string;
  /** `shadow`: what holds the rows of a virtual table; it comes into being with that one. */
  readonly type: "table" | "shadow";
  /** What makes it. Undefined for a shadow. */
  readonly sql: string | undefined;
  /** What a row is read and written by: every column that is not generated, and the row's number where the table has one. */
  readonly columns: readonly string[];
  /** The columns that order the rows; each row has its own. */
  readonly key: readonly string[];
}

/** Everything in a database but its rows. */
export interface DatabaseShape {
  readonly tables: readonly TableShape[];
  /** Statements that make the virtual tables. */
  readonly virtual: readonly string[];
  /** Statements for indexes, views and triggers, in the order in which they were made; they come after the rows. */
  readonly rest: readonly string[];
  /** Statements that remove all of it, in this order. */
  readonly dropping: readonly string[];
}

/** libSQL's vector indexes make and fill these by themselves. */
const VECTOR_META = "libsql_vector_meta_shadow";
/** Names of a row's number; a column of the same name hides one. */
const ROW_NUMBERS = ["_rowid_", "rowid", "oid"];

/** Reads what a database is made of. Source: sqlite.org/pragma.html (table_list, table_xinfo), sqlite.org/schematab.html. */
export async function databaseShape(client: Client): Promise<DatabaseShape> {
  const [schema, list] = await client.batch(
    [
      "SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY rowid",
      "SELECT name, type, wr FROM pragma_table_list WHERE schema = 'main'",
    ],
    "read",
  );
  const objects = (schema?.rows ?? []).map((row) => ({ ...textsOf(row), sql: asText(row["sql"]) }));
  const kinds = new Map((list?.rows ?? []).map((row) => [asText(row["name"]), row] as const));
  const kept = ownOfVectorIndexes(objects);
  const meant = objects.filter(({ name, table }) => !name.startsWith("sqlite_") && !kept.has(name) && !kept.has(table));
  const kindOf = (name: string) => asText(kinds.get(name)?.["type"]);
  const tables = meant.filter(({ type, name }) => type === "table" && kindOf(name) !== "virtual");
  const virtual = meant.filter(({ type, name }) => type === "table" && kindOf(name) === "virtual");
  // What indexes a shadow came with its virtual table.
  const rest = meant.filter(({ type, table }) => type !== "table" && kindOf(table) !== "shadow");
  const own = tables.filter(({ name }) => kindOf(name) !== "shadow");
  return {
    tables: await Promise.all(
      tables.map(async ({ name, sql }) => {
        const isShadow = kindOf(name) === "shadow";
        const columns = await columnsOf(client, name, Number(kinds.get(name)?.["wr"]) === 1);
        return { name, type: isShadow ? "shadow" : "table", sql: isShadow ? undefined : sql, ...columns } as const;
      }),
    ),
    virtual: virtual.map(({ sql }) => sql),
    rest: rest.map(({ sql }) => sql),
    // A view or a trigger that was made last may need the ones before it.
    dropping: [...rest.toReversed(), ...virtual, ...own].map(
      ({ type, name }) => `DROP ${type.toUpperCase()} IF EXISTS ${quoted(name)}`,
    ),
  };
}

function textsOf(row: Row): { type: string; name: string; table: string } {
  return { type: asText(row["type"]), name: asText(row["name"]), table: asText(row["tbl_name"]) };
}

/** Tables that vector indexes keep. */
function ownOfVectorIndexes(objects: readonly { type: string; name: string; sql: string }[]): ReadonlySet<string> {
  if (!objects.some(({ name }) => name === VECTOR_META)) return new Set();
  const indexes = objects.filter(({ type, sql }) => type === "index" && /libsql_vector_idx\s*\(/i.test(sql));
  return new Set([VECTOR_META, ...indexes.map(({ name }) => `${name}_shadow`)]);
}

async function columnsOf(
  client: Client,
  table: string,
  isWithoutRowNumber: boolean,
): Promise<Pick<TableShape, "columns" | "key">> {
  const { rows } = await client.execute({
    sql: "SELECT name, pk, hidden FROM pragma_table_xinfo(?) ORDER BY cid",
    args: [table],
  });
  const named = rows.map((row) => ({
    name: asText(row["name"]),
    place: Number(row["pk"]),
    hidden: Number(row["hidden"]),
  }));
  const stored = named.filter(({ hidden }) => hidden === 0).map(({ name }) => name);
  const primary = named.filter(({ place }) => place > 0).sort((one, other) => one.place - other.place);
  if (isWithoutRowNumber) return { columns: stored, key: primary.map(({ name }) => name) };
  const taken = new Set(named.map(({ name }) => name.toLowerCase()));
  const number = ROW_NUMBERS.find((name) => !taken.has(name));
  // All three names are columns: then only the primary key tells rows apart.
  if (number === undefined) return { columns: stored, key: primary.map(({ name }) => name) };
  return { columns: [number, ...stored], key: [number] };
}

/** A name as SQL takes it, whatever is in it. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A name or a statement in the schema, which is always text; empty for what is none. */
export function asText(value: Value | undefined): string {
  return typeof value === "string" ? value : "";
}
