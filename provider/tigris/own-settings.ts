import type { S3ClientConfig } from "@aws-sdk/client-s3";

import type { S3Place } from "./addressing.ts";

/**
 * All settings of a client of the AWS SDK but its region and credentials. Of itself it names buckets in the path at an address in
 * numbers (addressing.ts).
 */
export function ownSettings({ endpoint, pathStyle = false }: S3Place) {
  return { ...OWN_SETTINGS, endpoint, forcePathStyle: pathStyle };
}

/**
 * All that the AWS SDK would look for in `AWS_*` and in `~/.aws`, said. Tigris is not AWS: what somebody sets for his
 * buckets there (FIPS and dual-stack endpoints, retries, checksums, a profile) is not meant for us, and most of it makes an
 * endpoint that does not exist. The list is the one of
 * `runtimeConfig.js` of the SDK; a test sets every variable that the SDK knows.
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
