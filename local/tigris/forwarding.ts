import { Agent, type ClientRequest, type IncomingMessage, request, type ServerResponse } from "node:http";

import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";

import { Refusal } from "./refusal.ts";

/** Hands requests to the S3 engine exactly as they came: it checks the signature over the Host header and the body. */
export interface Forwarding {
  /**
   * Streams the request to the engine and its answer to the caller, with `extra` headers added to a good one. Nothing is held
   * in memory. `as`: what the engine is asked in the place of what the caller asked. `onGood` is called before a good answer goes on.
   */
  stream(
    incoming: IncomingMessage,
    outgoing: ServerResponse,
    extra?: Readonly<Record<string, string>>,
    as?: Pick<IncomingMessage, "url" | "rawHeaders">,
    onGood?: () => void,
  ): Promise<Response>;
  /** Asks the engine with a body that was read already, and answers what it said. */
  ask(incoming: Pick<IncomingMessage, "method" | "url" | "rawHeaders">, body: string): Promise<Response>;
}

// About one connection only: each side of the gateway has its own.
const HOP_BY_HOP = new Set(["connection", "keep-alive", "proxy-connection", "te", "upgrade", "transfer-encoding"]);
// versitygw gives these twice on some answers.
const GIVEN_ONCE = new Set(["x-amz-request-id", "x-amz-id-2"]);

export function forwarding(port: number): Forwarding {
  const agent = new Agent({ keepAlive: true, maxFreeSockets: 64 });
  const toEngine = ({ method, url, rawHeaders }: Pick<IncomingMessage, "method" | "url" | "rawHeaders">) =>
    request({ agent, host: "127.0.0.1", port, method, path: url, headers: requestHeaders(rawHeaders) });
  return {
    stream(incoming, outgoing, extra = {}, as = incoming, onGood = () => undefined) {
      const { promise, resolve, reject } = Promise.withResolvers<Response>();
      const { method } = incoming;
      const { url, rawHeaders } = as;
      const asking = toEngine({ method, url, rawHeaders });
      const give = (answer: IncomingMessage) => {
        if (answer.statusCode === 200) onGood();
        passAnswer(answer, outgoing, extra);
        resolve(RESPONSE_ALREADY_SENT);
      };
      asking.on("response", (answer) => {
        // It was decided before the body was there: the rest is read for the caller's sake, who may send all before it listens.
        if (!incoming.complete) {
          incoming.unpipe(asking);
          incoming.resume();
          answer.on("end", () => asking.destroy());
        }
        give(answer);
      });
      asking.on("error", () => {
        incoming.unpipe(asking);
        incoming.resume();
        const isGivenUp = incoming.destroyed && !incoming.complete;
        if (isGivenUp || !mayHaveBeenRefused(incoming)) reject(silent());
        else refusalOf(toEngine(incoming), incoming).then(give, reject);
      });
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
      asking.on("error", () => reject(silent()));
      asking.end(body);
      return promise;
    },
  };
}

// What versitygw 1.8.0 reads of an upload that it has refused, before it answers and ends the connection
// (s3api/middlewares/drain-request-body.go), and one byte by which it knows that there is more.
const READ_OF_A_REFUSED_UPLOAD = 256 * 1024 + 1;
const REFUSAL_LIMIT_MS = 3000;

/**
 * The engine's refusal of an upload whose connection broke off: it answers early and ends the connection, which breaks the
 * writing of what is still under way, and then Node gives the answer up unread. So it is asked once more with just as much as it
 * reads of a refused upload. It refuses by the request's head; a request that it does not refuse is reset, and no object comes
 * into being.
 */
async function refusalOf(asking: ClientRequest, { headers }: IncomingMessage): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const giveUp = () => {
    asking.socket?.resetAndDestroy();
    asking.destroy();
    reject(silent());
  };
  const timer = setTimeout(giveUp, REFUSAL_LIMIT_MS);
  asking.on("error", giveUp);
  asking.on("response", (answer) => {
    if ((answer.statusCode ?? 0) < 400) giveUp();
    answer.on("end", () => asking.destroy());
    resolve(answer);
  });
  asking.flushHeaders();
  // Of a body of no stated length it reads nothing.
  if (headers["content-length"] !== undefined) asking.write(Buffer.alloc(READ_OF_A_REFUSED_UPLOAD));
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
  }
}

/** Shorter uploads are read to their end before they are refused; and asked again they would be whole. */
function mayHaveBeenRefused({ headers }: IncomingMessage): boolean {
  const length = headers["content-length"];
  return length === undefined ? headers["transfer-encoding"] !== undefined : Number(length) > READ_OF_A_REFUSED_UPLOAD;
}

function silent(): Refusal {
  return new Refusal(503, "ServiceUnavailable", "The storage engine does not answer.");
}

function passAnswer(answer: IncomingMessage, outgoing: ServerResponse, extra: Readonly<Record<string, string>>): void {
  const { statusCode = 502, rawHeaders } = answer;
  outgoing.writeHead(statusCode, answerHeaders(rawHeaders, statusCode === 200 ? extra : {}));
  answer.pipe(outgoing);
  // A partial answer must not look complete, and the engine must not wait for an answer that nobody reads.
  answer.on("error", () => outgoing.destroy());
  outgoing.on("close", () => answer.destroy());
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
