import type { AgentOptions, IncomingMessage } from "node:http";

// To import from it by name loads undici as well, which is a third of a short run's start.
const http = process.getBuiltinModule("node:http");

/** A call to something of ours on this computer. */
export interface LoopbackCall {
  readonly method: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. Undefined: no body. */
  readonly body?: unknown;
  /** Milliseconds until the whole answer has to be there. */
  readonly limitMs: number;
}

/** What was answered, whatever its status. */
export interface LoopbackAnswer {
  readonly status: number;
  readonly isOk: boolean;
  readonly text: string;
}

/** The whole answer was not there in time. */
export class LateError extends Error {
  override readonly name = "LateError";
}

const KEPT: AgentOptions = { keepAlive: true, scheduling: "lifo", timeout: 4000 };
const agent = new http.Agent(KEPT);

/** Calls a server on this computer. Rejects with LateError where the answer came too late, with Node's own error where there was none. */
export function loopbackCall({ method, url, headers = {}, body, limitMs }: LoopbackCall): Promise<LoopbackAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<LoopbackAnswer>();
  const text = body === undefined ? undefined : JSON.stringify(body);
  const typed = text === undefined ? headers : { ...headers, "content-type": "application/json" };
  const sent = http.request(url, { method, headers: typed, agent }, (answer) => {
    take(answer, resolve, reject);
  });
  sent.on("error", reject);
  const timer = setTimeout(() => {
    reject(new LateError(`no answer within ${limitMs / 1000} s`));
    sent.destroy();
  }, limitMs);
  sent.end(text);
  return promise.finally(() => clearTimeout(timer));
}

function take(answer: IncomingMessage, tell: (whole: LoopbackAnswer) => void, fail: (error: Error) => void): void {
  const { statusCode: status = 0 } = answer;
  let text = "";
  answer.setEncoding("utf8");
  answer.on("data", (piece: string) => (text += piece));
  answer.on("error", fail);
  answer.on("end", () => tell({ status, isOk: status >= 200 && status < 300, text }));
}
