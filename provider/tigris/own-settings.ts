import type { S3ClientConfig } from "@aws-sdk/client-s3";

/**
 * All that the AWS SDK would look for in `AWS_*` and in `~/.aws`, said. Tigris is not AWS: what somebody sets for his
 * buckets there (FIPS and dual-stack endpoints, retries, checksums, a profile) is not meant for us, and most of it makes an
 * endpoint that does not exist. Endpoint, region and credentials are each client's own. The list is the one of
 * `runtimeConfig.js` of the SDK; a test sets every variable that the SDK knows.
 */
export const OWN_SETTINGS = {
  forcePathStyle: true,
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
