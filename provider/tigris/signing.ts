import type { VendorHttpOptions } from "../http/vendor-http.ts";

/** A key's id and its secret. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** Tigris has one region for signatures, whatever the bucket's locations. Source: tigris-os-docs, docs/sdks/s3. */
export const REGION = "auto";

/**
 * Signs S3 and IAM calls alike: Tigris' own SDK signs both as service `s3` with the path as it is
 * (@tigrisdata/iam, shared/http-client.ts). The signer is loaded by the first call: a plan without changes makes none.
 */
export function signing(credentials: Credentials): NonNullable<VendorHttpOptions["sign"]> {
  let loading: ReturnType<typeof loadSigner> | undefined;
  return async ({ method, url, headers, body }) => {
    const signer = await (loading ??= loadSigner(credentials));
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

async function loadSigner(credentials: Credentials) {
  const [{ SignatureV4 }, { Sha256 }] = await Promise.all([
    import("@smithy/signature-v4"),
    import("@aws-crypto/sha256-js"),
  ]);
  return new SignatureV4({ credentials, region: REGION, service: "s3", sha256: Sha256, uriEscapePath: false });
}
