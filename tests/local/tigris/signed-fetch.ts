import { Sha256 } from "@aws-crypto/sha256-js";
import { SignatureV4 } from "@smithy/signature-v4";

import type { KeyPair } from "./clients.ts";

interface Options {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly service?: "s3" | "iam";
  readonly signingDate?: Date;
}

/** A plain HTTP request with an AWS signature, for the calls that no SDK makes. */
export async function signedFetch(url: string, key: KeyPair, options: Options = {}): Promise<Response> {
  const { hostname, host, pathname, searchParams, protocol } = new URL(url);
  const { method = "GET", headers = {}, body, service = "s3", signingDate = new Date() } = options;
  const signer = new SignatureV4({
    credentials: key,
    region: "auto",
    service,
    sha256: Sha256,
    uriEscapePath: service !== "s3",
  });
  const signed = await signer.sign(
    {
      method,
      protocol,
      hostname,
      path: pathname,
      query: Object.fromEntries(searchParams),
      headers: { ...headers, host },
      ...(body === undefined ? {} : { body }),
    },
    { signingDate },
  );
  return fetch(url, { method, headers: signed.headers, ...(body === undefined ? {} : { body }) });
}
