import { rm, stat } from "node:fs/promises";
import { join } from "node:path";

import { type LoopbackAnswer, loopbackCall } from "../loopback-call.ts";

/** Milliseconds. A fork copies all that a database holds. */
const LIMIT_MS = 300_000;

/** What sqld enforces for one namespace. A configuration is always replaced as a whole: what is left out is reset. */
export interface NamespaceSettings {
  /** Public keys (PEM, concatenated) whose tokens are accepted. */
  readonly jwt_key: string;
  readonly block_reads: boolean;
  readonly block_writes: boolean;
  /** `null`: no limit. */
  readonly max_db_size: string | null;
}

export interface NamespaceStats {
  readonly rows_read_count: number;
  readonly rows_written_count: number;
  readonly top_queries: readonly { query: string; rows_read: number; rows_written: number }[];
}

/** sqld's admin API. One namespace is one database file. */
export class Namespaces {
  readonly #url: string;
  readonly #key: string;
  readonly #dir: string;

  constructor(url: string, key: string, dir: string) {
    this.#url = url;
    this.#key = key;
    this.#dir = dir;
  }

  /** Whether this very sqld is up: another one would not know our key. */
  async answers(): Promise<boolean> {
    try {
      return !(await this.exists("none"));
    } catch {
      return false;
    }
  }

  async exists(id: string): Promise<boolean> {
    return (await this.#call("GET", `${id}/config`, undefined, [404])).status !== 404;
  }

  /** A new, empty namespace; blocks can't be set here. */
  async create(id: string, { jwt_key, max_db_size }: NamespaceSettings): Promise<void> {
    await this.#call("POST", `${id}/create`, max_db_size === null ? { jwt_key } : { jwt_key, max_db_size });
  }

  /** A new namespace with the data and, until `configure`, the settings of `source`. */
  async fork(source: string, id: string): Promise<void> {
    await this.#call("POST", `${source}/fork/${id}`, {});
  }

  async configure(id: string, settings: NamespaceSettings): Promise<void> {
    await this.#call("POST", `${id}/config`, settings);
  }

  /** Removes a namespace with its data; fine when it is gone already. */
  async remove(id: string): Promise<void> {
    const { status } = await this.#call("DELETE", id, undefined, [404]);
    // Killed in the middle of this, sqld has forgotten the namespace but left its files.
    if (status === 404) await rm(join(this.#dir, id), { recursive: true, force: true });
  }

  async stats(id: string): Promise<NamespaceStats> {
    return JSON.parse((await this.#call("GET", `${id}/stats`)).text) as NamespaceStats;
  }

  /** Bytes on disk. sqld's own figure lags behind by minutes. */
  async size(id: string): Promise<number> {
    const sizes = ["data", "data-wal"].map((file) =>
      stat(join(this.#dir, id, file)).then(
        ({ size }) => size,
        () => 0,
      ),
    );
    return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
  }

  async #call(method: string, path: string, body?: unknown, accept: readonly number[] = []): Promise<LoopbackAnswer> {
    const answer = await loopbackCall({
      method,
      url: `${this.#url}/v1/namespaces/${path}`,
      headers: { authorization: `basic ${this.#key}` },
      body,
      limitMs: LIMIT_MS,
    });
    if (answer.isOk || accept.includes(answer.status)) return answer;
    throw new Error(`sqld: ${method} ${path}: ${answer.status} ${answer.text}`);
  }
}
