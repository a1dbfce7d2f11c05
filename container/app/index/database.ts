import { pathToFileURL } from "node:url";

import { type Client, createClient, type InStatement, LibsqlError, type ResultSet } from "@libsql/client";

import type { DatabaseAddress } from "../config.ts";
import { Problem } from "../problem.ts";
import { GroupCommit } from "./group-commit.ts";

/** How long a statement waits for another process that has the SQLite file locked; nothing else happens meanwhile. */
const BUSY_LIMIT_MS = 250;

/** What SQLite says of a statement that is wrong in itself, whatever the database's state. */
const OUR_FAULT =
  /^(?:SQLITE_ERROR|SQLITE_MISUSE|SQLITE_RANGE|SQLITE_CONSTRAINT|SQL_PARSE_ERROR|SQL_INPUT_ERROR|ARGS_INVALID)/;

/** libSQL, on a server or in a file, with one kind of failure: database-unavailable. */
export class Database {
  readonly kind: DatabaseAddress["kind"];
  readonly #client: Client;
  readonly #writes = new GroupCommit<InStatement, ResultSet>({
    commit: (statements) => this.#attempt(() => this.#client.batch(statements, "write")),
    isFaulty: isOurFault,
    bytesOf,
  });

  constructor(address: DatabaseAddress, limitMs: number) {
    this.kind = address.kind;
    this.#client =
      address.kind === "file"
        ? // One connection: two would wait for each other's lock inside one thread.
          createClient({ url: pathToFileURL(address.path).href, concurrency: 1, timeout: BUSY_LIMIT_MS })
        : createClient({ url: address.url, authToken: address.token, fetch: fetchWithin(limitMs) });
  }

  /** Readies a new connection. A file's log mode is kept in the file; a server has its own. */
  async open(): Promise<void> {
    if (this.kind === "libsql") return;
    await this.run("PRAGMA journal_mode = WAL");
    // A power cut may take the last commits of an index that is made anew from the files anyway.
    await this.run("PRAGMA synchronous = NORMAL");
  }

  /** Runs one statement. Every statement of this app may be repeated, and is, once, when the connection broke. */
  async run(statement: InStatement): Promise<ResultSet> {
    return this.#attempt(() => this.#client.execute(statement));
  }

  /** Runs statements in one transaction, perhaps with those of others: all or none. */
  async transact(statements: readonly InStatement[]): Promise<ResultSet[]> {
    return statements.length === 0 ? [] : this.#writes.add(statements);
  }

  close(): void {
    this.#client.close();
  }

  async #attempt<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work().catch((error: unknown) => {
        if (hasBrokenConnection(error)) return work();
        throw error;
      });
    } catch (error) {
      if (isOurFault(error)) throw error;
      throw new Problem("database-unavailable", undefined, { reason: reasonFor(error), cause: error });
    }
  }
}

function isOurFault(error: unknown): boolean {
  return error instanceof LibsqlError && OUR_FAULT.test(error.code);
}

/** About what a statement adds to a request: its texts. */
function bytesOf(statement: InStatement): number {
  if (typeof statement === "string") return statement.length;
  const values = Array.isArray(statement.args) ? statement.args : Object.values(statement.args ?? {});
  return values.reduce<number>(
    (sum, value) => sum + (typeof value === "string" ? value.length : 8),
    statement.sql.length,
  );
}

/** A server that was restarted leaves connections behind that are only found dead when they are used. */
function hasBrokenConnection(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) if (at instanceof TypeError) return true;
  return false;
}

function reasonFor(error: unknown): string {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (at.name === "TimeoutError") return "TIMEOUT";
    const { status } = at as { status?: unknown };
    if (typeof status === "number") return `HTTP_${status}`;
  }
  if (hasBrokenConnection(error)) return "NETWORK";
  return error instanceof LibsqlError ? error.code : "UNKNOWN";
}

function fetchWithin(limitMs: number) {
  return (request: Request) =>
    fetch(request, { signal: AbortSignal.any([request.signal, AbortSignal.timeout(limitMs)]) });
}
