import { createHash } from "node:crypto";

import {
  empty,
  json,
  type Nature,
  Refusal,
  refusing,
  type VendorAnswer,
  type VendorModel,
  type VendorRequest,
} from "./vendor.ts";

export interface StoredObject {
  readonly content: string;
  readonly etag: string;
  readonly size: number;
  readonly at: number;
}

export interface Bucket {
  readonly name: string;
  settings: Settings;
  /** As readers see it until then: settings are eventually consistent. */
  before: { readonly settings: Settings; readonly until: number } | undefined;
  tags: ReadonlyMap<string, string>;
  readonly objects: Map<string, StoredObject>;
  /** What it held at each snapshot, by version. */
  readonly snapshots: Map<string, ReadonlyMap<string, StoredObject>>;
  /** Deleted softly: its name stays reserved. */
  isDeleted: boolean;
}

interface Settings {
  readonly object_regions: string;
  readonly type: 0 | 1;
  readonly soft_delete?: { readonly enabled: boolean; readonly retention_days?: number };
  readonly protection?: { readonly protected: boolean };
  readonly acl_settings?: { readonly allow_object_acl: boolean };
  readonly md: Readonly<Record<string, string>>;
}

/** What is told of what happens to buckets. */
export interface TigrisPlace {
  /** Before it goes for good or out of sight. */
  gone(bucket: Bucket): void;
}

/** Names that another organisation has. */
export interface BucketTables {
  readonly buckets: Map<string, Bucket>;
  readonly foreign: Set<string>;
}

/** Tigris' S3, path style, as far as the provider calls it. */
export function tigrisModel(nature: Nature, place: TigrisPlace): { model: VendorModel; tables: BucketTables } {
  const tables: BucketTables = { buckets: new Map(), foreign: new Set() };
  const operations = operationsOf(tables, nature, place);
  const model: VendorModel = {
    operationOf,
    answer(request) {
      const operation = operationOf(request);
      const handle = operations[operation];
      if (handle === undefined) return xml(501, "Error", { Code: "NotImplemented", Message: operation });
      const name = decodeURIComponent(request.url.pathname.split("/")[1] ?? "");
      const answer = refusing(() => handle(request, name));
      const isJson = operation === "GetBucketMetadata" || operation === "PATCH /{bucket}";
      return answer.status >= 400 && isJson ? inJson(answer) : answer;
    },
  };
  return { model, tables };
}

function operationOf({ method, url, headers }: VendorRequest): string {
  const has = (name: string) => url.searchParams.has(name);
  if (url.pathname === "/") return "ListBuckets";
  switch (method) {
    case "PUT":
      if ((url.pathname.split("/")[2] ?? "") !== "") return "PutObject";
      if (headers["x-tigris-snapshot"] !== undefined) return "CreateBucketSnapshot";
      return has("tagging") ? "PutBucketTagging" : "CreateBucket";
    case "GET":
      if (has("tagging")) return "GetBucketTagging";
      if (has("metadata")) return "GetBucketMetadata";
      if ((url.pathname.split("/")[2] ?? "") !== "") return "GetObject";
      if (has("versions")) return "ListObjectVersions";
      return has("uploads") ? "ListMultipartUploads" : "ListObjectsV2";
    case "PATCH":
      return "PATCH /{bucket}";
    case "POST":
      return "DeleteObjects";
    default:
      return "DeleteBucket";
  }
}

type Handler = (request: VendorRequest, name: string) => VendorAnswer;

function operationsOf(tables: BucketTables, nature: Nature, place: TigrisPlace): Readonly<Record<string, Handler>> {
  return { ...bucketOperations(tables, nature, place), ...contentsOperations(tables, nature) };
}

