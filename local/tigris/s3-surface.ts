import type { HttpBindings } from "@hono/node-server";
import { Hono } from "hono";

import type { Operation, Surface } from "../surface.ts";
import { AS_OF, readAsOf } from "./as-of-snapshot.ts";
import { deleteLifecycle, getLifecycle, putLifecycle } from "./bucket-lifecycle.ts";
import { noSuchBucket, refuseForeign } from "./bucket-lookup.ts";
import { getBucketMetadata, headHeaders } from "./bucket-metadata.ts";
import { createSnapshot, deleteSnapshot, listSnapshots } from "./bucket-snapshots.ts";
import type { Bucket } from "./buckets.ts";
import { createBucket } from "./create-bucket.ts";
import { deleteBucket } from "./delete-bucket.ts";
import { isOfDeleted, listDeleted } from "./deleted-objects.ts";
import { deleteObjects } from "./delete-objects.ts";
import type { Call } from "./call.ts";
import { callerOf, demand } from "./caller.ts";
import type { Gateway } from "./gateway.ts";
import { listBuckets } from "./list-buckets.ts";
import { isListOfNames, listNames } from "./listed-names.ts";
import { refuseKey } from "./object-key.ts";
import { patchBucket, restoreBucket } from "./patch-bucket.ts";
import { afterWrite, writeOverMark } from "./over-delete-mark.ts";
import { presignUrl } from "./presign-url.ts";
import { Refusal, refusalOf } from "./refusal.ts";
import { type CopySource, renameObject } from "./rename-object.ts";
import { MANAGE_BUCKET } from "./role-document.ts";
import { s3Refusal } from "./s3-answer.ts";
import { s3Operation, type S3Target, s3Target, unescaped } from "./s3-operation.ts";

type Handler = (gateway: Gateway, call: Call, target: S3Target, bucket: string) => Promise<Response>;

// What the gateway answers itself or with the engine's help. Everything else goes to the engine untouched.
const HANDLERS: Readonly<Record<string, Handler>> = {
  CreateBucket: createBucket,
  DeleteBucket: deleteBucket,
  GetBucketMetadata: getBucketMetadata,
  PatchBucket: patchBucket,
  RestoreBucket: restoreBucket,
  ListBuckets: listBuckets,
  CreateBucketSnapshot: createSnapshot,
  ListBucketSnapshots: listSnapshots,
  DeleteBucketSnapshot: deleteSnapshot,
  GetBucketLifecycleConfiguration: getLifecycle,
  PutBucketLifecycleConfiguration: putLifecycle,
  DeleteBucketLifecycleConfiguration: deleteLifecycle,
  PresignUrl: presignUrl,
};
const ANSWERED_IN_JSON = new Set(["GetBucketMetadata", "PatchBucket", "RestoreBucket", "PresignUrl"]);

/** The address for S3, with what Tigris adds to it. */
export function s3Surface(gateway: Gateway): Surface {
  const app = new Hono<{ Bindings: HttpBindings }>();
  app.all("*", async (call) => {
    const target = targetOf(call);
    const operation = s3Operation(target);
    try {
      await gateway.upToDate();
      refuseByPath(gateway, target);
      const handler = HANDLERS[operation.name];
      return await (handler === undefined
        ? passOn(gateway, call, target, operation)
        : handler(gateway, call, target, target.bucket ?? ""));
    } catch (error) {
      const isJson = ANSWERED_IN_JSON.has(operation.name) || target.header("accept")?.includes("json") === true;
      return s3Refusal(refusalOf(error, gateway.log), isJson ? "json" : "xml");
    }
  });
  return { name: "s3", app: app as unknown as Hono, identify: (context) => s3Operation(targetOf(context as Call)) };
}

