import { once } from "node:events";
import { Worker } from "node:worker_threads";

import type { InStatement } from "@libsql/client";

import type { NamedRow, ReplicaFile } from "./replica.ts";

/** What the thread is asked: rows of a statement, or without one to fetch what is new. */
export interface Question {
  readonly number: number;
  readonly statement: InStatement | undefined;
}

export type Answer =
  | { readonly number: number; readonly rows: NamedRow[] }
  | { readonly number: number; readonly error: { readonly message: string; readonly code: string | undefined } };

/** What the thread opens. */
export interface Source {
  readonly path: string;
  readonly url: string;
  readonly token: string;
}

interface Asker {
  resolve(rows: NamedRow[]): void;
  reject(reason: unknown): void;
}

/**
 * A libSQL replica in a thread of its own: the client opens it by asking the server, and nothing else would happen meanwhile,
 * however long the server takes. Rejects where it cannot be opened.
 */
export async function openReplicaFile(source: Source): Promise<ReplicaFile> {
  const workerData: Source = { ...source, url: syncUrlOf(source.url) };
  const thread = new Worker(new URL("replica-thread.ts", import.meta.url), { workerData });
  const askers = new Map<number, Asker>();
  let count = 0;
  let end: Error | undefined;
  const fail = (reason: Error) => {
    end ??= reason;
    for (const { reject } of askers.values()) reject(end);
    askers.clear();
  };
  thread.on("error", (error: unknown) => fail(error instanceof Error ? error : new Error(String(error))));
  thread.on("exit", () => fail(new Error("the replica's thread has ended")));
  thread.on("message", (answer: Answer) => {
    const asker = askers.get(answer.number);
    askers.delete(answer.number);
    if ("rows" in answer) asker?.resolve(answer.rows);
    else asker?.reject(Object.assign(new Error(answer.error.message), { code: answer.error.code }));
  });
  const ask = (statement?: InStatement): Promise<NamedRow[]> => {
    if (end !== undefined) return Promise.reject(end);
    const { promise, resolve, reject } = Promise.withResolvers<NamedRow[]>();
    const number = (count += 1);
    askers.set(number, { resolve, reject });
    thread.postMessage({ number, statement } satisfies Question);
    return promise;
  };
  await once(thread, "online");
  return {
    sync: async () => {
      await ask();
    },
    rows: (statement) => ask(statement),
    close: async () => {
      await thread.terminate();
    },
  };
}

/** The address as libSQL's native client takes it: with the protocol said outright. */
function syncUrlOf(url: string): string {
  const { protocol, host, pathname, searchParams } = new URL(url.replace(/^libsql:/, "https:"));
  return `${searchParams.get("tls") === "0" ? "http:" : protocol}//${host}${pathname.replace(/\/$/, "")}`;
}