function bucketOperations(tables: BucketTables, nature: Nature, { gone }: TigrisPlace) {
  const { buckets, foreign } = tables;
  return {
    CreateBucket({ headers }: VendorRequest, name: string) {
      if (foreign.has(name)) throw s3Refusal(409, "BucketAlreadyExists");
      const settings = settingsAtCreation(headers);
      const before = buckets.get(name);
      if (before !== undefined)
        throw s3Refusal(409, before.isDeleted ? "BucketAlreadyExists" : "BucketAlreadyOwnedByYou");
      const holds = { tags: new Map(), objects: new Map(), snapshots: new Map() };
      buckets.set(name, { name, settings, before: undefined, ...holds, isDeleted: false });
      return empty(200);
    },
    DeleteBucket(_request: VendorRequest, name: string) {
      // As in the embedded cloud: nothing happens to a softly deleted bucket.
      if (buckets.get(name)?.isDeleted === true) return empty(204);
      const bucket = live(tables, name);
      if (bucket.objects.size > 0) throw s3Refusal(409, "BucketNotEmpty");
      gone(bucket);
      if (bucket.settings.soft_delete?.enabled === true) bucket.isDeleted = true;
      else buckets.delete(name);
      return empty(204);
    },
    PutBucketTagging({ body }: VendorRequest, name: string) {
      live(tables, name).tags = new Map(
        [...body.matchAll(/<Key>(.*?)<\/Key><Value>(.*?)<\/Value>/g)].map(([, key = "", value = ""]) => [key, value]),
      );
      return empty(204);
    },
    GetBucketTagging(_request: VendorRequest, name: string) {
      const { tags } = live(tables, name);
      if (tags.size === 0) throw s3Refusal(404, "NoSuchTagSet");
      const all = [...tags].map(([key, value]) => `<Tag><Key>${key}</Key><Value>${value}</Value></Tag>`);
      return xml(200, "Tagging", { TagSet: all.join("") });
    },
    GetBucketMetadata(_request: VendorRequest, name: string) {
      const { settings, before } = live(tables, name);
      const shown = before !== undefined && nature.now() < before.until ? before.settings : settings;
      return json(200, { name, ...shown });
    },
    "PATCH /{bucket}"({ headers, body }: VendorRequest, name: string) {
      const bucket = live(tables, name);
      const before = bucket.settings;
      bucket.settings = settingsAfter(before, body === "" ? {} : (JSON.parse(body) as Partial<Settings>), headers);
      bucket.before = { settings: before, until: nature.now() + nature.workMs() };
      return json(200, { status: "success", Update: "success" });
    },
  };
}

function contentsOperations(tables: BucketTables, nature: Nature) {
  return {
    CreateBucketSnapshot(_request: VendorRequest, name: string) {
      const { settings, objects, snapshots } = live(tables, name);
      if (settings.type !== 1) throw s3Refusal(400, "InvalidRequest");
      let version = BigInt(Math.floor(nature.now())) * 1_000_000n;
      while (snapshots.has(version.toString())) version += 1n;
      snapshots.set(version.toString(), new Map(objects));
      return { ...empty(200), headers: { "x-tigris-snapshot-version": version.toString() } };
    },
    PutObject(request: VendorRequest, name: string) {
      const { url, body, headers } = request;
      const { objects } = live(tables, name);
      const key = decodeURIComponent(url.pathname.split("/").slice(2).join("/"));
      const now = objects.get(key);
      const over = headers["if-match"]?.replaceAll('"', "");
      if (over !== undefined && now === undefined) throw s3Refusal(404, "NoSuchKey");
      const isOther = over !== undefined && over !== now?.etag;
      if (isOther || (headers["if-none-match"] === "*" && now !== undefined))
        throw s3Refusal(412, "PreconditionFailed");
      objects.set(key, storedObject(body, nature.now()));
      return empty(200);
    },
    GetObject(request: VendorRequest, name: string) {
      const key = decodeURIComponent(request.url.pathname.split("/").slice(2).join("/"));
      const found = asOf(tables, name, request).get(key);
      if (found === undefined) throw s3Refusal(404, "NoSuchKey");
      return {
        status: 200,
        headers: { etag: `"${found.etag}"`, "content-length": String(found.size) },
        body: found.content,
      };
    },
    ListObjectsV2(request: VendorRequest, name: string) {
      const { url } = request;
      const objects = asOf(tables, name, request);
      const most = Number(url.searchParams.get("max-keys") ?? 1000);
      const listed = [...objects]
        .sort(([one], [other]) => (one < other ? -1 : 1))
        .slice(0, most)
        .map(([key, object]) => `<Contents>${objectXml(key, object)}</Contents>`);
      return xml(
        200,
        "ListBucketResult",
        { Name: name, KeyCount: String(listed.length), IsTruncated: "false" },
        listed,
      );
    },
    ListObjectVersions(_request: VendorRequest, name: string) {
      const { objects } = live(tables, name);
      const listed = [...objects].map(
        ([key, object]) =>
          `<Version>${objectXml(key, object)}<VersionId>null</VersionId><IsLatest>true</IsLatest></Version>`,
      );
      return xml(200, "ListVersionsResult", { Name: name, IsTruncated: "false" }, listed);
    },
    ListMultipartUploads(_request: VendorRequest, name: string) {
      live(tables, name);
      return xml(200, "ListMultipartUploadsResult", { Bucket: name, IsTruncated: "false" });
    },
    DeleteObjects({ body }: VendorRequest, name: string) {
      const { objects } = live(tables, name);
      for (const [, key = ""] of body.matchAll(/<Key>(.*?)<\/Key>/g)) objects.delete(key);
      return xml(200, "DeleteResult", {});
    },
  };
}

