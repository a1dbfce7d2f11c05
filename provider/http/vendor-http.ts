import type { IncomingHttpHeaders } from "node:http";

import { TenantryError } from "../../errors/tenantry-error.ts";
import { clockGap } from "./clock-gap.ts";
import { type Cookies, cookies } from "./cookies.ts";
import { httpErrors } from "./errors.ts";
import { type Request, type Response, TimeoutError } from "./exchange.ts";
import { repeated } from "./repeated.ts";
import { VendorError } from "./vendor-error.ts";

/** One call to a vendor. */
export interface VendorCall {
  /** The operation's name for people and for limits: `POST /v1/apps/{app}/machines`. */
  readonly operation: string;
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Path and query, already encoded. */
  readonly path: string;
  readonly json?: unknown;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * Whether a repeat after an ambiguous answer (5xx, reset, time-out) does no harm. Default: true for GET, PUT and DELETE.
   * A call that is not idempotent is repeated only after a 429, which says that nothing happened.
   */
  readonly idempotent?: boolean;
  /** Milliseconds for one attempt. Default: the client's. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
  /** For the error: "database tnt-prod-acme", the tenant. */
  readonly resource?: string | undefined;
  readonly tenant?: string | undefined;
}

/** A vendor's answer: its status and its body. */
export interface Answer {
  readonly status: number;
  /** The parsed JSON, the text when it is not JSON, undefined when it is empty. */
  readonly body: unknown;
  readonly headers: IncomingHttpHeaders;
  readonly requestId: string | undefined;
}

/** Calls to one vendor. Its options decide what is repeated and how often. */
export interface VendorHttp {
  /** Throws VendorError for every status that is no success, VENDOR_UNREACHABLE when there was no answer. */
  call(call: VendorCall): Promise<Answer>;
}

/** How a vendor is called: address, credentials, time limits, attempts. */
export interface VendorHttpOptions {
  readonly vendor: string;
  /** Without a slash at the end. */
  readonly baseUrl: string;
  /** The whole URL of a path, where that is not just `baseUrl` and the path. */
  readonly urlOf?: (path: string) => string;
  readonly headers: Readonly<Record<string, string>>;
  /** The answer's header that carries the request id. */
  readonly requestIdHeader: string;
  /** Milliseconds for one attempt. Default 30 000. */
  readonly timeoutMs?: number;
  /** Attempts after the first. Default 5. */
  readonly retries?: number;
  /** This computer's clock, to tell a wrong clock from wrong credentials. Default: the system's. */
  readonly now?: (() => Date) | undefined;
  /** Whether cookies that the vendor sets go back to it with later calls. Default: false. */
  readonly keepsCookies?: boolean;
  /** Called before every attempt; resolves when the call may go. Respects the vendor's rate limits. */
  admit?(call: VendorCall): Promise<void>;
  /** Signs each attempt; the request's body is a string or absent. */
  sign?(request: {
    method: string;
    url: URL;
    headers: Record<string, string>;
    body: string;
  }): Promise<Record<string, string>>;
}

const TIMEOUT_MS = 30_000;
const RETRIES = 5;

/** A JSON client for one vendor: time-outs, retries with jitter and Retry-After, rate limits, typed errors with the request id. */
export function vendorHttp(options: VendorHttpOptions): VendorHttp {
  const jar = options.keepsCookies === true ? cookies() : undefined;
  return {
    async call(call) {
      try {
        const response = await repeated(() => prepared(options, jar, call), {
          retries: options.retries ?? RETRIES,
          isIdempotent: call.idempotent ?? ["GET", "PUT", "DELETE"].includes(call.method),
        });
        jar?.take(response.headers);
        return answerIn(response, options, call);
      } catch (error) {
        throw explain(error, options, call);
      }
    },
  };
}

