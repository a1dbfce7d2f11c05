import type { CreateBucketCommand } from "@aws-sdk/client-s3";
import * as z from "zod";

import { TenantryError } from "../../errors/tenantry-error.ts";
import { VendorError } from "../http/vendor-error.ts";
import type { VendorCall, VendorHttp } from "../http/vendor-http.ts";
import type { Serving } from "../http/serving.ts";
import { parseAnswer } from "./answer.ts";
import { type ContentsCalls, contentsCalls } from "./bucket-contents.ts";
import { emptyingCalls, type EmptyingCalls } from "./bucket-emptying.ts";
import { tigrisErrors } from "./errors.ts";
import { isRefusal, refusalCode } from "./refusal-code.ts";
import { asVendorError, type LoadedS3 } from "./s3-client.ts";
import { type SnapshotCalls, snapshotCalls } from "./snapshot-calls.ts";

/** A bucket's tags, by name. */
export type Tags = Readonly<Record<string, string>>;

/**
 * The result of reading a bucket's tags: the tags, possibly none; or that the bucket does not exist, or belongs to another
 * organisation.
 */
export type TagsFound =
  { readonly tags: Tags } | { readonly gone: true } | { readonly foreign: true; readonly refusal: VendorError };

/** What Tigris keeps of a bucket beside its objects. Other fields, a shadow bucket's secret among them, are dropped. */
export type BucketMetadata = z.infer<typeof metadataAnswer>;

/** A change of settings: the JSON body and the headers of a PATCH. */
export interface BucketPatch {
  readonly body: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;
}

/** Calls on buckets. None of them forces. */
export interface BucketCalls extends ContentsCalls, EmptyingCalls, SnapshotCalls {
  /**
   * `taken`: a bucket with this name exists, with any owner, or the name is reserved. Source: @tigrisdata/storage,
   * bucket/create.ts.
   */
  create(name: string, headers: Readonly<Record<string, string>>, serving: Serving): Promise<"made" | "taken">;
  /** Concurrent callers share one call; a write through this client ends the sharing. */
  tags(name: string, serving: Serving): Promise<TagsFound>;
  /** Replaces all tags. */
  tag(name: string, tags: Tags, serving: Serving): Promise<void>;
  /** Undefined for a clear 404. Source: `GET /<bucket>?metadata`, @tigrisdata/storage, bucket/info.ts. */
  metadata(name: string, serving: Serving): Promise<BucketMetadata | undefined>;
  /** Bytes in the bucket, as Tigris estimates them; undefined for a 404. Source: `GET /<bucket>?metadata&with-size=true`. */
  size(name: string, serving: Serving): Promise<number | undefined>;
  /** The bucket of which this one is a fork; undefined: none, or a 404. Source: `ForkInfo`, as above. */
  forkOf(name: string, serving: Serving): Promise<string | undefined>;
  /** Throws TIGRIS_SETTING_REFUSED. Source: `PATCH /<bucket>`, @tigrisdata/storage, bucket/update.ts. */
  patch(name: string, patch: BucketPatch, serving: Serving): Promise<void>;
  /** Names of all buckets of the organisation, without soft-deleted ones. Source: S3, ListBuckets. */
  names(serving: Serving): Promise<string[]>;
  isEmpty(name: string, serving: Serving): Promise<boolean>;
  /** `not-empty`: nothing was deleted. */
  remove(name: string, serving: Serving): Promise<"gone" | "not-empty">;
}

const metadataAnswer = z.object({
  object_regions: z.union([z.string(), z.array(z.string())]).nullish(),
  type: z.int().nullish(),
  soft_delete: z.object({ enabled: z.boolean().nullish(), retention_days: z.number().nullish() }).nullish(),
  protection: z.object({ protected: z.boolean().nullish() }).nullish(),
  acl_settings: z.object({ allow_object_acl: z.boolean().nullish() }).nullish(),
  md: z.object({ "X-Amz-Acl": z.string().nullish() }).nullish(),
});
const forkAnswer = z.object({
  ForkInfo: z.object({ Parents: z.array(z.object({ BucketName: z.string() })).nullish() }).nullish(),
});
const sizeAnswer = z.object({ estimated_size: z.number() });
const patchAnswer = z.object({ status: z.string().nullish(), message: z.string().nullish() }).nullish();

const BUCKETS_PER_PAGE = 1000;

/** The calls for buckets. Source: S3's API, with the headers of Tigris. */
export function bucketCalls(s3: () => Promise<LoadedS3>, http: VendorHttp): BucketCalls {
  return {
    ...s3Calls(s3),
    ...contentsCalls(s3),
    ...emptyingCalls(s3),
    ...tigrisCalls(http),
    ...snapshotCalls(http),
  };
}

