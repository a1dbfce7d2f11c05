import type { Client } from "@libsql/client";

import type { Serving } from "../http/serving.ts";
import type { TursoClient } from "./client.ts";
import type { Database } from "./database-calls.ts";

/** How long the token for a run holds: a process that is killed leaves it to nobody, and it ends by itself. */
const EXPIRATION = "30m";
/** For one call, a whole migration among them. Turso ends a transaction after 5 s (docs.turso.tech, sdk/http/reference). */
const LIMIT_MS = 120_000;

/** Lets `work` at a database with a passing token for this database alone, that may only read unless it is to write. */
export async function withDatabase<Result>(
  { turso, urlOf }: { readonly turso: Pick<TursoClient, "mint">; readonly urlOf: (hostname: string) => string },
  { name, hostname }: Pick<Database, "name" | "hostname">,
  authorization: "read-only" | "full-access",
  serving: Serving,
  work: (client: Client) => Promise<Result>,
): Promise<Result> {
  const [{ createClient }, authToken] = await Promise.all([
    import("@libsql/client/http"),
    turso.mint(name, { expiration: EXPIRATION, authorization }, serving),
  ]);
  const client = createClient({ url: urlOf(hostname), authToken, fetch: fetchWithin(serving.signal) });
  try {
    return await work(client);
  } finally {
    client.close();
  }
}

function fetchWithin(signal: AbortSignal | undefined) {
  return (request: Request) => {
    const limits = [request.signal, AbortSignal.timeout(LIMIT_MS), ...(signal === undefined ? [] : [signal])];
    return fetch(request, { signal: AbortSignal.any(limits) });
  };
}
