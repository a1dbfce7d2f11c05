import { S3Client } from "@aws-sdk/client-s3";

import type { TestCloud } from "../../support/cloud.ts";

/** An access key as clients take it. */
export interface KeyPair {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** The S3 client of AWS, unmodified, for a key of this cloud; root's by default. */
export function s3For(cloud: TestCloud, key: KeyPair = rootOf(cloud)): S3Client {
  const { endpoint } = cloud.descriptor.tigris;
  return new S3Client({ endpoint, region: "auto", maxAttempts: 1, credentials: { ...key } });
}

/** The `config` of @tigrisdata/storage. */
export function storageFor(cloud: TestCloud, key: KeyPair = rootOf(cloud)) {
  return { endpoint: cloud.descriptor.tigris.endpoint, ...key };
}

/** The `config` of @tigrisdata/iam. */
export function iamFor(cloud: TestCloud, key: KeyPair = rootOf(cloud)) {
  return { iamEndpoint: cloud.descriptor.tigris.iamEndpoint, ...key };
}

export function rootOf(cloud: TestCloud): KeyPair {
  const { accessKeyId, secretAccessKey } = cloud.descriptor.tigris;
  return { accessKeyId, secretAccessKey };
}

/** The data of an answer of @tigrisdata/*; throws its error. */
export function dataOf<Data>(answer: { data?: Data; error?: unknown }): Data {
  if (answer.error !== undefined) throw answer.error as Error;
  return answer.data as Data;
}
