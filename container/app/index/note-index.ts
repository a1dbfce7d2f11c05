import type { InStatement, InValue, Value } from "@libsql/client";

import type { Stamp } from "../files/note-store.ts";
import type { NoteId } from "../notes/note-id.ts";
import type { Note } from "../notes/note-file.ts";
import { Problem } from "../problem.ts";
import type { Database } from "./database.ts";
import { excerpt, type Fragment, highlight } from "./highlight.ts";
import { migrate } from "./migrate.ts";
import type { NamedRow, Replica } from "./replica.ts";
import type { SearchQuery } from "./search-query.ts";

/** A note's file as of a read. */
export interface Indexed extends Stamp {
  readonly id: NoteId;
  readonly note: Note;
  readonly etag: string;
  /** When it was read, in milliseconds since 1970. */
  readonly checked: number;
}

/** The index's record of a file, which shows whether the file must be read again. */
export type Remembered = Stamp & Pick<Indexed, "etag" | "checked">;

/** A note in a list: everything but its text. */
export interface Summary {
  readonly id: string;
  readonly title: string;
  readonly tags: readonly string[];
  readonly created: string | undefined;
  readonly updated: string | undefined;
  readonly etag: string;
  readonly bytes: number;
}

export interface Found extends Summary {
  readonly highlights: { readonly title: readonly Fragment[]; readonly text: readonly Fragment[] };
}

export interface ListWanted {
  readonly after: string;
  readonly limit: number;
}

export interface SearchWanted {
  readonly query: SearchQuery;
  readonly limit: number;
  readonly offset: number;
}

/** Of a long text only so many characters are fetched, from so many before the match on. */
const PART = { length: 4000, before: 200 };

const SUMMARY = ["id", "title", "tags", "created", "updated", "etag", "bytes"];
const FOUND = [...SUMMARY, "start", "characters", "part"];

/** A statement and the columns of its rows. */
export interface Query {
  readonly columns: readonly string[];
  readonly sql: string;
  readonly args: InValue[];
}

/** The index over the notes. It holds nothing that the files do not say. */
export class NoteIndex {
  readonly #database: Database;
  readonly #replica: Replica | undefined;
  #isPrepared = false;

  /** `replica`: what lists and searches read from while it is current. */
  constructor(database: Database, replica?: Replica) {
    this.#database = database;
    this.#replica = replica;
  }