/** What a bucket keeps of an object with this content. */
export function storedObject(content: string, at: number): StoredObject {
  return { content, etag: createHash("md5").update(content).digest("hex"), size: Buffer.byteLength(content), at };
}

/** What a bucket holds, or held at the snapshot that a request names. */
function asOf(tables: BucketTables, name: string, { headers }: VendorRequest): ReadonlyMap<string, StoredObject> {
  const version = headers["x-tigris-snapshot-version"];
  if (version === undefined) return live(tables, name).objects;
  const bucket = tables.buckets.get(name);
  const found = bucket?.isDeleted === false ? bucket.snapshots.get(version) : undefined;
  if (found === undefined) throw s3Refusal(404, "NoSuchSnapshot");
  return found;
}

function live({ buckets, foreign }: BucketTables, name: string): Bucket {
  if (foreign.has(name)) throw s3Refusal(403, "AccessDenied");
  const bucket = buckets.get(name);
  if (bucket === undefined || bucket.isDeleted) throw s3Refusal(404, "NoSuchBucket");
  return bucket;
}

const CODES = ["ams", "fra", "gru", "iad", "jnb", "lhr", "nrt", "ord", "sin", "sjc", "syd"];

function settingsAtCreation(headers: VendorRequest["headers"]): Settings {
  const days = headers["x-tigris-soft-delete"];
  return checked({
    object_regions: headers["x-tigris-regions"] ?? "",
    type: headers["x-tigris-enable-snapshot"] === "true" ? 1 : 0,
    ...(days === undefined ? {} : { soft_delete: { enabled: true, retention_days: Number(days) } }),
    md: aclOf(headers),
  });
}

function settingsAfter(before: Settings, change: Partial<Settings>, headers: VendorRequest["headers"]): Settings {
  const softDelete =
    change.soft_delete?.enabled === true ? { soft_delete: { retention_days: 7, ...change.soft_delete } } : {};
  return checked({ ...before, ...change, ...softDelete, md: { ...before.md, ...aclOf(headers) } });
}

function checked(settings: Settings): Settings {
  const { object_regions: regions, soft_delete: soft } = settings;
  const codes = regions.split(",").map((code) => code.trim());
  const isKnown =
    ["", "usa", "eur", "global"].includes(regions) ||
    (codes.length <= 2 && codes.every((code) => CODES.includes(code)));
  const days = soft?.retention_days ?? 7;
  if (!isKnown || days < 7 || days > 90 || !Number.isInteger(days)) throw s3Refusal(400, "InvalidArgument");
  return settings;
}

function aclOf(headers: VendorRequest["headers"]): Record<string, string> {
  const acl = headers["x-amz-acl"];
  const listing = headers["x-amz-acl-public-list-objects-enabled"];
  return {
    ...(acl === undefined ? {} : { "X-Amz-Acl": acl }),
    ...(listing === undefined ? {} : { "x-amz-acl-public-list-objects-enabled": listing }),
  };
}

function objectXml(key: string, { etag, size, at }: StoredObject): string {
  const when = new Date(at).toISOString();
  return `<Key>${encodeURIComponent(key)}</Key><LastModified>${when}</LastModified><ETag>&quot;${etag}&quot;</ETag><Size>${size}</Size>`;
}

function s3Refusal(status: number, code: string): Refusal {
  return new Refusal(xml(status, "Error", { Code: code, Message: code }));
}

function inJson({ status, body }: VendorAnswer): VendorAnswer {
  const code = /<Code>(.*?)<\/Code>/.exec(body)?.[1];
  return json(status, { Code: code, Message: code });
}

function xml(
  status: number,
  root: string,
  fields: Readonly<Record<string, string>>,
  more: readonly string[] = [],
): VendorAnswer {
  const inner = Object.entries(fields).map(([name, value]) => `<${name}>${value}</${name}>`);
  const encoding = root.startsWith("List") ? "<EncodingType>url</EncodingType>" : "";
  const body = `<?xml version="1.0" encoding="UTF-8"?><${root}>${inner.join("")}${encoding}${more.join("")}</${root}>`;
  return { status, headers: { "content-type": "application/xml" }, body };
}
