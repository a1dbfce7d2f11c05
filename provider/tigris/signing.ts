import { Sha256 } from "@aws-crypto/sha256-js";
import { SignatureV4 } from "@smithy/signature-v4";

import type { VendorHttpOptions } from "../http/vendor-http.ts";

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** Tigris has one region for signatures, whatever the bucket's locations. Source: tigris-os-docs, docs/sdks/s3. */
export const REGION = "auto";

/**
 * Signs S3 and IAM calls alike: Tigris' own SDK signs both as service `s3` with the path as it is
 * (@tigrisdata/iam, shared/http-client.ts).
 */
export function signing(credentials: Credentials): NonNullable<VendorHttpOptions["sign"]> {
  const signer = new SignatureV4({
    credentials,
    region: REGION,
    service: "s3",
    sha256: Sha256,
    uriEscapePath: false,
  });
  return async ({ method, url, headers, body }) => {
    const signed = await signer.sign({
      method,
      protocol: url.protocol,
      hostname: url.hostname,
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      headers: { ...headers, host: url.host },
      body,
    });
    return Object.fromEntries(Object.entries(signed.headers).filter(([name]) => name !== "host"));
  };
}
