import type { Accounts } from "../../stack/accounts.ts";
import { vendorHttp, type VendorHttpOptions } from "../http/vendor-http.ts";
import { bucketCalls, type BucketCalls } from "./bucket-calls.ts";
import { iamCalls, type IamCalls } from "./iam-calls.ts";
import { s3Url } from "./addressing.ts";
import { CONSISTENT } from "./consistent.ts";
import { lazyS3, type S3Handler } from "./s3-client.ts";
import { signing } from "./signing.ts";

/** Tigris' addresses and the key for its calls. */
export type TigrisAccount = Pick<
  Accounts["tigris"],
  "endpoint" | "pathStyle" | "iamEndpoint" | "accessKeyId" | "secretAccessKey"
>;

/**
 * Tigris as the provider sees it. S3's own calls go through the AWS SDK; what S3 doesn't know, and IAM, are signed here.
 *
 * Not `@tigrisdata/storage` for settings: its `getBucketInfo` drops the ACL, and drift of the ACL is what matters most.
 * Not `@tigrisdata/iam`: its errors carry no status, so that a key that is gone cannot be told from one that could not be
 * read, and nothing tells that a policy's name is taken.
 */
export interface TigrisClient {
  readonly buckets: BucketCalls;
  readonly iam: IamCalls;
}

/** How Tigris is called: time limits and attempts. */
export interface TigrisClientOptions {
  /** Milliseconds for one attempt. Default 30 000. */
  readonly timeoutMs?: number;
  /** Attempts after the first. Default 5. */
  readonly retries?: number;
  /** This computer's clock, to tell a wrong clock from wrong credentials. Default: the system's. */
  readonly now?: () => Date;
  /** What carries the AWS SDK's calls, with time limits of its own. Default: Node's HTTP. */
  readonly s3Handler?: S3Handler;
}

/** The key must be an administrator's (`NamespaceAdmin`): Tigris lets nobody else make keys and policies (docs/concepts/authnz.md). */
export function tigrisClient(account: TigrisAccount, options: TigrisClientOptions = {}): TigrisClient {
  const { timeoutMs = 30_000, retries = 5, now = () => new Date(), s3Handler } = options;
  const sign = signing(account);
  const http = (baseUrl: string, requestIdHeader: string, more: Partial<VendorHttpOptions> = {}) =>
    vendorHttp({
      vendor: "Tigris",
      baseUrl: baseUrl.replace(/\/$/, ""),
      headers: {},
      requestIdHeader,
      timeoutMs,
      retries,
      now,
      sign,
      ...more,
    });
  const s3 = lazyS3({ ...account, timeoutMs, retries, now, handler: s3Handler });
  const storage = http(account.endpoint, "x-amz-request-id", {
    headers: { [CONSISTENT.name]: CONSISTENT.value },
    urlOf: (path) => s3Url(account, path),
  });
  return {
    buckets: bucketCalls(s3, storage),
    iam: iamCalls(http(account.iamEndpoint, "x-amzn-requestid")),
  };
}
