import * as z from "zod";

import { TenantryError } from "../../errors/tenantry-error.ts";
import { isAmbiguous, type Serving } from "../http/serving.ts";
import { VendorError } from "../http/vendor-error.ts";
import { vendorHttp, type VendorHttp } from "../http/vendor-http.ts";
import { tursoErrors } from "./errors.ts";

/** One value of a row, as Hrana's JSON has it: an integer is a text there. */
export type Value = string | number | null;

/** Calls on a database itself, with a token of its own. */
export interface DataCalls {
  /** Tests whether the database accepts a token. */
  probe(hostname: string, token: string, serving: Serving): Promise<Probed>;
  /**
   * The rows of each of these statements, which only read: they may be asked twice. Throws TURSO_QUERY_REFUSED.
   *
   * Source: docs.turso.tech/sdk/http/reference
   */
  query(hostname: string, token: string, statements: readonly string[], serving: Serving): Promise<Value[][][]>;
}

/** `silent`: the database did not answer, or not as itself. `unclear`: it did, with neither a clear yes nor a clear no. */
export type Probed = "accepted" | "refused" | "unclear" | "silent";

const PROBE_LIMIT_MS = 5000;
const PIPELINE = { operation: "POST /v2/pipeline", method: "POST", path: "/v2/pipeline", idempotent: true } as const;

const value = z.union([
  z.object({ type: z.literal("null") }).transform(() => null),
  z.object({ type: z.enum(["integer", "text"]), value: z.string() }).transform(({ value }) => value),
  z.object({ type: z.literal("float"), value: z.number() }).transform(({ value }) => value),
]);
const executed = z.object({ response: z.object({ result: z.object({ rows: z.array(z.array(value)) }) }) });
const refused = z.object({ type: z.literal("error"), error: z.object({ message: z.string() }) });
const answer = z.object({ results: z.array(z.unknown()) });

/** `urlOf` makes the address of a database's data plane from its hostname. */
export function dataCalls(urlOf: (hostname: string) => string): DataCalls {
  return {
    probe: (hostname, token, serving) => probe(urlOf(hostname), token, serving),
    query: (hostname, token, statements, serving) => query(urlOf(hostname), token, statements, serving),
  };
}

function dataPlane(url: string, token: string, limits: { timeoutMs?: number; retries?: number } = {}): VendorHttp {
  const headers = { authorization: `Bearer ${token}` };
  return vendorHttp({ vendor: "Turso", baseUrl: url, headers, requestIdHeader: "x-request-id", ...limits });
}

function pipeline(statements: readonly string[]) {
  const executes = statements.map((sql) => ({ type: "execute", stmt: { sql } }));
  return { requests: [...executes, { type: "close" }] };
}

async function probe(url: string, token: string, { signal }: Serving): Promise<Probed> {
  const http = dataPlane(url, token, { timeoutMs: PROBE_LIMIT_MS, retries: 1 });
  try {
    await http.call({ ...PIPELINE, json: pipeline(["select 1"]), signal });
    return "accepted";
  } catch (error) {
    if (signal?.aborted === true) throw error;
    if (VendorError.hasStatus(error, 401)) return "refused";
    return isAmbiguous(error) ? "silent" : "unclear";
  }
}

async function query(
  url: string,
  token: string,
  statements: readonly string[],
  { signal, tenant }: Serving,
): Promise<Value[][][]> {
  const about = { call: PIPELINE.operation, resource: `database at ${new URL(url).host}`, tenant };
  const { body } = await dataPlane(url, token).call({ ...PIPELINE, json: pipeline(statements), signal, tenant });
  const results = answer.safeParse(body).data?.results ?? [];
  return statements.map((_, at) => {
    const rows = executed.safeParse(results[at]).data?.response.result.rows;
    if (rows !== undefined) return rows;
    const said = refused.safeParse(results[at]).data?.error.message ?? "the answer is not as documented";
    throw new TenantryError(tursoErrors.TURSO_QUERY_REFUSED, said, about);
  });
}
