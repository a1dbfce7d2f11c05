import { Agent, type IncomingMessage, request, type ServerResponse } from "node:http";

import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";

import { Refusal } from "./refusal.ts";

/** Hands requests to the S3 engine exactly as they came: it checks the signature over the Host header and the body. */
export interface Forwarding {
  /** Streams the request to the engine and its answer to the caller, with `extra` headers added to a good one. Nothing is held in memory. */
  stream(
    incoming: IncomingMessage,
    outgoing: ServerResponse,
    extra?: Readonly<Record<string, string>>,
  ): Promise<Response>;
  /** Asks the engine with a body that was read already, and answers what it said. */
  ask(incoming: IncomingMessage, body: string): Promise<Response>;
}

// About one connection only: each side of the gateway has its own.
const HOP_BY_HOP = new Set(["connection", "keep-alive", "proxy-connection", "te", "upgrade", "transfer-encoding"]);
// versitygw gives these twice on some answers.
const GIVEN_ONCE = new Set(["x-amz-request-id", "x-amz-id-2"]);

export function forwarding(port: number): Forwarding {
  const agent = new Agent({ keepAlive: true, maxFreeSockets: 64 });
  const toEngine = ({ method, url, rawHeaders }: IncomingMessage) =>
    request({ agent, host: "127.0.0.1", port, method, path: url, headers: requestHeaders(rawHeaders) });
  return {
    stream(incoming, outgoing, extra = {}) {
      const { promise, resolve, reject } = Promise.withResolvers<Response>();
      const asking = toEngine(incoming);
      asking.on("response", (answer) => {
        outgoing.writeHead(
          answer.statusCode ?? 502,
          answerHeaders(answer.rawHeaders, answer.statusCode === 200 ? extra : {}),
        );
        answer.pipe(outgoing);
        // Half an answer must not look like a whole one, and nobody may wait for an answer that nobody reads.
        answer.on("error", () => outgoing.destroy());
        outgoing.on("close", () => answer.destroy());
        resolve(RESPONSE_ALREADY_SENT);
      });
      asking.on("error", () => reject(new Refusal(503, "ServiceUnavailable", "The storage engine does not answer.")));
      incoming.pipe(asking);
      // An upload that its caller gives up must not become an object. versitygw 1.8.0 takes an orderly end of the connection
      // for the end of the object, whatever length was announced; only a reset stops it.
      incoming.on("close", () => {
        if (incoming.complete) return;
        asking.socket?.resetAndDestroy();
        asking.destroy();
      });
      return promise;
    },
    ask(incoming, body) {
      const { promise, resolve, reject } = Promise.withResolvers<Response>();
      const asking = toEngine(incoming);
      asking.on("response", (answer) => {
        const chunks: Buffer[] = [];
        answer.on("data", (chunk: Buffer) => chunks.push(chunk));
        answer.on("error", reject);
        answer.on("end", () => resolve(whole(answer, Buffer.concat(chunks))));
      });
      asking.on("error", () => reject(new Refusal(503, "ServiceUnavailable", "The storage engine does not answer.")));
      asking.end(body);
      return promise;
    },
  };
}

function whole({ statusCode = 502, rawHeaders }: IncomingMessage, body: Buffer): Response {
  const flat = answerHeaders(rawHeaders, {});
  const headers = Array.from(
    { length: flat.length / 2 },
    (_, i) => [flat[2 * i] ?? "", flat[2 * i + 1] ?? ""] as const,
  );
  const hasBody = statusCode !== 204 && statusCode !== 304;
  return new Response(hasBody ? new Uint8Array(body) : null, {
    status: statusCode,
    headers: headers.filter(([name]) => name.toLowerCase() !== "content-length").map(([name, value]) => [name, value]),
  });
}

function requestHeaders(raw: readonly string[]): string[] {
  // A chunked body stays chunked; "transfer-encoding" tells the client of Node so.
  return selectHeaders(raw, (name) => name === "transfer-encoding" || !HOP_BY_HOP.has(name));
}

function answerHeaders(raw: readonly string[], extra: Readonly<Record<string, string>>): string[] {
  const seen = new Set<string>();
  const kept = selectHeaders(raw, (name) => {
    const isRepeated = GIVEN_ONCE.has(name) && seen.has(name);
    seen.add(name);
    return !HOP_BY_HOP.has(name) && !isRepeated;
  });
  return [...kept, ...Object.entries(extra).flat()];
}

function selectHeaders(raw: readonly string[], keep: (name: string) => boolean): string[] {
  const kept: string[] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const [name = "", value = ""] = [raw[i], raw[i + 1]];
    if (keep(name.toLowerCase())) kept.push(name, value);
  }
  return kept;
}
