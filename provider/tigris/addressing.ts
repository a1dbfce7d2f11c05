import { isIP } from "node:net";

/** The S3 endpoint, and how it addresses buckets. */
export interface S3Place {
  readonly endpoint: string;
  /** Buckets are named in the path always (`https://host/bucket`), not by a host name (`https://bucket.host`). Default: false. */
  readonly pathStyle?: boolean | undefined;
}

/** A name that is one label of a host name: a certificate for `*.host` covers it. Tenants' buckets have only such names. */
const LABEL = /^[a-z0-9](?:[a-z0-9-]{1,61}[a-z0-9])$/;

/** Whether only the path can name a bucket: an IP address has no host names below it. */
export function isByPath({ endpoint, pathStyle = false }: S3Place): boolean {
  return pathStyle || isIP(new URL(endpoint).hostname.replaceAll(/^\[|\]$/g, "")) !== 0;
}

/**
 * The URL of a call on S3, from its path with the bucket first: `/bucket/key?query`. It names the bucket as AWS' SDKs do: by
 * its host name, as Tigris asks of clients since February 2025, and in the path where there can be no such name. Pure.
 * Source: tigrisdata.com/blog/virtual-hosted-urls.
 */
export function s3Url(place: S3Place, path: string): string {
  const [, bucket = "", rest = ""] = /^\/([^/?]*)(.*)$/s.exec(path) ?? [];
  const endpoint = place.endpoint.replace(/\/$/, "");
  if (isByPath(place) || !LABEL.test(bucket)) return `${endpoint}${path}`;
  return `${endpoint.replace("://", `://${bucket}.`)}${rest.startsWith("/") ? "" : "/"}${rest}`;
}
