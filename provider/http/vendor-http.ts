import ky, { type Hooks, HTTPError, type KyInstance, TimeoutError } from "ky";

import { TenantryError } from "../../errors/tenantry-error.ts";
import { clockGap } from "./clock-gap.ts";
import { type Cookies, cookies } from "./cookies.ts";
import { httpErrors } from "./errors.ts";
import { askLoopbackDirectly } from "./loopback.ts";
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
  readonly headers: Headers;
  readonly requestId: string | undefined;
}

/** Calls to one vendor. What is repeated and how often is up to whoever made it. */
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

const TRANSIENT = [408, 429, 500, 502, 503, 504];
const NOT_DONE = [429];
const LONGEST_WAIT_MS = 30_000;

/** A JSON client for one vendor: time-outs, retries with jitter and Retry-After, rate limits, typed errors with the request id. */
export function vendorHttp(options: VendorHttpOptions): VendorHttp {
  askLoopbackDirectly(options.baseUrl);
  const jar = options.keepsCookies === true ? cookies() : undefined;
  const client = ky.create({
    headers: options.headers,
    timeout: options.timeoutMs ?? 30_000,
    hooks: jar === undefined ? {} : keeping(jar),
  });
  return {
    async call(call) {
      try {
        return await readAnswer(options, await send(client, options, call));
      } catch (error) {
        throw explain(error, options, call);
      }
    },
  };
}

/** Sends what the vendor has set, and takes in what it sets, also with a refusal. */
function keeping(jar: Cookies): Hooks {
  const send = ({ request }: { request: Request }) => {
    const header = jar.header();
    if (header !== undefined) request.headers.set("cookie", header);
  };
  return {
    beforeRequest: [send],
    beforeRetry: [send],
    afterResponse: [({ response }) => jar.take(response.headers)],
  };
}

async function send(client: KyInstance, options: VendorHttpOptions, call: VendorCall): Promise<Response> {
  const idempotent = call.idempotent ?? ["GET", "PUT", "DELETE"].includes(call.method);
  const url = new URL(options.urlOf?.(call.path) ?? `${options.baseUrl}${call.path}`);
  const body = call.json === undefined ? call.body : JSON.stringify(call.json);
  const headers: Record<string, string> = { accept: "application/json", ...call.headers };
  if (call.json !== undefined) headers["content-type"] = "application/json";
  const prepare = async ({ request }: { request: Request }) => {
    await options.admit?.(call);
    if (options.sign === undefined) return;
    const signed = await options.sign({ method: call.method, url, headers, body: body ?? "" });
    for (const [name, value] of Object.entries(signed)) request.headers.set(name, value);
  };
  return client(url, {
    method: call.method,
    headers,
    ...(body === undefined ? {} : { body }),
    ...(call.timeoutMs === undefined ? {} : { timeout: call.timeoutMs }),
    ...(call.signal === undefined ? {} : { signal: call.signal }),
    retry: {
      limit: options.retries ?? 5,
      methods: [call.method.toLowerCase() as "get"],
      statusCodes: idempotent ? TRANSIENT : NOT_DONE,
      afterStatusCodes: [413, 429, 503],
      maxRetryAfter: LONGEST_WAIT_MS,
      backoffLimit: LONGEST_WAIT_MS,
      retryOnTimeout: idempotent,
      jitter: true,
      // A broken connection is ambiguous: repeat only what may happen twice.
      shouldRetry: ({ error }) => (error instanceof HTTPError || idempotent ? undefined : false),
    },
    hooks: { beforeRequest: [prepare], beforeRetry: [prepare] },
  });
}

async function readAnswer(options: VendorHttpOptions, response: Response): Promise<Answer> {
  const text = await response.text();
  if (PAGE.test(text)) throw new PageError();
  return {
    status: response.status,
    body: parse(text),
    headers: response.headers,
    requestId: response.headers.get(options.requestIdHeader) ?? undefined,
  };
}

/** No vendor answers a call of its API so. */
const PAGE = /^\s*<(?:!doctype\s+html|html)\b/i;

/** A web page with the status of a success, as a proxy or a network's sign-in gives it: what has become of the call is open. */
class PageError extends Error {
  override readonly name = "PageError";

  constructor() {
    super("a web page came instead of an answer");
  }
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

function explain(error: unknown, options: VendorHttpOptions, call: VendorCall): unknown {
  const context = { resource: call.resource, tenant: call.tenant, call: call.operation };
  if (error instanceof HTTPError) {
    const { response, data } = error as HTTPError;
    const body = typeof data === "string" ? parse(data) : data;
    const requestId = response.headers.get(options.requestIdHeader) ?? undefined;
    const answer = quotesCredentials(body, options)
      ? { body: undefined, said: "(not repeated here: it quotes our credentials)" }
      : { body, said: wordsOf(body) };
    const clocks = clockGap(response.headers.get("date"), (options.now ?? systemClock)());
    return new VendorError(options.vendor, { status: response.status, ...answer, clocks }, { ...context, requestId });
  }
  if (call.signal?.aborted === true || error instanceof TenantryError) return error;
  const what = unreached(error);
  return new TenantryError(httpErrors.VENDOR_UNREACHABLE, `${options.vendor} ${what}`, {
    ...context,
    cause: bare(error),
  });
}

function unreached(error: unknown): string {
  if (error instanceof TimeoutError) return "did not answer in time";
  return error instanceof PageError
    ? "did not answer: a web page came, of a proxy or of your network"
    : "could not be reached";
}

/** As many characters of a credential as nobody should see. The scheme before it (`Bearer`) is none of it. */
const SHOWN = 12;

/** A refusal may repeat the request, whole or cut short, and with it what we are known by. */
function quotesCredentials(body: unknown, { headers }: VendorHttpOptions): boolean {
  const credential = headers["authorization"]?.replace(/^\S+ /, "").slice(0, SHOWN);
  return credential !== undefined && JSON.stringify([body]).includes(credential);
}

/** What broke, without the request: an inspected cause would print its Authorization header. */
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
