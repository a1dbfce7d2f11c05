import { createHash, createHmac, timingSafeEqual } from "node:crypto";

import { createScope, getCanonicalQuery } from "@smithy/signature-v4";

import { Refusal } from "./refusal.ts";

/** A request as it came over the wire, its body complete. */
export interface ReceivedRequest {
  readonly method: string;
  /** Path and query, undecoded. */
  readonly url: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Undefined: the reader checks it against its hash. */
  readonly body: string | undefined;
}

interface Claim {
  readonly keyId: string;
  readonly region: string;
  readonly service: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  /** As it was signed: 20260131T235959Z. */
  readonly date: string;
  /** Seconds from `date`; a presigned URL says its own. */
  readonly validFor: number;
  readonly presigned: boolean;
}

const CLOCK_SKEW_S = 15 * 60;

/**
 * Checks an AWS signature (version 4, in the header or presigned; service `s3` or `iam`, both are in use with Tigris) and
 * answers the id of the key that made it. `secretOf` answers undefined for a key that does not exist or is switched off.
 * Throws a Refusal with the code that S3 gives.
 */
export function verifySignature(
  received: ReceivedRequest,
  secretOf: (keyId: string) => string | undefined,
  now: Date,
): string {
  const claim = claimOf(received);
  const age = (now.getTime() - instantOf(claim.date)) / 1000;
  if (!(age >= -CLOCK_SKEW_S && age <= claim.validFor)) {
    if (claim.presigned) throw new Refusal(403, "AccessDenied", "Request has expired");
    throw new Refusal(
      403,
      "RequestTimeTooSkewed",
      "The difference between the request time and the current time is too large.",
    );
  }
  if (!claim.signedHeaders.includes("host")) {
    throw new Refusal(403, "AccessDenied", "There were headers present in the request which were not signed: host");
  }
  const secretAccessKey = secretOf(claim.keyId);
  if (secretAccessKey === undefined) {
    throw new Refusal(403, "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.");
  }
  checkBody(received);
  const expected = expectedSignature(received, claim, secretAccessKey);
  const given = Buffer.from(claim.signature);
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
    throw new Refusal(
      403,
      "SignatureDoesNotMatch",
      "The request signature we calculated does not match the signature you provided.",
    );
  }
  return claim.keyId;
}

function claimOf({ url, headers }: ReceivedRequest): Claim {
  const header = headers["authorization"];
  return header === undefined ? claimInQuery(queryOf(url)) : claimInHeader(header, headers);
}

function claimInHeader(header: string, headers: ReceivedRequest["headers"]): Claim {
  const fields = /^AWS4-HMAC-SHA256 +Credential=([^, ]+), *SignedHeaders=([^, ]+), *Signature=([0-9a-f]+)$/.exec(
    header.trim(),
  );
  const [, credential = "", signedHeaders = "", signature = ""] = fields ?? [];
  return {
    ...scopeOf(credential),
    signedHeaders: signedHeaders.split(";"),
    signature,
    date: headers["x-amz-date"] ?? "",
    validFor: CLOCK_SKEW_S,
    presigned: false,
  };
}

function claimInQuery(query: Readonly<Record<string, string>>): Claim {
  if (query["X-Amz-Signature"] === undefined) throw new Refusal(403, "AccessDenied", "Access Denied.");
  return {
    ...scopeOf(query["X-Amz-Credential"] ?? ""),
    signedHeaders: (query["X-Amz-SignedHeaders"] ?? "").split(";"),
    signature: query["X-Amz-Signature"],
    date: query["X-Amz-Date"] ?? "",
    validFor: Number(query["X-Amz-Expires"] ?? 0),
    presigned: true,
  };
}

function scopeOf(credential: string): Pick<Claim, "keyId" | "region" | "service"> {
  const [keyId, , region, service, terminator] = credential.split("/");
  const isKnown = service === "s3" || service === "iam";
  if (keyId === undefined || region === undefined || !isKnown || terminator !== "aws4_request") {
    throw new Refusal(400, "AuthorizationHeaderMalformed", "The authorization header is malformed.");
  }
  return { keyId, region, service };
}

function instantOf(date: string): number {
  const [, y, mo, d, h, mi, s] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(date) ?? [];
  return Date.parse(`${y}-${mo}-${d}T${h}:${mi}:${s}Z`);
}

// The signature covers the digest that the header states; here the digest is held against the body.
function checkBody({ headers, body }: ReceivedRequest): void {
  const stated = headers["x-amz-content-sha256"];
  if (stated === undefined || stated === "UNSIGNED-PAYLOAD" || body === undefined) return;
  if (stated !== digest(body)) {
    throw new Refusal(
      400,
      "XAmzContentSHA256Mismatch",
      "The provided 'x-amz-content-sha256' header does not match what was computed.",
    );
  }
}

function expectedSignature(received: ReceivedRequest, claim: Claim, secretAccessKey: string): Buffer {
  const names = claim.signedHeaders.toSorted();
  const lines = names.map((name) => `${name}:${(received.headers[name] ?? "").trim().replaceAll(/[ \t]+/g, " ")}`);
  const canonicalRequest = [
    received.method,
    received.url.split("?", 1)[0] ?? "/",
    canonicalQuery(received.url),
    ...lines,
    "",
    names.join(";"),
    received.headers["x-amz-content-sha256"] ?? (claim.presigned ? "UNSIGNED-PAYLOAD" : digest(received.body ?? "")),
  ].join("\n");

  const day = claim.date.slice(0, 8);
  const scope = createScope(day, claim.region, claim.service);
  const text = ["AWS4-HMAC-SHA256", claim.date, scope, digest(canonicalRequest)].join("\n");
  return Buffer.from(hmac(signingKeyOf(secretAccessKey, scope), text).toString("hex"));
}

/** The last one of each secret: four digests that stay the same for a day. */
const signingKeys = new Map<string, { readonly scope: string; readonly key: Buffer }>();

function signingKeyOf(secretAccessKey: string, scope: string): Buffer {
  const known = signingKeys.get(secretAccessKey);
  if (known?.scope === scope) return known.key;
  const key = scope.split("/").reduce(hmac, Buffer.from(`AWS4${secretAccessKey}`));
  signingKeys.set(secretAccessKey, { scope, key });
  return key;
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}

function canonicalQuery(url: string): string {
  const query = Object.fromEntries(Object.entries(queryOf(url)).filter(([name]) => name !== "X-Amz-Signature"));
  return getCanonicalQuery({ method: "", protocol: "", hostname: "", path: "", headers: {}, query });
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** The query's parameters, decoded; a bare name has the empty value. */
function queryOf(url: string): Record<string, string> {
  const text = url.split("?")[1] ?? "";
  const pairs = text.split("&").filter((pair) => pair !== "");
  return Object.fromEntries(
    pairs.map((pair) => {
      const [name = "", ...value] = pair.split("=");
      return [decodeURIComponent(name), decodeURIComponent(value.join("="))] as const;
    }),
  );
}
