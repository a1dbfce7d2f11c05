import type { S3ClientConfig } from "@aws-sdk/client-s3";

import type { S3Place } from "./addressing.ts";

/**
 * All settings of a client of the AWS SDK except its region and credentials. At an IP address the SDK itself names buckets in
 * the path (addressing.ts).
 */
export function ownSettings({ endpoint, pathStyle = false }: S3Place) {
  return { ...OWN_SETTINGS, endpoint, forcePathStyle: pathStyle };
}

/**
 * Explicit values for everything that the AWS SDK would read from `AWS_*` and `~/.aws`. Tigris is not AWS: settings for
 * buckets at AWS (FIPS and dual-stack endpoints, retries, checksums, a profile) must not apply here, and most of them would
 * select an endpoint that does not exist. The list is the one of `runtimeConfig.js` of the SDK; a test sets every variable
 * that the SDK knows.
 */
const OWN_SETTINGS = {
  requestChecksumCalculation: "WHEN_REQUIRED",
  responseChecksumValidation: "WHEN_REQUIRED",
  defaultsMode: "standard",
  retryMode: "standard",
  maxAttempts: 3,
  useFipsEndpoint: false,
  useDualstackEndpoint: false,
  useArnRegion: false,
  disableMultiregionAccessPoints: true,
  disableS3ExpressSessionAuth: true,
  authSchemePreference: [],
  sigv4aSigningRegionSet: [],
  userAgentAppId: () => Promise.resolve(undefined),
} as const satisfies S3ClientConfig;