/** The request of one attempt. */
async function prepared(options: VendorHttpOptions, jar: Cookies | undefined, call: VendorCall): Promise<Request> {
  const { method, signal, timeoutMs = options.timeoutMs ?? TIMEOUT_MS } = call;
  const url = new URL(options.urlOf?.(call.path) ?? `${options.baseUrl}${call.path}`);
  const body = call.json === undefined ? call.body : JSON.stringify(call.json);
  const headers = { "user-agent": "tenantry", accept: "application/json", ...lowered(options.headers) };
  Object.assign(headers, call.json === undefined ? {} : { "content-type": "application/json" }, lowered(call.headers));
  await options.admit?.(call);
  const signed = await options.sign?.({ method, url, headers, body: body ?? "" });
  const cookie = jar?.header();
  return {
    ...{ method, url, body, timeoutMs, signal },
    headers: { ...headers, ...signed, ...(cookie === undefined ? {} : { cookie }) },
  };
}

/** A header that is given twice, however it is spelt, is one. */
function lowered(headers: Readonly<Record<string, string>> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

function answerIn(response: Response, options: VendorHttpOptions, call: VendorCall): Answer {
  const { status, headers, text } = response;
  if (status >= 400) throw refusal(response, options, call);
  if (status >= 300) throw new ElsewhereError("it answered with a redirect");
  if (PAGE.test(text)) throw new ElsewhereError("it answered with a web page");
  return { status, body: parse(text), headers, requestId: requestIdIn(headers, options) };
}

function requestIdIn(headers: IncomingHttpHeaders, { requestIdHeader }: VendorHttpOptions): string | undefined {
  return headers[requestIdHeader]?.toString();
}

/** No vendor's API answers like this. */
const PAGE = /^\s*<(?:!doctype\s+html|html)\b/i;

/** The answer of a proxy or a network's sign-in page: the outcome of the call is unknown. */
class ElsewhereError extends Error {
  override readonly name = "ElsewhereError";
}

function parse(text: string): unknown {
  if (text === "") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

const systemClock = () => new Date();

/** What a vendor answers instead of a success. */
function refusal({ status, headers, text }: Response, options: VendorHttpOptions, call: VendorCall): VendorError {
  const context = { ...contextOf(call), requestId: requestIdIn(headers, options) };
  const body = parse(text);
  const answer = quotesCredentials(body, options)
    ? { body: undefined, said: "(omitted: it contains our credentials)" }
    : { body, said: wordsOf(body) };
  const clocks = clockGap(headers.date, (options.now ?? systemClock)());
  return new VendorError(options.vendor, { status, ...answer, clocks }, context);
}

function explain(error: unknown, { vendor }: VendorHttpOptions, call: VendorCall): unknown {
  if (call.signal?.aborted === true || error instanceof TenantryError) return error;
  const context = { ...contextOf(call), cause: bare(error) };
  return new TenantryError(httpErrors.VENDOR_UNREACHABLE, `${vendor} ${unreached(error)}`, context);
}

function contextOf({ resource, tenant, operation }: VendorCall) {
  return { resource, tenant, call: operation };
}

function unreached(error: unknown): string {
  if (error instanceof TimeoutError) return "did not answer in time";
  return error instanceof ElsewhereError
    ? `did not answer: ${error.message}, from a proxy or your network`
    : "could not be reached";
}

/** The number of characters of a credential that counts as a leak. The scheme before it (`Bearer`) does not count. */
const SHOWN = 12;

/** A refusal may repeat the request, whole or cut, and with it our credentials. */
function quotesCredentials(body: unknown, { headers }: VendorHttpOptions): boolean {
  const credential = headers["authorization"]?.replace(/^\S+ /, "").slice(0, SHOWN);
  return credential !== undefined && JSON.stringify([body]).includes(credential);
}

/** The cause without the request: an inspected cause would print its Authorization header. */
function bare(error: unknown): Error {
  const { name, message, code, cause } = error as Error & { code?: string; cause?: { code?: string } };
  return Object.assign(new Error(message), { name, code: code ?? cause?.code });
}

/** The vendor's own message: `{error}`, `{message}`, `{Message}` or the text itself, cut to a readable length. */
function wordsOf(body: unknown): string {
  if (typeof body === "object" && body !== null) {
    const fields = body as Record<string, unknown>;
    const found = [fields["message"], fields["error"], fields["Message"]].find((value) => typeof value === "string");
    return cut(found ?? JSON.stringify(body));
  }
  return typeof body === "string" ? cut(body) : "(no message)";
}

function cut(text: string): string {
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}
