import type { Agent, AgentOptions, IncomingHttpHeaders, IncomingMessage } from "node:http";

// A named import would also load undici, which is a third of a short run's start.
const http = process.getBuiltinModule("node:http");
const https = process.getBuiltinModule("node:https");

/** A request as it is sent. */
export interface Request {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  /** Milliseconds within which the whole answer must arrive. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** An answer, whatever its status. */
export interface Response {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** The whole answer did not arrive in time. */
export class TimeoutError extends Error {
  override readonly name = "TimeoutError";
}

/** Like Node's own agents, except for the proxies that those use if NODE_USE_ENV_PROXY is set. */
const KEPT: AgentOptions = { keepAlive: true, scheduling: "lifo", timeout: 5000 };
const direct = new http.Agent(KEPT);

/**
 * Sends a request with Node's own HTTP client, which keeps connections, and returns the answer. The built-in `fetch` is
 * designed for streams: a call takes three times the processor time, and a new tenant needs twenty calls.
 *
 * Rejects with Node's own error if there was no answer, with TimeoutError if it came too late. Redirects are not followed.
 */
export function exchange({ method, url, headers, body, timeoutMs, signal }: Request): Promise<Response> {
  const { promise, resolve, reject } = Promise.withResolvers<Response>();
  const options = { method, headers, ...(signal === undefined ? {} : { signal }) };
  const take = (answer: IncomingMessage) => {
    let text = "";
    answer.setEncoding("utf8");
    answer.on("data", (piece: string) => (text += piece));
    answer.on("error", reject);
    answer.on("end", () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text }));
  };
  const sent =
    url.protocol === "https:"
      ? https.request(url, { ...options, agent: https.globalAgent }, take)
      : http.request(url, { ...options, agent: agentFor(url) }, take);
  sent.on("error", reject);
  const timer = setTimeout(() => {
    reject(new TimeoutError("no answer in time"));
    sent.destroy();
  }, timeoutMs);
  sent.end(body);
  return promise.finally(() => clearTimeout(timer));
}

/** Addresses of this computer are asked directly: each database of the embedded cloud has one of its own in 127.0.0.0/8. */
function agentFor({ hostname }: URL): Agent {
  return /^127\.\d+\.\d+\.\d+$/.test(hostname) ? direct : http.globalAgent;
}
