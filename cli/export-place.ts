import { resolve } from "node:path";

import { InvalidArgumentError, Option } from "commander";

import { type BucketAddress, bucketAddress, bucketClient } from "../operations/handover/bucket-address.ts";
import { bucketPlace } from "../operations/handover/bucket-place.ts";
import type { ExportPlace } from "../operations/handover/export-place.ts";
import { folderPlace } from "../operations/handover/folder-place.ts";

/** How a bucket of the team's own is reached, as options name it. Its credentials are in no option: they would be seen by others. */
export interface BucketOptions {
  readonly endpoint?: string;
  readonly profile?: string;
  readonly pathStyle?: boolean;
}

/** `--endpoint`, `--profile`, `--path-style`. */
export function bucketOptions(): readonly Option[] {
  return [
    new Option(
      "--endpoint <url>",
      "S3 endpoint of the bucket; default: AWS_ENDPOINT_URL_S3 or the profile's, else AWS",
    ),
    new Option("--profile <name>", "profile of ~/.aws with the credentials; default: AWS_PROFILE, or AWS_* variables"),
    new Option("--path-style", "put the bucket's name into the path, for servers without a host name per bucket"),
  ];
}

/** Reads `s3://bucket/prefix`. */
export function s3Address(text: string): BucketAddress {
  const address = bucketAddress(text);
  if (address !== undefined) return address;
  throw new InvalidArgumentError("expected s3://BUCKET/PREFIX");
}

/** The place below a bucket's prefix. @param folder for the database on its way */
export async function placeInBucket(
  address: BucketAddress,
  { endpoint, profile, pathStyle }: BucketOptions,
  folder?: string,
): Promise<ExportPlace> {
  const client = await bucketClient({ endpoint, profile, pathStyle });
  return bucketPlace(client, address, folder === undefined ? undefined : resolve(folder));
}

/** Reads a folder or an `s3://` address: a wrong one is refused before anything is done. */
export function folderOrAddress(text: string): string | BucketAddress {
  return text.startsWith("s3://") ? s3Address(text) : text;
}

/** The place that a folder or an address names. */
export async function placeOf(named: string | BucketAddress, options: BucketOptions): Promise<ExportPlace> {
  return typeof named === "string" ? folderPlace(resolve(named)) : placeInBucket(named, options);
}
