import * as z from "zod";

import { isAmbiguous, type Serving } from "../http/serving.ts";
import { VendorError } from "../http/vendor-error.ts";
import { vendorHttp } from "../http/vendor-http.ts";
import { ORGANIZATION, type TursoApi } from "./api.ts";

export interface TokenCalls {
  /** Mints a token for one database. `expiration` is written like `2w1d30m`. */
  mint(
    database: string,
    token: { expiration: string; authorization: "full-access" | "read-only" },
    serving: Serving,
  ): Promise<string>;
  /** Makes every token of the database invalid at once. */
  revokeTokens(database: string, serving: Serving): Promise<void>;
  /** Asks the database itself whether it takes a token. */
  probe(hostname: string, token: string, serving: Serving): Promise<Probed>;
}

/** `silent`: the database did not answer, or not as itself. `unclear`: it did, with neither a clear yes nor a clear no. */
export type Probed = "accepted" | "refused" | "unclear" | "silent";

const tokenAnswer = z.object({ jwt: z.string().min(1) });

const AUTH = `POST ${ORGANIZATION}/databases/{database}/auth`;
const PROBE_LIMIT_MS = 5000;

/** `urlOf` makes the address of a database's data plane from its hostname. */
export function tokenCalls(api: TursoApi, urlOf: (hostname: string) => string): TokenCalls {
  const auth = (database: string, verb: "tokens" | "rotate", serving: Serving) => ({
    operation: `${AUTH}/${verb}`,
    method: "POST" as const,
    path: api.path("databases", database, "auth", verb),
    resource: `database ${database}`,
    ...serving,
  });
  return {
    async mint(database, token, serving) {
      const call = auth(database, "tokens", serving);
      const path = `${call.path}?${new URLSearchParams(token).toString()}`;
      // A token whose answer was lost is held by nobody and expires.
      return (await api.ask({ ...call, path, idempotent: true }, tokenAnswer)).jwt;
    },
    revokeTokens: (database, serving) => api.tell({ ...auth(database, "rotate", serving), idempotent: true }),
    probe: (hostname, token, serving) => probe(urlOf(hostname), token, serving),
  };
}

async function probe(url: string, token: string, { signal }: Serving): Promise<Probed> {
  const http = vendorHttp({
    vendor: "Turso",
    baseUrl: url,
    headers: { authorization: `Bearer ${token}` },
    requestIdHeader: "x-request-id",
    timeoutMs: PROBE_LIMIT_MS,
    retries: 1,
  });
  const requests = [{ type: "execute", stmt: { sql: "select 1" } }, { type: "close" }];
  try {
    const operation = "POST /v2/pipeline";
    await http.call({ operation, method: "POST", path: "/v2/pipeline", json: { requests }, idempotent: true, signal });
    return "accepted";
  } catch (error) {
    if (signal?.aborted === true) throw error;
    if (VendorError.hasStatus(error, 401)) return "refused";
    return isAmbiguous(error) ? "silent" : "unclear";
  }
}
