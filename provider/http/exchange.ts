import type { Agent, AgentOptions, IncomingHttpHeaders, IncomingMessage } from "node:http";

// To import from them by name loads undici as well, which is a third of a short run's start.
const http = process.getBuiltinModule("node:http");
const https = process.getBuiltinModule("node:https");

/** A request as it is sent. */
export interface Request {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  /** Milliseconds until the whole answer has to be there. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** An answer, whatever its status. */
export interface Response {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** The whole answer was not there in time. */
export class TimeoutError extends Error {
  override readonly name = "TimeoutError";
}

/** As Node's own agents, but for the proxies that those ask where NODE_USE_ENV_PROXY is set. */
const KEPT: AgentOptions = { keepAlive: true, scheduling: "lifo", timeout: 5000 };
const direct = new http.Agent(KEPT);

/**
 * Sends a request by Node's own HTTP client, whose connections are kept, and answers what came back. The built-in `fetch` is
 * made for streams: it takes three times the processor for a call, and a new tenant is twenty calls.
 *
 * Rejects with Node's own error where there was no answer, TimeoutError where it came too late. Redirects are not followed.
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
