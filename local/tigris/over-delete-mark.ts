import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";

import { callerByHead, demand } from "./caller.ts";
import type { Call } from "./call.ts";
import type { Gateway } from "./gateway.ts";
import { ENGINE_HOST } from "./host-names.ts";
import { rootSigner } from "./root-signer.ts";
import { Refusal } from "./refusal.ts";
import { pathOf, type S3Target } from "./s3-operation.ts";

const CONDITIONAL = new Set(["PutObject", "CompleteMultipartUpload"]);
const WRITES = new Set([...CONDITIONAL, "CopyObject"]);

/**
 * What has to be done when a write has succeeded, to a key whose object was deleted in a bucket that keeps versions: versitygw
 * 1.8.0 leaves the mark of the delete on the new object, where attributes lie in a folder of their own. Undefined: nothing.
 */
export function afterWrite(
  gateway: Gateway,
  { bucket = "", key = "" }: S3Target,
  operation: string,
): (() => void) | undefined {
  if (!WRITES.has(operation) || gateway.buckets.get(bucket)?.settings.type !== 1) return undefined;
  const mark = markOn(gateway, bucket, key);
  if (!existsSync(mark)) return undefined;
  return () => {
    rmSync(mark, { force: true });
  };
}

/** The file by which versitygw knows that the newest version of an object is the mark of a delete. */
function markOn({ attributes }: Gateway, bucket: string, key: string): string {
  return join(attributes, bucket, key, "meta", "delete-marker");
}

/**
 * A write under a condition, to a key whose object was deleted in a bucket that keeps versions. versitygw 1.8.0 takes the mark of
 * the delete for an object: it refuses `If-None-Match: *` and grants `If-Match`. Here it is as in S3, where nothing is there.
 * Undefined: it is another call, which the engine answers rightly.
 */
export async function writeOverMark(
  gateway: Gateway,
  call: Call,
  target: S3Target,
  operation: string,
): Promise<Response | undefined> {
  const { bucket = "", key = "" } = target;
  const isConditional = target.header("if-none-match") !== undefined || target.header("if-match") !== undefined;
  if (!CONDITIONAL.has(operation) || !isConditional || gateway.buckets.get(bucket)?.settings.type !== 1)
    return undefined;
  const cleared = afterWrite(gateway, target, operation);
  if (cleared === undefined) return undefined;
  // Chunks that were signed one by one hang on the signature of the head: the engine has to see that.
  if (target.header("x-amz-content-sha256")?.startsWith("STREAMING-AWS4") === true) return undefined;
  await demand(gateway, callerByHead(gateway, call), "s3:PutObject", `${bucket}/${key}`);
  if (target.header("if-match") !== undefined) throw new Refusal(404, "NoSuchKey", "The specified key does not exist.");
  return unconditional(gateway, call, { bucket, key, cleared });
}

const NOT_PASSED_ON = new Set(["authorization", "if-none-match", "x-amz-date", "x-amz-security-token", "connection"]);

/** The same write without its condition, in root's name. */
async function unconditional(
  gateway: Gateway,
  call: Call,
  { bucket, key, cleared }: { bucket: string; key: string; cleared: () => void },
): Promise<Response> {
  const { incoming, outgoing } = call.env;
  const headers: Record<string, string> = Object.fromEntries(
    Object.entries({ ...incoming.headers, host: ENGINE_HOST }).flatMap(([name, value]) =>
      typeof value === "string" && !NOT_PASSED_ON.has(name) ? [[name, value]] : [],
    ),
  );
  const signer = rootSigner(gateway);
  const path = pathOf(bucket, key);
  const [, search = ""] = (incoming.url ?? "").split("?", 2);
  const query = Object.fromEntries(
    [...new URLSearchParams(search)].filter(([name]) => !name.toLowerCase().startsWith("x-amz-")),
  );
  const { method = "PUT" } = incoming;
  // What a connection carries beside the request is not signed.
  const { "transfer-encoding": chunked, expect: _, ...signable } = headers;
  const signed = await signer.sign({
    method,
    protocol: "http:",
    hostname: ENGINE_HOST,
    path,
    query,
    headers: { "x-amz-content-sha256": "UNSIGNED-PAYLOAD", ...signable },
    body: undefined,
  });
  const asked = new URLSearchParams(query).toString();
  const rawHeaders = Object.entries({
    ...signed.headers,
    ...(chunked === undefined ? {} : { "transfer-encoding": chunked }),
  });
  const as = { url: asked === "" ? path : `${path}?${asked}`, rawHeaders: rawHeaders.flat() };
  return gateway.forwarding.stream(incoming, outgoing, {}, as, cleared);
}