  /** Makes or updates the tables. Answers the number of the schema. */
  async prepare(): Promise<number> {
    await this.#database.open();
    const schema = await migrate(this.#database);
    if (this.#replica !== undefined) await this.#database.readFrom(this.#replica);
    this.#isPrepared = true;
    return schema;
  }

  async ping(): Promise<void> {
    await this.#database.run("SELECT 1");
  }

  async put(...notes: readonly Indexed[]): Promise<void> {
    await this.#database.transact(notes.map(putStatement));
  }

  async remove(...ids: readonly NoteId[]): Promise<void> {
    await this.#database.transact(ids.map((id) => ({ sql: "DELETE FROM notes WHERE id = ?", args: [id] })));
  }

  /** Notes that these files were looked at and have the content that is indexed. Answers those of which that is not true. */
  async confirm(...files: readonly Indexed[]): Promise<Indexed[]> {
    const results = await this.#database.transact(
      files.map(({ id, etag, bytes, mtime, checked }) => ({
        sql: "UPDATE notes SET bytes = ?, mtime = ?, checked = ? WHERE id = ? AND etag = ?",
        args: [bytes, mtime, checked, id, etag],
      })),
    );
    return files.filter((_, position) => results[position]?.rowsAffected === 0);
  }

  async remembered(): Promise<Map<NoteId, Remembered>> {
    const { rows } = await this.#database.run("SELECT id, bytes, mtime, etag, checked FROM notes");
    return new Map(
      rows.map((row) => [
        text(row, "id") as NoteId,
        {
          bytes: Number(row["bytes"]),
          mtime: text(row, "mtime"),
          etag: text(row, "etag"),
          checked: Number(row["checked"]),
        },
      ]),
    );
  }

  /** Makes the full-text index anew from the table of notes. */
  async rebuildFullText(): Promise<void> {
    await this.#database.transact(["INSERT INTO notes_fts (notes_fts) VALUES ('rebuild')"]);
  }

  /** Notes in the order of their ids, after `after`. */
  async list(wanted: ListWanted): Promise<Summary[]> {
    return (await this.#rows(listQuery(wanted))).map(summaryOf);
  }

  /** Notes that match, best first; a word in the title counts most, then one in the tags. */
  async search(wanted: SearchWanted): Promise<Found[]> {
    const rows = await this.#rows(searchQuery(wanted));
    const { terms } = wanted.query;
    return rows.map((row) => {
      const first = Number(row["start"]);
      const beyond = { before: first > 1, after: first + PART.length <= Number(row["characters"]) };
      const highlights = {
        title: highlight(text(row, "title"), terms),
        text: excerpt(text(row, "part"), terms, beyond),
      };
      return { ...summaryOf(row), highlights };
    });
  }

  async totals(): Promise<{ notes: number; bytes: number }> {
    const rows = await this.#read("SELECT count(*) AS notes, coalesce(sum(bytes), 0) AS bytes FROM notes");
    return { notes: Number(rows[0]?.["notes"]), bytes: Number(rows[0]?.["bytes"]) };
  }

  async #rows(query: Query): Promise<NamedRow[]> {
    const [row] = await this.#read(asOneValue(query));
    const rows = JSON.parse(row === undefined ? "[]" : text(row, "rows")) as Value[][];
    return rows.map((values) =>
      Object.fromEntries(query.columns.map((column, place) => [column, values[place] ?? null])),
    );
  }

  async #read(statement: InStatement): Promise<readonly NamedRow[]> {
    if (!this.#isPrepared) throw new Problem("database-unavailable", undefined, { reason: "not-prepared" });
    return this.#database.read(statement);
  }
}

/**
 * All rows as one text of JSON: to encode and decode each field of each row in the protocol takes more of the processor, at
 * both ends, than the query does.
 */
export function asOneValue({ columns, sql, args }: Query): InStatement {
  return { sql: `SELECT json_group_array(json_array(${columns.join(", ")})) AS rows FROM (${sql})`, args };
}

export function listQuery({ after, limit }: ListWanted): Query {
  const sql = `SELECT ${SUMMARY.join(", ")} FROM notes WHERE id > ? ORDER BY id LIMIT ?`;
  return { columns: SUMMARY, sql, args: [after, limit] };
}

export function searchQuery({ query: { expression, terms }, limit, offset }: SearchWanted): Query {
  // `part` is where the first word looked for is found by its letters, or else the beginning of the text.
  const start = "max(1, instr(lower(n.text), ?2) - ?4)";
  return {
    columns: FOUND,
    sql: `SELECT ${SUMMARY.map((column) => `n.${column}`).join(", ")}, ${start} AS start, length(n.text) AS characters, substr(n.text, ${start}, ?3) AS part
            FROM (SELECT n.row, n.id, bm25(notes_fts, 8.0, 1.0, 4.0) AS score
                    FROM notes_fts JOIN notes n ON n.row = notes_fts.rowid
                   WHERE notes_fts MATCH ?1 ORDER BY score, n.id LIMIT ?5 OFFSET ?6) AS best
            JOIN notes n ON n.row = best.row ORDER BY best.score, n.id`,
    args: [expression, terms[0]?.tokens[0] ?? "", PART.length, PART.before, limit, offset],
  };
}

function putStatement({ id, note, etag, bytes, mtime, checked }: Indexed): InStatement {
  const plain = (value: string) => value.replaceAll("\0", "\uFFFD");
  return {
    sql: `INSERT INTO notes (id, title, text, tags, created, updated, etag, bytes, mtime, checked)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (id) DO UPDATE SET title = excluded.title, text = excluded.text, tags = excluded.tags,
              created = excluded.created, updated = excluded.updated, etag = excluded.etag, bytes = excluded.bytes,
              mtime = excluded.mtime, checked = excluded.checked`,
    args: [
      ...[id, plain(note.title), plain(note.text), JSON.stringify(note.tags)],
      ...[note.created ?? null, note.updated ?? null, etag, bytes, mtime, checked],
    ],
  };
}

function summaryOf(row: NamedRow): Summary {
  const optional = (column: string) => (row[column] === null ? undefined : text(row, column));
  return {
    id: text(row, "id"),
    title: text(row, "title"),
    tags: JSON.parse(text(row, "tags")) as string[],
    created: optional("created"),
    updated: optional("updated"),
    etag: text(row, "etag"),
    bytes: Number(row["bytes"]),
  };
}

const text = (row: NamedRow, column: string) => row[column] as string;
