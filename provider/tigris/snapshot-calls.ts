import { TenantryError } from "../../errors/tenantry-error.ts";
import type { Serving } from "../http/serving.ts";
import { VendorError } from "../http/vendor-error.ts";
import type { VendorCall, VendorHttp } from "../http/vendor-http.ts";
import { tigrisErrors } from "./errors.ts";
import { refusalCode } from "./refusal-code.ts";

/** Calls on snapshots of a bucket. */
export interface SnapshotCalls {
  /**
   * Takes a snapshot and answers its version. Throws TIGRIS_NO_SNAPSHOTS where the bucket does not keep any.
   * Source: `PUT /<bucket>` with `X-Tigris-Snapshot`, @tigrisdata/storage, createBucketSnapshot.
   */
  snapshot(bucket: string, label: string, serving: Serving): Promise<string>;
  /** Versions of the snapshots that a bucket has. Source: `GET /` with `X-Tigris-Snapshot: <bucket>`, listBucketSnapshots. */
  snapshotVersions(bucket: string, serving: Serving): Promise<string[]>;
}

/** Names the snapshot that a read is to see. Source: tigris-os-docs, buckets/snapshots-and-forks.mdx. */
export const AS_OF = "X-Tigris-Snapshot-Version";

/** Headers of CreateBucket for a bucket that begins as another was. Source: @tigrisdata/storage, bucket/create.ts. */
export function forkHeaders(source: string, version: string): Record<string, string> {
  return { "X-Tigris-Fork-Source-Bucket": source, "X-Tigris-Fork-Source-Bucket-Snapshot": version };
}

/** The calls for snapshots. */
export function snapshotCalls(http: VendorHttp): SnapshotCalls {
  return {
    async snapshot(bucket, label, serving) {
      const call: VendorCall = {
        operation: "CreateBucketSnapshot",
        method: "PUT",
        path: `/${encodeURIComponent(bucket)}`,
        headers: { "X-Tigris-Snapshot": `true; name=${label}` },
        resource: `bucket ${bucket}`,
        ...serving,
      };
      try {
        const version = (await http.call(call)).headers[AS_OF.toLowerCase()];
        if (typeof version === "string" && /^\d+$/.test(version)) return version;
      } catch (error) {
        if (!VendorError.hasStatus(error, 400, 409, 422)) throw error;
        throw noSnapshots(call, `Tigris says ${refusalCode(error) ?? error.status}: ${error.said}`, error);
      }
      throw noSnapshots(call, "Tigris has answered no version");
    },
    async snapshotVersions(bucket, serving) {
      const call: VendorCall = {
        operation: "ListBucketSnapshots",
        method: "GET",
        path: "/?max-buckets=1000",
        headers: { "X-Tigris-Snapshot": bucket },
        resource: `bucket ${bucket}`,
        ...serving,
      };
      const { body } = await http.call(call);
      const text = typeof body === "string" ? body : "";
      // With half a list, the rest would count as deleted.
      if (!/<\/\w+>\s*$/.test(text))
        throw new TenantryError(tigrisErrors.TIGRIS_ANSWER, "not as documented: the whole answer", {
          resource: call.resource,
          tenant: serving.tenant,
          call: call.operation,
        });
      return [...text.matchAll(/<Name>(\d+)(?:;[^<]*)?<\/Name>/g)].map(([, version = ""]) => version);
    },
  };
}

function noSnapshots(call: VendorCall, what: string, cause?: Error): TenantryError {
  const { resource, tenant, operation } = call;
  const context = { resource, tenant, call: operation, ...(cause === undefined ? {} : { cause }) };
  return new TenantryError(tigrisErrors.TIGRIS_NO_SNAPSHOTS, what, context);
}
