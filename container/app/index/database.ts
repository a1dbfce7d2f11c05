import { pathToFileURL } from "node:url";

import { type Client, createClient, type InStatement, LibsqlError, type ResultSet } from "@libsql/client";

import type { DatabaseAddress } from "../config.ts";
import { Problem } from "../problem.ts";
import { within } from "../within.ts";
import { keptConnections } from "./kept-connections.ts";
import { leaveMark } from "./marks.ts";
import type { NamedRow, Replica } from "./replica.ts";
import { SharedRoundTrips } from "./shared-round-trips.ts";

/** How long a statement waits for another process that has the SQLite file locked; nothing else happens meanwhile. */
const BUSY_LIMIT_MS = 250;

/** sqld takes more of the processor to begin with a request than a list does. Far from the database a round trip takes longer than that is worth. */
const READS = { atOnce: 2, patienceMs: 10 } as const;

/** What SQLite says of a statement that is wrong in itself, whatever the database's state. */
const OUR_FAULT =
  /^(?:SQLITE_ERROR|SQLITE_MISUSE|SQLITE_RANGE|SQLITE_CONSTRAINT|SQL_PARSE_ERROR|SQL_INPUT_ERROR|ARGS_INVALID)/;

/** What the system says of a connection that cannot be had, or was lost. */
const BROKEN = /^E(?:CONN|PIPE|HOST|NET|NOTFOUND|AI_|ADDR|TIMEDOUT)/;

/** libSQL, on a server or in a file, with one kind of failure: database-unavailable. */
export class Database {
  readonly kind: DatabaseAddress["kind"];
  readonly #client: Client;
  readonly #limitMs: number;
  #replica: Replica | undefined;
  /**
   * A database has one writer at a time anyway. sqld's waiting writers take the processor from the one that writes
   * (`ManagedConnectionWalWrapper` in libsql-server spins): with 50 users at once it ends in hardly any write at all.
   */
  readonly #writes = new SharedRoundTrips<InStatement, ResultSet>({
    run: (statements) => this.#commit(statements),
    isFaulty: isOurFault,
    bytesOf,
    atOnce: 1,
  });
  readonly #reads = new SharedRoundTrips<InStatement, ResultSet>({
    run: (statements) => this.#look(statements),
    isFaulty: (error) => isOurFault(error) || isTooMuch(error),
    bytesOf,
    ...READS,
  });

  constructor(address: DatabaseAddress, limitMs: number) {
    this.kind = address.kind;
    this.#limitMs = limitMs;
    this.#client =
      address.kind === "file"
        ? // One connection: two would wait for each other's lock inside one thread.
          createClient({ url: pathToFileURL(address.path).href, concurrency: 1, timeout: BUSY_LIMIT_MS })
        : createClient({ url: address.url, authToken: address.token, fetch: keptConnections(limitMs) });
  }

  /** Readies a new connection. A file's log mode is kept in the file; a server has its own. */
  async open(): Promise<void> {
    if (this.kind === "libsql") return;
    await this.run("PRAGMA journal_mode = WAL");
    // A power cut may lose the last commits of the index, which can be rebuilt from the files.
    await this.run("PRAGMA synchronous = NORMAL");
  }

  /**
   * Has reads answered by a replica of this database, while it is current. Safe to repeat, and to be repeated after a
   * transaction that may or may not have taken place: till then the replica is not read from.
   */
  async readFrom(replica: Replica): Promise<void> {
    this.#replica = replica;
    // What was written without a mark, or with an unknown one, is before this one.
    if (!replica.isExpecting) await this.#writes.add([]);
    replica.start();
  }

  /**
   * Rows, from the replica where it is current. They hold what this app has written, and of what others have written
   * as much as the replica has to.
   */
  async read(statement: InStatement): Promise<readonly NamedRow[]> {
    const file = this.#replica?.current;
    if (file === undefined) return this.#readHere(statement);
    try {
      return await within(this.#limitMs, file.rows(statement));
    } catch (error) {
      const rows = await this.#readHere(statement);
      // What the server does not answer either would not have been the file's fault.
      this.#replica?.distrust(file, error);
      return rows;
    }
  }

  /** Runs one statement on the server. Every statement of this app may be repeated, and is, once, when the connection broke. */
  async run(statement: InStatement): Promise<ResultSet> {
    return this.#attempt(() => this.#client.execute(statement));
  }

  /** Runs statements in one transaction, perhaps with those of others: all or none. */
  async transact(statements: readonly InStatement[]): Promise<ResultSet[]> {
    return statements.length === 0 ? [] : this.#writes.add(statements);
  }

  /** Whether it answers at all. */
  async isWell(): Promise<boolean> {
    return this.run("SELECT 1").then(
      () => true,
      () => false,
    );
  }

  close(): void {
    this.#client.close();
  }

  async #readHere(statement: InStatement): Promise<readonly NamedRow[]> {
    const [result] = await this.#reads.add([statement]);
    return result?.rows ?? [];
  }

  async #look(statements: InStatement[]): Promise<ResultSet[]> {
    const [one, ...others] = statements;
    if (one === undefined || others.length > 0) return this.#attempt(() => this.#client.batch(statements, "read"));
    return [await this.run(one)];
  }

  async #commit(statements: InStatement[]): Promise<ResultSet[]> {
    const replica = this.#replica;
    if (replica === undefined) return this.#attempt(() => this.#client.batch(statements, "write"));
    try {
      const marked = [...statements, ...leaveMark(new Date())];
      const results = await this.#attempt(() => this.#client.batch(marked, "write"));
      replica.expect(Number(results.at(-1)?.rows[0]?.["number"]));
      return results;
    } catch (error) {
      // It may have taken place nevertheless.
      replica.expect(undefined);
      throw error;
    }
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

/** The answers are more than the server sends at once. */
function isTooMuch(error: unknown): boolean {
  return error instanceof Problem && error.details["reason"] === "RESPONSE_TOO_LARGE";
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
  for (let at = error; at instanceof Error; at = at.cause) {
    if (BROKEN.test(String((at as { code?: unknown }).code))) return true;
  }
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
