import * as z from "zod";

import type { Serving } from "../http/serving.ts";
import { ORGANIZATION, type TursoApi } from "./api.ts";

/** Calls for the tokens of a database. */
export interface TokenCalls {
  /** Mints a token for one database. `expiration` is written like `2w1d30m`. */
  mint(
    database: string,
    token: { expiration: string; authorization: "full-access" | "read-only" },
    serving: Serving,
  ): Promise<string>;
  /** Makes every token of the database invalid at once. */
  revokeTokens(database: string, serving: Serving): Promise<void>;
}

const tokenAnswer = z.object({ jwt: z.string().min(1) });

const AUTH = `POST ${ORGANIZATION}/databases/{database}/auth`;

/** The calls for tokens. Source: Turso's platform API, …/auth/tokens and …/auth/rotate. */
export function tokenCalls(api: TursoApi): TokenCalls {
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
  };
}
