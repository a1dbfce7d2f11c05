// A thread that keeps a replica of the database in a file: replica-file.ts.
import { pathToFileURL } from "node:url";
import { parentPort, workerData } from "node:worker_threads";

import { createClient, type InStatement } from "@libsql/client";

import type { Answer, Question, Source } from "./replica-file.ts";
import type { NamedRow } from "./replica.ts";

const { path, url, token } = workerData as Source;
const client = createClient({ url: pathToFileURL(path).href, syncUrl: url, authToken: token });

parentPort?.on("message", ({ number, statement }: Question) => {
  const work = statement === undefined ? client.sync().then(() => []) : rowsOf(statement);
  void work.then(
    (rows) => parentPort?.postMessage({ number, rows } satisfies Answer),
    (error: unknown) => parentPort?.postMessage({ number, error: described(error) } satisfies Answer),
  );
});

/** Rows as they go from thread to thread: by names alone. */
async function rowsOf(statement: InStatement): Promise<NamedRow[]> {
  const { columns, rows } = await client.execute(statement);
  return rows.map((row) => Object.fromEntries(columns.map((column, place) => [column, row[place] ?? null])));
}

/** Errors lose their code on the way between threads. */
function described(error: unknown): { message: string; code: string | undefined } {
  if (!(error instanceof Error)) return { message: String(error), code: undefined };
  const { code } = error as { code?: unknown };
  return { message: error.message, code: typeof code === "string" ? code : undefined };
}
