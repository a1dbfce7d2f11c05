import { Agent as HttpAgent, request as httpRequest } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";

import { Sha256 } from "@aws-crypto/sha256-js";
import { SignatureV4 } from "@smithy/signature-v4";

import { REGION } from "../../provider/tigris/signing.ts";
import type { Answer, Sent } from "./attempt.ts";
import type { Credential } from "./party.ts";
import { askedBySocket } from "./socket.ts";

const LIMIT_MS = 20_000;
/** More of an answer tells nothing. */
const KEPT = 64 * 1024;
const PRESIGNED_SECONDS = 60;

export interface Sender {
  /** Sends with a credential, or without one. Never throws: no answer is the status 0. */
  send(sent: Sent, as: Credential | undefined): Promise<Answer>;
  close(): void;
}

/** Sends attempts as they are: no retries, no headers of its own but those of the credential. */
export function openSender(): Sender {
  const agents = { http: new HttpAgent({ keepAlive: true }), https: new HttpsAgent({ keepAlive: true }) };
  const signers = new Map<string, SignatureV4>();
  const signerOf = (key: Extract<Credential, { accessKeyId: string }>) => {
    const known = signers.get(key.accessKeyId);
    if (known !== undefined) return known;
    const made = new SignatureV4({
      credentials: key,
      region: REGION,
      service: "s3",
      sha256: Sha256,
      uriEscapePath: false,
    });
    signers.set(key.accessKeyId, made);
    return made;
  };
  return {
    async send(sent, as) {
      if (sent.socket === true)
        return askedBySocket(
          sent.url,
          sent.body ?? "",
          as !== undefined && "token" in as ? as.token : undefined,
          LIMIT_MS,
        );
      return exchanged(await credentialed(sent, as, signerOf), agents);
    },
    close() {
      agents.http.destroy();
      agents.https.destroy();
    },
  };
}

async function credentialed(
  sent: Sent,
  as: Credential | undefined,
  signerOf: (key: Extract<Credential, { accessKeyId: string }>) => SignatureV4,
): Promise<Sent> {
  if (as === undefined) return sent;
  if ("token" in as) return { ...sent, headers: { ...sent.headers, authorization: `Bearer ${as.token}` } };
  const signer = signerOf(as);
  const url = new URL(sent.presignedFor ?? sent.url);
  const bare = {
    method: sent.method,
    protocol: url.protocol,
    hostname: url.hostname,
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
  };
  if (sent.presignedFor !== undefined) {
    const { query = {} } = await signer.presign(
      { ...bare, headers: { host: url.host, "x-amz-content-sha256": "UNSIGNED-PAYLOAD" } },
      { expiresIn: PRESIGNED_SECONDS },
    );
    return { ...sent, url: `${sent.url}?${new URLSearchParams(query as Record<string, string>).toString()}` };
  }
  const { headers } = await signer.sign({
    ...bare,
    headers: { ...sent.headers, host: url.host },
    body: sent.body ?? "",
  });
  return { ...sent, headers };
}

function exchanged(
  { method, url, headers = {}, body, limitMs = LIMIT_MS }: Sent,
  agents: { readonly http: HttpAgent; readonly https: HttpsAgent },
): Promise<Answer> {
  const { promise, resolve } = Promise.withResolvers<Answer>();
  const isPlain = url.startsWith("http:");
  const length = method === "GET" || method === "HEAD" ? {} : { "content-length": Buffer.byteLength(body ?? "") };
  const options = { method, headers: { ...length, ...headers }, timeout: limitMs };
  const asking = isPlain
    ? httpRequest(url, { ...options, agent: agents.http })
    : httpsRequest(url, { ...options, agent: agents.https });
  const silence = (error: Error) => resolve({ status: 0, text: error.message, headers: {} });
  asking.on("response", (answer) => {
    let text = "";
    answer.setEncoding("utf8").on("data", (piece: string) => {
      if (text.length < KEPT) text += piece;
    });
    answer.on("error", silence);
    answer.on("end", () => {
      const plain = Object.fromEntries(
        Object.entries(answer.headers).map(([name, value]) => [name, value?.toString()]),
      );
      resolve({ status: answer.statusCode ?? 0, text, headers: plain });
    });
  });
  asking.on("timeout", () => asking.destroy(new Error("no answer")));
  asking.on("error", silence);
  asking.end(body);
  return promise;
}
