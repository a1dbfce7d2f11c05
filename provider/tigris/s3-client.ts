import type * as Sdk from "@aws-sdk/client-s3";

import { TenantryError } from "../../errors/tenantry-error.ts";
import { clockGap } from "../http/clock-gap.ts";
import { httpErrors } from "../http/errors.ts";
import { VendorError } from "../http/vendor-error.ts";
import { askConsistently } from "./consistent.ts";
import type { S3Place } from "./addressing.ts";
import { ownSettings } from "./own-settings.ts";
import { refusePages } from "./page-refusal.ts";
import { retrying } from "./s3-retries.ts";
import { type Credentials, REGION } from "./signing.ts";

export interface S3Options extends Credentials, S3Place {
  /** Attempts after the first. */
  readonly retries: number;
  /** For one attempt. */
  readonly timeoutMs: number;
  /** This computer's clock, to tell a wrong clock from wrong credentials. */
  readonly now: () => Date;
  /** Undefined: Node's HTTP, with `timeoutMs`. */
  readonly handler?: S3Handler | undefined;
}

/** What carries the SDK's calls. */
export type S3Handler = NonNullable<Sdk.S3ClientConfig["requestHandler"]>;

const CONNECT_LIMIT_MS = 10_000;

export interface LoadedS3 {
  readonly sdk: typeof Sdk;
  readonly s3: Sdk.S3Client;
  readonly now: () => Date;
}

/**
 * Loads the AWS SDK when the first call needs it: it takes longer to load than the rest of the plugin together, and a plan
 * without changes makes no call.
 */
export function lazyS3(options: S3Options): () => Promise<LoadedS3> {
  let loading: Promise<LoadedS3> | undefined;
  return () => (loading ??= load(options));
}

async function load(options: S3Options): Promise<LoadedS3> {
  const { accessKeyId, secretAccessKey, retries, timeoutMs, now } = options;
  const sdk = await import("@aws-sdk/client-s3");
  const s3 = new sdk.S3Client({
    ...ownSettings(options),
    region: REGION,
    credentials: { accessKeyId, secretAccessKey },
    maxAttempts: retries + 1,
    retryStrategy: retrying(retries),
    requestHandler: options.handler ?? {
      connectionTimeout: CONNECT_LIMIT_MS,
      requestTimeout: timeoutMs,
      throwOnRequestTimeout: true,
    },
  });
  return { sdk, s3: refusePages(askConsistently(s3)), now };
}

interface SdkFailure {
  readonly name: string;
  readonly message: string;
  readonly $metadata?: { readonly httpStatusCode?: number; readonly requestId?: string };
  /** A field that the SDK's types omit for errors without a class. */
  readonly $response?: { readonly headers?: Readonly<Record<string, string>> };
}

/** The SDK's error as the errors of every other vendor call, so that one way of reading refusals serves both. */
export function asVendorError(
  error: unknown,
  context: { call: string; resource: string; tenant: string | undefined; signal: AbortSignal | undefined },
  now: Date,
): unknown {
  const { signal, ...where } = context;
  if (signal?.aborted === true || !(error instanceof Error)) return error;
  const { name, message, $metadata, $response } = error as SdkFailure;
  const status = $metadata?.httpStatusCode;
  if (status === undefined || status < 300) {
    return new TenantryError(httpErrors.VENDOR_UNREACHABLE, "Tigris could not be reached", { ...where, cause: error });
  }
  const said = `${name}: ${message}`;
  return new VendorError(
    "Tigris",
    { status, body: { Code: name, Message: message }, said, clocks: clockGap($response?.headers?.["date"], now) },
    { ...where, requestId: $metadata?.requestId },
  );
}
