import { ListObjectsV2Command, type ListObjectsV2Output, type S3Client } from "@aws-sdk/client-s3";

import { ENCODED, nameIn } from "../../../provider/tigris/encoded-names.ts";
import { OWN_FOLDER, whyNotCarried } from "./carried-names.ts";
import { foldersAmong } from "./clashes.ts";
import { type Ignores, ignoresBy } from "./ignored-names.ts";
import type { Listing, Skipped, Version } from "./version.ts";

/** All objects of a bucket, and which of them can be files. */
export async function listBucket(client: S3Client, bucket: string, ignores?: Ignores): Promise<Listing> {
  const all = new Map<string, Version>();
  let token: string | undefined;
  do {
    const options = { ...ENCODED, ContinuationToken: token };
    const page = await client.send(new ListObjectsV2Command({ Bucket: bucket, ...options }));
    for (const { Key = "", Size = 0, ETag = "" } of page.Contents ?? [])
      all.set(keyIn(page, Key), { size: Size, id: ETag.replaceAll('"', "") });
    token = page.NextContinuationToken;
  } while (token !== undefined);
  return filesAmong(all, ignores);
}

/** The name as the bucket has it; what is no text when it is decoded stays encoded, and is no file for its U+FFFD. */
function keyIn(page: ListObjectsV2Output, key: string): string {
  try {
    return nameIn(page, key);
  } catch {
    return `${key}\ufffd`;
  }
}

/** Anybody who writes to the bucket chooses the names: none of them may lead out of the folder. */
export function filesAmong(objects: ReadonlyMap<string, Version>, ignores: Ignores = ignoresBy("")): Listing {
  const folders = foldersAmong(objects);
  const files = new Map<string, Version>();
  const skipped = new Map<string, Skipped>();
  const ignored: string[] = [];
  for (const [key, version] of objects) {
    // An empty object of this name is how S3 programs make a folder.
    if ((key.endsWith("/") && version.size === 0) || key.split("/")[0] === OWN_FOLDER) continue;
    const reason = whyNotCarried(key) ?? (folders.has(key) ? "a folder has the same name" : undefined);
    if (reason !== undefined) skipped.set(key, { reason, isRefused: true });
    else if (ignores(key)) ignored.push(key);
    else files.set(key, version);
  }
  return { files, skipped, ignored };
}
