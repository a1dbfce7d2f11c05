import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";

import { RequestStream } from "../../../local/turso/request-stream.ts";

const shout = () => new RequestStream(({ lines }) => ["GET /other HTTP/1.1", ...lines.slice(1)]);
const pass = (stream: RequestStream, pieces: readonly Buffer[]) =>
  Buffer.concat(pieces.flatMap((piece) => stream.push(piece))).toString("latin1");

const header = fc.tuple(fc.stringMatching(/^[A-Za-z-]{1,12}$/), fc.stringMatching(/^[ -~]{0,20}$/));
const bytes = fc.uint8Array({ maxLength: 60 }).map((array) => Buffer.from(array).toString("latin1"));
const plainBody = bytes.map((body) => ({ line: `Content-Length: ${body.length}`, sent: body }));
const chunkedBody = fc.array(bytes.filter((body) => body !== "")).map((chunks) => ({
  line: "transfer-encoding: chunked",
  sent: [...chunks.map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`), "0\r\nx-trailer: 1\r\n\r\n"].join(
    "",
  ),
}));
const request = fc
  .tuple(fc.array(header), fc.oneof(plainBody, chunkedBody, fc.constant({ line: "x-none: 1", sent: "" })))
  .map(([headers, { line, sent }]) => {
    const framing = new Set(["content-length", "transfer-encoding", "upgrade"]);
    const kept = headers.filter(([name]) => !framing.has(name.toLowerCase()));
    return `${[...kept.map(([name, value]) => `${name}: ${value}`), line].join("\r\n")}\r\n\r\n${sent}`;
  });

function cut(text: string, places: readonly number[]): Buffer[] {
  const all = Buffer.from(text, "latin1");
  const ends = [...new Set(places.map((place) => place % (all.length + 1)))].sort((a, b) => a - b);
  return [0, ...ends].map((start, index) => all.subarray(start, ends[index] ?? all.length));
}

describe("a stream of requests", () => {
  it("has every head rewritten and nothing else, however it is cut into pieces", () => {
    fc.assert(
      fc.property(fc.array(request, { maxLength: 4 }), fc.array(fc.nat(), { maxLength: 30 }), (requests, places) => {
        const sent = requests.map((rest) => `POST /v2/pipeline HTTP/1.1\r\n${rest}`).join("");
        const expected = requests.map((rest) => `GET /other HTTP/1.1\r\n${rest}`).join("");
        expect(pass(shout(), cut(sent, places))).toBe(expected);
      }),
    );
  });

  it("passes everything after a request for an upgrade", () => {
    const upgrade = "GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n";
    const frames = "\x81\x05POST / HTTP/1.1\r\n\r\n";
    expect(pass(shout(), [Buffer.from(upgrade + frames, "latin1")])).toBe(
      `GET /other HTTP/1.1\r\nUpgrade: websocket\r\n\r\n${frames}`,
    );
  });

  it.each([
    ["TLS/1.2", "Connection: Upgrade\r\nUpgrade: TLS/1.2\r\n", ""],
    ["TLS/1.2, kept alive", "upgrade: TLS/1.2\r\nCONNECTION: keep-alive, Upgrade\r\n", "CONNECTION: keep-alive\r\n"],
    ["h2c", "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n", ""],
    ["HTTP/2 and more", "Upgrade: HTTP/2.0, SHTTP/1.3, IRC/6.9\r\n", ""],
  ])("ignores an offer of %s, and rewrites the request after it", (_, offer, kept) => {
    const request = (headers: string) => `POST / HTTP/1.1\r\n${headers}content-length: 2\r\n\r\n{}`;
    const sent = Buffer.from(request(offer) + request(""), "latin1");
    const expected = (request(kept) + request("")).replaceAll("POST / ", "GET /other ");
    for (const places of [[], [20], [70], [sent.length - 30]])
      expect(pass(shout(), cut(sent.toString("latin1"), places))).toBe(expected);
  });

  it("gives the first of a repeated header, by any spelling", () => {
    const seen: (string | undefined)[] = [];
    const stream = new RequestStream((head) => {
      seen.push(head.header("authorization"), head.header("none"));
      return head.lines;
    });
    stream.push(Buffer.from("GET / HTTP/1.1\r\nAUTHORIZATION:  Bearer a \r\nauthorization: Bearer b\r\n\r\n"));
    expect(seen).toEqual(["Bearer a", undefined]);
  });

  it.each([
    "PRI * HTTP/2.0\r\n\r\n",
    "\x16\x03\x01 hello TLS \r\n\r\n",
    "GET / HTTP/1.1\r\nno colon\r\n\r\n",
    "POST / HTTP/1.1\r\ncontent-length: -1\r\n\r\n",
    "POST / HTTP/1.1\r\ntransfer-encoding: gzip\r\n\r\n",
    "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n",
    "x".repeat(70_000),
  ])("refuses %j", (text) => {
    expect(() => shout().push(Buffer.from(text, "latin1"))).toThrow(Error);
  });
});