async function passOn(
  gateway: Gateway,
  call: Call,
  target: S3Target,
  { name: operation, mutating }: Operation,
): Promise<Response> {
  const { bucket: name, key } = target;
  gateway.staleness.meet(gateway, call, target, operation);
  const source = copySource(target);
  if (key !== undefined) refuseKey(key, mutating ? "write" : "read");
  if (source !== undefined) refuseKey(source.key, "read");
  for (const mentioned of [name, source?.bucket]) {
    if (mentioned === undefined) continue;
    refuseForeign(gateway, mentioned);
    const bucket = gateway.buckets.get(mentioned);
    if (bucket !== undefined && (bucket.deleted !== undefined || isSpreading(gateway, bucket))) throw noSuchBucket();
  }
  refuseByKey(gateway, call, operation);
  if (target.header(AS_OF) !== undefined && name !== undefined) return readAsOf(gateway, call, target, operation, name);
  // tigris-os-docs, api/s3/index.mdx: snapshots take their place.
  if ((operation === "GetBucketVersioning" || operation === "PutBucketVersioning") && name !== undefined) {
    await demand(gateway, await callerOf(gateway, call), MANAGE_BUCKET, name);
    throw new Refusal(501, "NotImplemented", "A header you provided implies functionality that is not implemented.");
  }
  // The engine would take it for the post of a form. Source: tigris-boto3-ext 0.8.0, objects/bundle.py.
  if (operation === "BundleObjects")
    throw new Refusal(501, "NotImplemented", "The embedded Tigris does not put objects into one archive.");
  if (isOfDeleted(target, operation)) return listDeleted(gateway, call, name ?? "", operation);
  if (operation === "DeleteObjects") return deleteObjects(gateway, call);
  if (operation === "CopyObject" && source !== undefined && target.header("x-tigris-rename") === "true") {
    const cleared = afterWrite(gateway, target, operation);
    const answer = await renameObject(gateway, call, target, source);
    if (answer.ok) cleared?.();
    return answer;
  }
  const overMark = await writeOverMark(gateway, call, target, operation);
  if (overMark !== undefined) return overMark;
  if (isListOfNames(operation)) return listNames(gateway, call, target);
  const { incoming, outgoing } = call.env;
  const bucket = operation === "HeadBucket" && name !== undefined ? gateway.buckets.get(name) : undefined;
  const extra = bucket === undefined ? {} : headHeaders(gateway, name ?? "", bucket);
  return gateway.forwarding.stream(incoming, outgoing, extra, incoming, afterWrite(gateway, target, operation));
}

function refuseByPath({ switches }: Gateway, { isByPath }: S3Target): void {
  if (isByPath && switches.read("pathStyleRefused"))
    throw new Refusal(403, "AccessDenied", "This bucket is addressed by its host name, not in the path.");
}

/** A bucket so new that it is not known everywhere yet. */
function isSpreading({ switches, clock }: Gateway, { createdAt }: Bucket): boolean {
  return clock().getTime() - Date.parse(createdAt) < switches.read("spreadMs");
}

/** By the key in the request: the engine refuses a call with somebody else's key anyway. */
function refuseByKey({ switches, keys, clock }: Gateway, call: Call, operation: string): void {
  const keyId = /Credential=([^/,]+)/.exec(call.req.header("authorization") ?? "")?.[1] ?? "";
  const key = keys.get(keyId);
  if (key === undefined) return;
  const isUngranted = operation === "UploadPartCopy" && switches.read("partCopyUngranted") && key.roles.length === 0;
  const isSpreading = clock().getTime() - Date.parse(key.createdAt) < switches.read("keySpreadMs");
  if (isUngranted || isSpreading) {
    throw new Refusal(403, "AccessDenied", `Key ${keyId} is not authorized to perform ${operation}.`);
  }
}

function targetOf(call: Call): S3Target {
  const { incoming } = call.env;
  return s3Target(incoming.method ?? "GET", incoming.url ?? "/", (name) => call.req.header(name));
}

/** What a copy reads. */
function copySource({ header }: S3Target): CopySource | undefined {
  const source = header("x-amz-copy-source");
  if (source === undefined) return undefined;
  const [path = ""] = source.replace(/^\//, "").split("?", 1);
  const [bucket = "", ...key] = unescaped(path).split("/");
  return { bucket, key: key.join("/") };
}
