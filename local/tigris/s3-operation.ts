import type { Operation } from "../surface.ts";
import { bucketInHost } from "./host-names.ts";

/** What names an S3 request: its method, the bucket in its host name or path, the key, and the parameters and headers that select the call. */
export interface S3Target {
  readonly method: string;
  readonly bucket: string | undefined;
  /** Whether the path names the bucket, not the host name. */
  readonly isByPath: boolean;
  /** Decoded. */
  readonly key: string | undefined;
  readonly query: URLSearchParams;
  header(name: string): string | undefined;
}

/** Takes host name, path and query apart. A key may hold `//` and `..`. */
export function s3Target(method: string, url: string, header: (name: string) => string | undefined): S3Target {
  const [path = "/", ...query] = url.split("?");
  const named = bucketInHost(header("host"));
  const [, first, more] = /^\/([^/]*)(?:\/(.*))?$/s.exec(path) ?? [];
  const [bucket, key] = named === undefined ? [first, more] : [named, path.slice(1)];
  return {
    method,
    isByPath: named === undefined && nonEmpty(bucket) !== undefined,
    bucket: nonEmpty(bucket),
    key: nonEmpty(key === undefined ? undefined : unescaped(key)),
    query: new URLSearchParams(query.join("?")),
    header,
  };
}

/** Text of a URL's path, decoded; as it is where it cannot be. */
export function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The path of an object as S3 wants it to be signed: everything but the unreserved characters is escaped. */
export function pathOf(bucket: string, key: string): string {
  const escaped = (part: string) =>
    encodeURIComponent(part).replaceAll(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
  return `/${bucket}/${key.split("/").map(escaped).join("/")}`;
}

/** Names the call as the S3 reference and Tigris' SDK do. */
export function s3Operation(target: S3Target): Operation {
  const name = operationName(target);
  return { name, mutating: !READING_METHODS.has(target.method) && !READING_POSTS.has(name) };
}

const READING_METHODS = new Set(["GET", "HEAD"]);
const READING_POSTS = new Set(["PresignUrl", "SelectObjectContent", "BundleObjects"]);

function operationName(target: S3Target): string {
  if (target.bucket === undefined) {
    if (target.query.get("func") === "presign") return "PresignUrl";
    return target.header("x-tigris-snapshot") === undefined ? "ListBuckets" : "ListBucketSnapshots";
  }
  return target.key === undefined ? bucketOperation(target) : objectOperation(target);
}

// The parts of a bucket that have a GET, a PUT and mostly a DELETE of their own.
const BUCKET_PARTS: Readonly<Record<string, string>> = {
  accelerate: "AccelerateConfiguration",
  acl: "Acl",
  cors: "Cors",
  encryption: "Encryption",
  lifecycle: "LifecycleConfiguration",
  location: "Location",
  logging: "Logging",
  notification: "NotificationConfiguration",
  ownershipControls: "OwnershipControls",
  policy: "Policy",
  policyStatus: "PolicyStatus",
  publicAccessBlock: "PublicAccessBlock",
  replication: "Replication",
  requestPayment: "RequestPayment",
  tagging: "Tagging",
  versioning: "Versioning",
  website: "Website",
};
const OBJECT_PARTS: Readonly<Record<string, string>> = {
  acl: "Acl",
  attributes: "Attributes",
  "legal-hold": "LegalHold",
  retention: "Retention",
  tagging: "Tagging",
};
const VERBS: Readonly<Record<string, string>> = { GET: "Get", PUT: "Put", DELETE: "Delete" };

function bucketOperation({ method, query, header }: S3Target): string {
  const part = Object.keys(BUCKET_PARTS).find((name) => query.has(name));
  const verb = VERBS[method];
  if (part !== undefined && verb !== undefined) return `${verb}Bucket${BUCKET_PARTS[part]}`;
  if (query.has("object-lock") && verb !== undefined) return `${verb}ObjectLockConfiguration`;
  switch (method) {
    case "GET":
      if (query.has("metadata")) return "GetBucketMetadata";
      if (query.has("uploads")) return "ListMultipartUploads";
      if (query.has("versions")) return "ListObjectVersions";
      return query.get("list-type") === "2" ? "ListObjectsV2" : "ListObjects";
    case "HEAD":
      return "HeadBucket";
    case "PUT":
      return header("x-tigris-snapshot") === undefined ? "CreateBucket" : "CreateBucketSnapshot";
    case "PATCH":
      return "PatchBucket";
    case "DELETE":
      return header("x-tigris-snapshot-version") === undefined ? "DeleteBucket" : "DeleteBucketSnapshot";
    case "POST":
      if (query.has("delete")) return "DeleteObjects";
      if (query.has("bundle")) return "BundleObjects";
      return query.has("restore") ? "RestoreBucket" : "PostObject";
    default:
      return `${method} bucket`;
  }
}

function objectOperation({ method, query, header }: S3Target): string {
  const part = Object.keys(OBJECT_PARTS).find((name) => query.has(name));
  const verb = VERBS[method];
  if (part !== undefined && verb !== undefined) return `${verb}Object${OBJECT_PARTS[part]}`;
  const isCopy = header("x-amz-copy-source") !== undefined;
  const isPart = query.has("uploadId");
  switch (method) {
    case "GET":
      return isPart ? "ListParts" : "GetObject";
    case "HEAD":
      return "HeadObject";
    case "PUT":
      if (isPart) return isCopy ? "UploadPartCopy" : "UploadPart";
      return isCopy ? "CopyObject" : "PutObject";
    case "POST":
      if (query.has("uploads")) return "CreateMultipartUpload";
      if (query.has("select")) return "SelectObjectContent";
      return isPart ? "CompleteMultipartUpload" : "RestoreObject";
    case "DELETE":
      return isPart ? "AbortMultipartUpload" : "DeleteObject";
    default:
      return `${method} object`;
  }
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === "" ? undefined : text;
}
