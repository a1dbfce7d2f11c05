import { closeSync, existsSync, openSync, renameSync, rmSync, statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";

import { TenantryError } from "../errors/tenantry-error.ts";
import { cloudErrors } from "./errors.ts";

/** A durable table of JSON documents. Every write is on disk when the call returns, so a kill -9 loses nothing acknowledged. */
export interface Table<Document> {
  get(key: string): Document | undefined;
  put(key: string, document: Document): void;
  /** Whether there was something to remove. */
  remove(key: string): boolean;
  /** All entries whose key starts with `prefix`, in the order of their keys. */
  entries(prefix?: string): [key: string, document: Document][];
}

export interface Store {
  table<Document>(name: string): Table<Document>;
  /** All writes inside `work` happen, or none. `work` is synchronous. */
  atomically<Result>(work: () => Result): Result;
  close(): void;
}

/**
 * Opens (or creates) the store in the SQLite file `path`. Throws CLOUD_RECORDS_DAMAGED when the file is there and is no whole
 * database: an empty one too, which SQLite would take for a store without any record.
 */
export function openStore(path: string): Store {
  if (path !== ":memory:" && !existsSync(path)) create(path);
  const db = opened(path);
  return {
    table: (name) => openTable(db, name),
    atomically(work) {
      db.exec("BEGIN IMMEDIATE");
      try {
        const result = work();
        db.exec("COMMIT");
        return result;
      } catch (error) {
        db.exec("ROLLBACK");
        throw error;
      }
    },
    close: () => db.close(),
  };
}

/** Made beside and renamed: after a kill there is a whole database or none, so that an empty file is always a damaged one. */
function create(path: string): void {
  const beside = `${path}.new`;
  rmSync(beside, { force: true });
  // Vendors keep keys in it. SQLite gives its log files the mode of the main file.
  closeSync(openSync(beside, "w", 0o600));
  const db = new DatabaseSync(beside);
  db.exec("PRAGMA journal_mode = WAL");
  db.close();
  renameSync(beside, path);
}

function opened(path: string): DatabaseSync {
  if (path !== ":memory:" && statSync(path).size === 0) throw damaged(path);
  const db = new DatabaseSync(path);
  try {
    // WAL with NORMAL survives the death of the process; only a power cut could lose the last writes.
    db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 5000");
    const [answer = {}] = db.prepare("PRAGMA quick_check(1)").all();
    if (Object.values(answer)[0] !== "ok") throw damaged(path);
    return db;
  } catch (error) {
    db.close();
    throw DAMAGED.includes(Number((error as { errcode?: number }).errcode) & 0xff) ? damaged(path) : error;
  }
}

// SQLite's result codes CORRUPT and NOTADB (sqlite.org/rescode.html).
const DAMAGED = [11, 26];

/** Without the cause: records hold keys. */
export function damaged(path: string): TenantryError {
  return new TenantryError(cloudErrors.CLOUD_RECORDS_DAMAGED, path);
}

function openTable<Document>(db: DatabaseSync, name: string): Table<Document> {
  const id = `"${name.replaceAll('"', '""')}"`;
  db.exec(`CREATE TABLE IF NOT EXISTS ${id} (key TEXT PRIMARY KEY, document TEXT NOT NULL) WITHOUT ROWID`);
  const get = db.prepare(`SELECT document FROM ${id} WHERE key = ?`);
  const put = db.prepare(
    `INSERT INTO ${id} VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET document = excluded.document`,
  );
  const remove = db.prepare(`DELETE FROM ${id} WHERE key = ?`);
  const all = db.prepare(`SELECT key, document FROM ${id} ORDER BY key`);
  const range = db.prepare(`SELECT key, document FROM ${id} WHERE key >= ? AND key < ? ORDER BY key`);
  const parse = (row: Record<string, unknown>) => JSON.parse(row["document"] as string) as Document;
  return {
    get(key) {
      const row = get.get(key);
      return row === undefined ? undefined : parse(row);
    },
    put: (key, document) => void put.run(key, JSON.stringify(document)),
    remove: (key) => remove.run(key).changes > 0,
    entries(prefix = "") {
      const rows = prefix === "" ? all.all() : range.all(prefix, `${prefix}\u{10ffff}`);
      return rows.map((row) => [row["key"] as string, parse(row)]);
    },
  };
}
