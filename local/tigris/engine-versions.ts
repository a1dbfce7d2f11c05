import type * as S3 from "@aws-sdk/client-s3";

import { type KeptNames, STAND_IN } from "./kept-names.ts";

/** One version of an object, or the mark that a delete has left. */
export interface ObjectVersion {
  readonly id: string;
  /** Its creation time in ms; 0 if it is older than the bucket's versioning. */
  readonly at: number;
  /** Undefined for the mark of a delete. */
  readonly content: { readonly size: number; readonly etag: string; readonly modified: string } | undefined;
}

/** All versions of one object, in no order. */
export interface ObjectHistory {
  readonly key: string;
  readonly versions: readonly ObjectVersion[];
}

/** What the gateway asks of the S3 engine about versions, in root's name. */
export interface EngineVersions {
  /** From now on the engine keeps every version that is overwritten or deleted. Safe to repeat. */
  keepVersions(bucket: string): Promise<void>;
  /** Whether it holds nothing, not even what was overwritten or deleted. */
  hasNoVersions(bucket: string): Promise<boolean>;
  /** The objects whose keys begin with `prefix` and come after `after`, each with its versions; in the engine's order. */
  histories(bucket: string, prefix: string, after?: string): AsyncGenerator<ObjectHistory>;
  /** The key of a version that a list shows so: itself, but where it holds what XML cannot (kept-names.ts). */
  nameOf(bucket: string, listed: string, id: string): Promise<string>;
  /** Copies one version, with its metadata, to the same key of another bucket. */
  copyVersion(from: string, key: string, id: string, to: string): Promise<void>;
}

type Open = () => Promise<{ sdk: typeof S3; client: S3.S3Client }>;

/** The calls, by the engine's own versioning of S3. */
export function engineVersions(open: Open, names: KeptNames): EngineVersions {
  const nameOf: EngineVersions["nameOf"] = async (bucket, listed, id) => {
    const [first = listed, ...others] = names.of(bucket, listed);
    if (others.length === 0) return first;
    for (const name of [first, ...others]) if (await hasVersion(open, bucket, name, id)) return name;
    return first;
  };
  return {
    nameOf,
    async keepVersions(bucket) {
      const { sdk, client } = await open();
      const VersioningConfiguration = { Status: "Enabled" } as const;
      await client.send(new sdk.PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration }));
    },
    async hasNoVersions(bucket) {
      const { sdk, client } = await open();
      const list = new sdk.ListObjectVersionsCommand({ Bucket: bucket, MaxKeys: 1 });
      const { Versions = [], DeleteMarkers = [] } = await client.send(list);
      return Versions.length + DeleteMarkers.length === 0;
    },
    histories: (bucket, prefix, after) => histories({ open, nameOf }, bucket, prefix, after),
    async copyVersion(from, key, id, to) {
      const { sdk, client } = await open();
      if (id === NULL) {
        // versitygw 1.8.0 copies no version of this name, and reads it.
        const { Body, ContentType, Metadata } = await client.send(
          new sdk.GetObjectCommand({ Bucket: from, Key: key, VersionId: id }),
        );
        const content = (await Body?.transformToByteArray()) ?? new Uint8Array();
        await client.send(new sdk.PutObjectCommand({ Bucket: to, Key: key, Body: content, ContentType, Metadata }));
        return;
      }
      const CopySource = `${from}/${key.split("/").map(encodeURIComponent).join("/")}?versionId=${id}`;
      await client.send(new sdk.CopyObjectCommand({ Bucket: to, Key: key, CopySource }));
    },
  };
}

/** Whether there is this version of an object, or this mark of a delete. */
async function hasVersion(open: Open, Bucket: string, Key: string, VersionId: string): Promise<boolean> {
  const { sdk, client } = await open();
  try {
    await client.send(new sdk.HeadObjectCommand({ Bucket, Key, VersionId }));
    return true;
  } catch (error) {
    if (!(error instanceof sdk.S3ServiceException)) throw error;
    return error.$metadata.httpStatusCode === 405;
  }
}

async function* histories(
  { open, nameOf }: { readonly open: Open } & Pick<EngineVersions, "nameOf">,
  bucket: string,
  prefix: string,
  after: string | undefined,
): AsyncGenerator<ObjectHistory> {
  const { sdk, client } = await open();
  let rest = new Map<string, ObjectVersion[]>();
  let [KeyMarker, VersionIdMarker]: (string | undefined)[] = [after, undefined];
  for (;;) {
    const page: S3.ListObjectVersionsCommandOutput = await client.send(
      new sdk.ListObjectVersionsCommand({ Bucket: bucket, Prefix: prefix, KeyMarker, VersionIdMarker }),
    );
    const isMore = page.IsTruncated === true;
    const found = grouped(await withNames(page, (listed, id) => nameOf(bucket, listed, id)), rest);
    // The next page may go on with the last object of this one.
    const last = isMore ? lastName(page.NextKeyMarker, found) : undefined;
    rest = new Map();
    for (const [key, versions] of found) {
      if (key === last) rest.set(key, versions);
      else yield { key, versions };
    }
    if (!isMore) return;
    [KeyMarker, VersionIdMarker] = [last, page.NextVersionIdMarker];
  }
}

/** The name on which a page ends. */
function lastName(listed: string | undefined, found: ReadonlyMap<string, unknown>): string | undefined {
  if (listed?.includes(STAND_IN) !== true) return listed;
  return [...found.keys()].sort((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other))).at(-1);
}

async function withNames(
  page: S3.ListObjectVersionsCommandOutput,
  nameOf: (listed: string, id: string) => Promise<string>,
): Promise<S3.ListObjectVersionsCommandOutput> {
  const named = async <Entry extends S3.ObjectVersion | S3.DeleteMarkerEntry>(entries: Entry[] = []) => {
    const all: Entry[] = [];
    for (const entry of entries) {
      const { Key = "", VersionId = NULL } = entry;
      all.push(Key.includes(STAND_IN) ? { ...entry, Key: await nameOf(Key, VersionId) } : entry);
    }
    return all;
  };
  return { ...page, Versions: await named(page.Versions), DeleteMarkers: await named(page.DeleteMarkers) };
}

function grouped(
  { Versions = [], DeleteMarkers = [] }: S3.ListObjectVersionsCommandOutput,
  rest: ReadonlyMap<string, ObjectVersion[]>,
): Map<string, ObjectVersion[]> {
  const found = new Map(rest);
  const add = (key: string, version: ObjectVersion) => found.set(key, [...(found.get(key) ?? []), version]);
  for (const { Key = "", VersionId: id = NULL, Size: size = 0, ETag: etag = "", LastModified } of Versions)
    add(Key, { id, at: timeIn(id), content: { size, etag, modified: (LastModified ?? new Date(0)).toISOString() } });
  for (const { Key = "", VersionId: id = NULL } of DeleteMarkers) add(Key, { id, at: timeIn(id), content: undefined });
  return found;
}

/** What an object's version is called that was there before the bucket kept any. */
const NULL = "null";
const LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** versitygw names versions by ULIDs, whose first ten letters are the ms (github.com/ulid/spec). */
function timeIn(id: string): number {
  if (id === NULL) return 0;
  return Array.from(id.slice(0, 10)).reduce((sum, letter) => sum * 32 + LETTERS.indexOf(letter), 0);
}
