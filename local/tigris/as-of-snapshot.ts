import { callerOf, demand } from "./caller.ts";
import type { Call } from "./call.ts";
import type { Gateway } from "./gateway.ts";
import { ENGINE_HOST } from "./host-names.ts";
import { encodedName } from "./listed-names.ts";
import { rootSigner } from "./root-signer.ts";
import { Refusal } from "./refusal.ts";
import { xmlAnswer } from "./s3-answer.ts";
import { pathOf, type S3Target } from "./s3-operation.ts";
import { type Kept, snapshotOf, versionAt } from "./taken-snapshots.ts";

/** Names the snapshot that a read is to see. */
export const AS_OF = "x-tigris-snapshot-version";

/**
 * GetObject, HeadObject and ListObjectsV2 with `X-Tigris-Snapshot-Version`: the bucket as it was (@tigrisdata/storage, `get`,
 * `head` and `list` with `snapshotVersion`). Other reads as of a snapshot are refused.
 */
export async function readAsOf(
  gateway: Gateway,
  call: Call,
  target: S3Target,
  operation: string,
  bucket: string,
): Promise<Response> {
  const caller = await callerOf(gateway, call);
  const { key } = target;
  const isList = operation === "ListObjectsV2";
  if (!isList && operation !== "GetObject" && operation !== "HeadObject")
    throw new Refusal(501, "NotImplemented", `The embedded Tigris has no ${operation} as of a snapshot.`);
  await demand(gateway, caller, isList ? "s3:ListBucket" : "s3:GetObject", isList ? bucket : `${bucket}/${key ?? ""}`);
  const { until } = snapshotOf(gateway, bucket, target.header(AS_OF) ?? "");
  if (isList) return list(gateway, bucket, until, target.query);
  const kept = await keptOf(gateway, bucket, key ?? "", until);
  if (kept === undefined) throw new Refusal(404, "NoSuchKey", "The specified key does not exist.");
  return readVersion(gateway, call, { bucket, key: key ?? "", id: kept.id });
}

async function keptOf({ engine }: Gateway, bucket: string, key: string, until: number): Promise<Kept | undefined> {
  for await (const history of engine.histories(bucket, key)) if (history.key === key) return versionAt(history, until);
  return undefined;
}

/** The version as the engine answers it, ranges and conditions included; asked in root's name, for the caller has been judged. */
async function readVersion(
  gateway: Gateway,
  call: Call,
  { bucket, key, id }: { bucket: string; key: string; id: string },
): Promise<Response> {
  const { incoming, outgoing } = call.env;
  const signer = rootSigner(gateway);
  const { method = "GET" } = incoming;
  const host = ENGINE_HOST;
  const path = pathOf(bucket, key);
  // The engine uses the computer's clock.
  const { query } = await signer.presign({
    method,
    protocol: "http:",
    hostname: host,
    path,
    query: { versionId: id },
    headers: { host, "x-amz-content-sha256": "UNSIGNED-PAYLOAD" },
    body: undefined,
  });
  const url = `${path}?${new URLSearchParams(query as Record<string, string>).toString()}`;
  const asked = ["range", "if-match", "if-none-match", "if-modified-since", "if-unmodified-since"].flatMap((name) => {
    const value = incoming.headers[name];
    return typeof value === "string" ? [name, value] : [];
  });
  return gateway.forwarding.stream(incoming, outgoing, {}, { url, rawHeaders: ["host", host, ...asked] });
}

const MOST_KEYS = 1000;

async function list({ engine }: Gateway, bucket: string, until: number, query: URLSearchParams): Promise<Response> {
  const prefix = query.get("prefix") ?? "";
  const delimiter = query.get("delimiter") ?? "";
  const token = query.get("continuation-token");
  const after = token === null ? (query.get("start-after") ?? undefined) : Buffer.from(token, "base64url").toString();
  const most = Math.min(MOST_KEYS, Number(query.get("max-keys") ?? MOST_KEYS));
  const named = query.get("encoding-type") === "url" ? encodedName : (text: string) => text;
  const Contents: object[] = [];
  const folders = new Set<string>();
  let last: string | undefined;
  let isMore = false;
  for await (const history of engine.histories(bucket, prefix, after)) {
    const kept = versionAt(history, until);
    const folder = folderOf(history.key, prefix, delimiter);
    if (kept === undefined || (folder !== undefined && (folders.has(folder) || folder === after))) continue;
    if (Contents.length + folders.size >= most) {
      isMore = true;
      break;
    }
    last = folder ?? history.key;
    if (folder !== undefined) folders.add(folder);
    else
      Contents.push({
        Key: named(history.key),
        LastModified: kept.modified,
        ETag: kept.etag,
        Size: kept.size,
        StorageClass: "STANDARD",
      });
  }
  return xmlAnswer("ListBucketResult", {
    Name: bucket,
    Prefix: named(prefix),
    KeyCount: Contents.length + folders.size,
    MaxKeys: most,
    ...(delimiter === "" ? {} : { Delimiter: named(delimiter) }),
    ...(query.get("encoding-type") === "url" ? { EncodingType: "url" } : {}),
    IsTruncated: isMore,
    ...(isMore && last !== undefined ? { NextContinuationToken: Buffer.from(last).toString("base64url") } : {}),
    Contents,
    CommonPrefixes: [...folders].map((folder) => ({ Prefix: named(folder) })),
  });
}

/** What a key is shown under where a delimiter is asked for; undefined: under itself. */
function folderOf(key: string, prefix: string, delimiter: string): string | undefined {
  if (delimiter === "") return undefined;
  const end = key.indexOf(delimiter, prefix.length);
  return end < 0 ? undefined : key.slice(0, end + delimiter.length);
}
