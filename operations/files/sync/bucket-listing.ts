import { ListObjectsV2Command, type S3Client } from "@aws-sdk/client-s3";

import { OWN_FOLDER } from "./sync-base.ts";
import type { Listing, Version } from "./version.ts";

/** All objects of a bucket that can be files. */
export async function listBucket(client: S3Client, bucket: string): Promise<Listing> {
  const all = new Map<string, Version>();
  let token: string | undefined;
  do {
    const page = await client.send(new ListObjectsV2Command({ Bucket: bucket, ContinuationToken: token }));
    for (const { Key = "", Size = 0, ETag = "" } of page.Contents ?? [])
      all.set(Key, { size: Size, id: ETag.replaceAll('"', "") });
    token = page.NextContinuationToken;
  } while (token !== undefined);
  return filesAmong(all);
}

/** Names come from whoever writes to the bucket: none of them may lead out of the folder. */
export function filesAmong(objects: ReadonlyMap<string, Version>): Listing {
  const folders = new Set([...objects.keys()].flatMap(foldersOf));
  const files = new Map<string, Version>();
  const skipped = new Map<string, string>();
  for (const [key, version] of objects) {
    if (key.endsWith("/") || key.split("/")[0] === OWN_FOLDER) continue;
    const reason = whyNoFile(key, folders);
    if (reason === undefined) files.set(key, version);
    else skipped.set(key, reason);
  }
  return { files, skipped };
}

function whyNoFile(key: string, folders: ReadonlySet<string>): string | undefined {
  if (key.split("/").some((part) => part === "" || part === "." || part === ".."))
    return "a part of its name is empty, . or ..";
  // eslint-disable-next-line no-control-regex -- these are what is looked for
  if (/[\u0000\n\r\\]/.test(key)) return "a control character or a backslash in its name";
  return folders.has(key) ? "a folder has the same name" : undefined;
}

function foldersOf(key: string): string[] {
  const parts = key.split("/").slice(0, -1);
  return parts.map((_, place) => parts.slice(0, place + 1).join("/"));
}
