import { Sha256 } from "@aws-crypto/sha256-js";
import { SignatureV4 } from "@smithy/signature-v4";
import * as z from "zod";

import { callerOf, secretOf } from "./caller.ts";
import type { Call } from "./call.ts";
import type { Gateway } from "./gateway.ts";
import { Refusal } from "./refusal.ts";
import { jsonAnswer } from "./s3-answer.ts";
import { NAMES_BELOW } from "./host-names.ts";
import { pathOf } from "./s3-operation.ts";
import { REGION } from "./versitygw.ts";

const wish = z.object({
  bucket: z.string().min(1),
  key: z.string().min(1),
  key_id: z.string().min(1),
  type: z.enum(["get", "put"]),
  /** Seconds; S3 allows a week. */
  expires_in: z.int().min(1).max(604_800),
});

/**
 * `POST /?func=presign`: Tigris signs a URL itself (@tigrisdata/storage, object/presigned-url.ts) instead of leaving it to
 * the client. Only for the calling key, so that it grants no additional access; the engine checks the URL when it is used.
 */
export async function presignUrl(gateway: Gateway, call: Call): Promise<Response> {
  const { keyId } = await callerOf(gateway, call);
  const parsed = wish.safeParse(await call.req.json().catch(() => undefined));
  if (!parsed.success) throw new Refusal(400, "InvalidArgument", z.prettifyError(parsed.error));
  const { bucket, key, key_id, type, expires_in: expiresIn } = parsed.data;
  const secretAccessKey = secretOf(gateway, key_id);
  if (key_id !== keyId || secretAccessKey === undefined) {
    throw new Refusal(403, "AccessDenied", `Key ${keyId} is not authorized to sign for ${key_id}.`);
  }
  const signer = new SignatureV4({
    credentials: { accessKeyId: key_id, secretAccessKey },
    region: REGION,
    service: "s3",
    sha256: Sha256,
    uriEscapePath: false,
  });
  const { host, path } = addressOf(call.env.incoming.headers.host ?? "", bucket, key);
  const request = { method: type.toUpperCase(), protocol: "http:", hostname: host, path, headers: { host }, query: {} };
  const signed = await signer.presign(
    { ...request, body: undefined, headers: { host, "x-amz-content-sha256": "UNSIGNED-PAYLOAD" } },
    { expiresIn, signingDate: gateway.clock() },
  );
  const query = new URLSearchParams(signed.query as Record<string, string>);
  const url = `http://${host}${path}?${query.toString()}`;
  return jsonAnswer({ bucket, key, key_id, type, url, custom_domain_url: "" });
}

/** By the bucket's host name, where the endpoint was asked by a name. */
function addressOf(host: string, bucket: string, key: string): { host: string; path: string } {
  const path = pathOf(bucket, key);
  return host.replace(/:\d+$/, "") === NAMES_BELOW
    ? { host: `${bucket}.${host}`, path: path.slice(bucket.length + 1) }
    : { host, path };
}
