import http from "node:http";
import https from "node:https";

/** What libSQL's client uses of an answer. */
type Answer = Pick<Response, "ok" | "status" | "headers" | "arrayBuffer" | "json" | "text" | "body">;

/**
 * A `fetch` for libSQL's client, over Node's own HTTP client with its connections kept. The built-in one is made for streams: it
 * takes more of the processor for an answer of the database than everything else that a request of this app does.
 * A call that takes longer than `limitMs` ends in an error that has a TimeoutError among its causes.
 */
export function keptConnections(limitMs: number): (asked: Request) => Promise<Answer> {
  const agents = {
    "http:": { request: http.request, agent: new http.Agent({ keepAlive: true }) },
    "https:": { request: https.request, agent: new https.Agent({ keepAlive: true }) },
  };
  return async (asked) => {
    const { request, agent } = asked.url.startsWith("https:") ? agents["https:"] : agents["http:"];
    const body = Buffer.from(await asked.arrayBuffer());
    const headers = { ...Object.fromEntries(asked.headers), "content-length": body.length };
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const options = { method: asked.method, headers, agent, signal: AbortSignal.timeout(limitMs) };
    const sent = request(asked.url, options, (answer) => {
      const chunks: Buffer[] = [];
      answer.on("data", (chunk: Buffer) => chunks.push(chunk));
      answer.once("error", reject);
      answer.once("end", () => resolve(answerOf(answer, Buffer.concat(chunks))));
    });
    sent.once("error", reject);
    sent.end(body);
    return promise;
  };
}

function answerOf({ statusCode: status = 0, headers }: http.IncomingMessage, body: Buffer): Answer {
  const text = () => Promise.resolve(body.toString());
  return {
    ok: status >= 200 && status < 300,
    status,
    headers: new Headers({ "content-type": headers["content-type"] ?? "" }),
    arrayBuffer: () => Promise.resolve(new Uint8Array(body).buffer),
    json: async () => JSON.parse(await text()) as unknown,
    text,
    body: null,
  };
}