function s3Calls(load: () => Promise<LoadedS3>) {
  const asking = new Map<string, Promise<TagsFound>>();
  const run = async <Result>(
    operation: string,
    name: string,
    { signal, tenant }: Serving,
    work: (loaded: LoadedS3, options: { abortSignal?: AbortSignal }) => Promise<Result>,
  ): Promise<Result> => {
    const loaded = await load();
    try {
      return await work(loaded, signal === undefined ? {} : { abortSignal: signal });
    } catch (error) {
      throw asVendorError(error, { call: operation, resource: `bucket ${name}`, tenant, signal }, loaded.now());
    }
  };
  const readTags = async (name: string, serving: Serving): Promise<TagsFound> => {
    try {
      const answer = await run("GetBucketTagging", name, serving, ({ sdk, s3 }, options) =>
        s3.send(new sdk.GetBucketTaggingCommand({ Bucket: name }), options),
      );
      return { tags: Object.fromEntries((answer.TagSet ?? []).map(({ Key, Value }) => [Key, Value])) as Tags };
    } catch (error) {
      if (isRefusal(error, 404, "NoSuchTagSet")) return { tags: {} };
      if (isRefusal(error, 404, "NoSuchBucket")) return { gone: true };
      if (isRefusal(error, 403, "AccessDenied")) return { foreign: true, refusal: error };
      throw error;
    }
  };
  return {
    async create(name: string, headers: Readonly<Record<string, string>>, serving: Serving) {
      asking.delete(name);
      try {
        await run("CreateBucket", name, serving, ({ sdk, s3 }, options) => {
          const command = new sdk.CreateBucketCommand({ Bucket: name });
          addHeaders(command, headers);
          return s3.send(command, options);
        });
        return "made" as const;
      } catch (error) {
        if (VendorError.hasStatus(error, 409)) return "taken" as const;
        throw error;
      }
    },
    tags(name: string, serving: Serving) {
      const shared = asking.get(name);
      if (shared !== undefined) return shared;
      const mine = readTags(name, serving).finally(() => {
        if (asking.get(name) === mine) asking.delete(name);
      });
      asking.set(name, mine);
      return mine;
    },
    async tag(name: string, tags: Tags, serving: Serving) {
      asking.delete(name);
      const TagSet = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
      await run("PutBucketTagging", name, serving, ({ sdk, s3 }, options) =>
        s3.send(new sdk.PutBucketTaggingCommand({ Bucket: name, Tagging: { TagSet } }), options),
      );
      asking.delete(name);
    },
    async names(serving: Serving) {
      const all: string[] = [];
      for (let token: string | undefined; ;) {
        const after = token === undefined ? {} : { ContinuationToken: token };
        const { Buckets = [], ContinuationToken: next } = await run(
          "ListBuckets",
          "*",
          serving,
          ({ sdk, s3 }, options) =>
            s3.send(new sdk.ListBucketsCommand({ MaxBuckets: BUCKETS_PER_PAGE, ...after }), options),
        );
        all.push(...Buckets.flatMap(({ Name }) => (Name === undefined ? [] : [Name])));
        if (next === undefined || next === "" || next === token) return all;
        token = next;
      }
    },
    async isEmpty(name: string, serving: Serving) {
      const { Contents = [] } = await run("ListObjectsV2", name, serving, ({ sdk, s3 }, options) =>
        s3.send(new sdk.ListObjectsV2Command({ Bucket: name, MaxKeys: 1 }), options),
      );
      return Contents.length === 0;
    },
    async remove(name: string, serving: Serving) {
      asking.delete(name);
      try {
        await run("DeleteBucket", name, serving, ({ sdk, s3 }, options) =>
          s3.send(new sdk.DeleteBucketCommand({ Bucket: name }), options),
        );
        return "gone" as const;
      } catch (error) {
        if (isRefusal(error, 404, "NoSuchBucket")) return "gone" as const;
        if (isRefusal(error, 409, "BucketNotEmpty")) return "not-empty" as const;
        throw error;
      }
    },
  };
}

/** Added before signing, so that they are signed. */
function addHeaders(command: CreateBucketCommand, headers: Readonly<Record<string, string>>): void {
  command.middlewareStack.add(
    (next) => (args) => {
      Object.assign((args.request as { headers: Record<string, string> }).headers, headers);
      return next(args);
    },
    { step: "build", name: "tigrisHeaders" },
  );
}

/** The calls that are not part of S3. */
function tigrisCalls(http: VendorHttp) {
  const read = async <Schema extends z.ZodType>(schema: Schema, query: string, name: string, serving: Serving) => {
    const call: VendorCall = {
      operation: "GetBucketMetadata",
      method: "GET",
      path: `/${encodeURIComponent(name)}?${query}`,
      resource: `bucket ${name}`,
      ...serving,
    };
    try {
      return parseAnswer(schema, (await http.call(call)).body, call);
    } catch (error) {
      if (isRefusal(error, 404, "NoSuchBucket")) return undefined;
      throw error;
    }
  };
  return {
    metadata: (name: string, serving: Serving) => read(metadataAnswer, "metadata", name, serving),
    size: async (name: string, serving: Serving) =>
      (await read(sizeAnswer, "metadata&with-size=true", name, serving))?.estimated_size,
    forkOf: async (name: string, serving: Serving) =>
      (await read(forkAnswer, "metadata", name, serving))?.ForkInfo?.Parents?.[0]?.BucketName,
    async patch(name: string, { body, headers }: BucketPatch, serving: Serving) {
      const call: VendorCall = {
        operation: "PATCH /{bucket}",
        method: "PATCH",
        path: `/${encodeURIComponent(name)}`,
        json: body,
        headers,
        idempotent: true,
        resource: `bucket ${name}`,
        ...serving,
      };
      const said = await settingsRefused(http, call);
      if (said === undefined) return;
      const what = `${[...Object.keys(body), ...Object.keys(headers)].join(", ")}: ${said}`;
      throw new TenantryError(tigrisErrors.TIGRIS_SETTING_REFUSED, what, {
        resource: call.resource,
        tenant: serving.tenant,
        call: call.operation,
      });
    },
  };
}

/** Tigris' message when it refuses a setting: with an error status, or in a 200 (@tigrisdata/storage, bucket/update.ts). */
async function settingsRefused(http: VendorHttp, call: VendorCall): Promise<string | undefined> {
  try {
    const answer = parseAnswer(patchAnswer, (await http.call(call)).body, call);
    return answer?.status === "error" ? (answer.message ?? "no reason given") : undefined;
  } catch (error) {
    if (VendorError.hasStatus(error, 400, 409, 422)) return `${refusalCode(error) ?? error.status}: ${error.said}`;
    throw error;
  }
}
