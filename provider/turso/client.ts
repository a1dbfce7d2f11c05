import type { Accounts } from "../../stack/accounts.ts";
import { vendorHttp, type VendorHttpOptions } from "../http/vendor-http.ts";
import { tursoApi } from "./api.ts";
import { type DataCalls, dataCalls } from "./data-calls.ts";
import { dataUrl } from "./data-url.ts";
import { type DatabaseCalls, databaseCalls } from "./database-calls.ts";
import { type GroupCalls, groupCalls } from "./group-calls.ts";
import { longestName } from "./names.ts";
import { type TokenCalls, tokenCalls } from "./token-calls.ts";

/** Turso's address, the organisation and the token for its calls. */
export type TursoAccount = Accounts["turso"];

/**
 * The part of Turso's platform API that the provider needs. Whatever is read answers undefined for a clear 404 and
 * throws for everything else: unknown is not gone.
 */
export interface TursoClient extends GroupCalls, DatabaseCalls, TokenCalls, DataCalls {
  /** Letters a database's or group's name may have here: with the organisation's slug it forms one DNS label. */
  readonly longestName: number;
}

/**
 * A client for Turso's platform API (v1, by name). `options` changes time-outs, repeats and the clock.
 *
 * Our own, because the vendor's `@tursodatabase/api` 2.0.5 is wrong where the provider needs it most: its createToken
 * sends permissions that databases on AWS refuse, its rotateTokens fails on the empty answer of a success, it leaves
 * names unencoded, drops delete_protection, has no configuration calls and no time-out, repeat or cancellation.
 * `locations.ts` uses it for what it does well.
 */
export function tursoClient(
  account: TursoAccount,
  options: Partial<Pick<VendorHttpOptions, "timeoutMs" | "retries" | "now">> = {},
): TursoClient {
  const http = vendorHttp({
    vendor: "Turso",
    baseUrl: account.endpoint.replace(/\/$/, ""),
    headers: { authorization: `Bearer ${account.token}` },
    requestIdHeader: "x-request-id",
    ...options,
  });
  const api = tursoApi(http, account.organization);
  return {
    longestName: longestName(account.organization),
    ...groupCalls(api, options),
    ...databaseCalls(api, options),
    ...tokenCalls(api),
    ...dataCalls((hostname) => dataUrl(account.endpoint, hostname)),
  };
}
