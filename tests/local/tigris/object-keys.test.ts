import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadBucketCommand,
  ListMultipartUploadsCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";

import { assignBucketRoles, createAccessKey } from "@tigrisdata/iam";
import { createBucket, removeBucket } from "@tigrisdata/storage";

import { startCloud, type TestCloud } from "../../support/cloud.ts";
import { dataOf, iamFor, s3For, storageFor } from "./clients.ts";

const Bucket = "keys";

let cloud: TestCloud;
let s3: S3Client;
beforeAll(async () => {
  cloud = await startCloud({ vendors: ["tigris"] });
  s3 = s3For(cloud);
  await s3.send(new CreateBucketCommand({ Bucket }));
});
afterAll(() => cloud.dispose());

const put = (Key: string, Body: string) => s3.send(new PutObjectCommand({ Bucket, Key, Body: Buffer.from(Body) }));
const read = async (Key: string) => {
  const { Body, ETag } = await s3.send(new GetObjectCommand({ Bucket, Key }));
  return { text: await Body?.transformToString(), ETag };
};
const keys = async () => ((await s3.send(new ListObjectsV2Command({ Bucket }))).Contents ?? []).map(({ Key }) => Key);

const remove = (names: readonly string[], Quiet = false) =>
  s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: names.map((Key) => ({ Key })), Quiet } }));
async function empty() {
  const all = await keys();
  if (all.length > 0) await remove(all.map((key) => key ?? ""));
}

async function putInParts(Key: string, Body: string): Promise<void> {
  const where = { Bucket, Key };
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand(where));
  const { ETag } = await s3.send(new UploadPartCommand({ ...where, UploadId, PartNumber: 1, Body }));
  const MultipartUpload = { Parts: [{ ETag, PartNumber: 1 }] };
  await s3.send(new CompleteMultipartUploadCommand({ ...where, UploadId, MultipartUpload }));
}

// A part of a key is a file's name at the engine: 255 bytes. A key has 1024.
const part = (bytes: number) => "x".repeat(bytes);
const LONG = [
  ...[220, 225, 226, 227, 228, 240, 254, 255].map(part),
  `${"漢".repeat(84)}.md`,
  `${part(255)}/${part(255)}/${part(255)}/${part(255)}`,
];

describe("an object with a long key", () => {
  afterEach(empty);

  it.each(LONG)("is overwritten by what was put last: %#", async (key) => {
    await put(key, "first");
    const { ETag } = await put(key, "second, and longer");
    expect(await read(key)).toEqual({ text: "second, and longer", ETag });
    await putInParts(key, "in parts");
    expect((await read(key)).text).toBe("in parts");
    await put("source", "copied");
    await s3.send(new CopyObjectCommand({ Bucket, Key: key, CopySource: `${Bucket}/source` }));
    expect((await read(key)).text).toBe("copied");
    await s3.send(new DeleteObjectCommand({ Bucket, Key: key }));
    expect(await keys()).toEqual(["source"]);
  });

  it.each([
    ["a part of 256 bytes", part(256)],
    ["a folder of 256 bytes", `${part(256)}/a`],
    ["1025 bytes", `${part(255)}/${part(255)}/${part(255)}/${part(255)}/a`.padEnd(1025, "a")],
  ])("is refused with %s, and nothing comes into being", async (_, key) => {
    await expect(put(key, "no")).rejects.toMatchObject({ name: "KeyTooLongError" });
    await expect(putInParts(key, "no")).rejects.toMatchObject({ name: "KeyTooLongError" });
    await put("source", "copied");
    await expect(
      s3.send(new CopyObjectCommand({ Bucket, Key: key, CopySource: `${Bucket}/source` })),
    ).rejects.toMatchObject({ name: "KeyTooLongError" });
    expect(await keys()).toEqual(["source"]);
  });
});

describe("a key that the engine would take for another", () => {
  afterEach(empty);

  it.each(["a//b", "a/./b", "/a/b", "./a/b", "a/x/../b", "a/b/."])(
    "is refused as %j, and the other stays untouched",
    async (key) => {
      await put("a/b", "the other");
      await expect(put(key, "no")).rejects.toMatchObject({ name: "NotImplemented" });
      await expect(putInParts(key, "no")).rejects.toMatchObject({ name: "NotImplemented" });
      await expect(read(key)).rejects.toMatchObject({ name: "NoSuchKey" });
      const copy = new CopyObjectCommand({ Bucket, Key: "copy", CopySource: `${Bucket}/${key}` });
      await expect(s3.send(copy)).rejects.toMatchObject({ name: "NoSuchKey" });
      await expect(s3.send(new DeleteObjectCommand({ Bucket, Key: key }))).rejects.toMatchObject({
        name: "NotImplemented",
      });
      await expect(remove([key])).rejects.toMatchObject({ name: "NotImplemented" });
      expect(await keys()).toEqual(["a/b"]);
      expect((await read("a/b")).text).toBe("the other");
    },
  );

  it("is not one that only looks like it", async () => {
    const names = ["...", "..a/b..", "a. /.b", "dir/"].toSorted();
    await Promise.all(names.map((key) => put(key, "")));
    expect(await keys()).toEqual(names);
  });
});

describe("many keys deleted in one call", () => {
  afterEach(empty);

  it("are named one by one, or not at all when the caller wants it quiet", async () => {
    await Promise.all(["a & b", "c", " d "].map((key) => put(key, "")));
    expect((await remove(["a & b", "c"])).Deleted?.map(({ Key }) => Key).toSorted()).toEqual(["a & b", "c"]);
    expect((await remove([" d "], true)).Deleted).toBeUndefined();
    expect(await keys()).toEqual([]);
  });

  it("are 1000 at most", async () => {
    await put("k0", "");
    const names = Array.from({ length: 1001 }, (_, i) => `k${i}`);
    await expect(remove(names)).rejects.toMatchObject({ name: "MalformedXML" });
    expect(await keys()).toEqual(["k0"]);
    await remove(names.slice(0, 1000));
    expect(await keys()).toEqual([]);
  });
});

// The first two read alike where XML has U+FFFD for what it cannot hold.
const ODD = [
  "a\u0001b",
  "a\u0002b",
  "d\u0003/\u0004",
  "end\u001f",
  "line\nend\r",
  'plus + and % <&>"',
  "real \ufffd",
  "ü/漢 \ufffe",
];
const decoded = (name = "") => decodeURIComponent(name);
const onPages = async (client: S3Client, bucket: string, most: number, encoded = true) => {
  const found: string[] = [];
  let ContinuationToken: string | undefined;
  do {
    const page = await client.send(
      new ListObjectsV2Command({
        Bucket: bucket,
        MaxKeys: most,
        ContinuationToken,
        ...(encoded ? { EncodingType: "url" } : {}),
      }),
    );
    expect(page.EncodingType).toBe(encoded ? "url" : "");
    found.push(...(page.Contents ?? []).map(({ Key = "" }) => (encoded ? decoded(Key) : Key)));
    ContinuationToken = page.NextContinuationToken;
  } while (ContinuationToken !== undefined);
  return found;
};

describe("objects whose names XML cannot hold", () => {
  const cleared = () => Promise.all(ODD.map((Key) => s3.send(new DeleteObjectCommand({ Bucket, Key }))));
  beforeAll(async () => {
    await Promise.all(ODD.map((key) => put(key, key)));
  });
  afterAll(cleared);

  it.each([1, 2, 3, 1000])("are listed encoded, as S3 does when it is asked to, %d on a page", async (most) => {
    expect(await onPages(s3, Bucket, most)).toEqual(ODD);
  });

  it.each([1, 3])("are all listed without encoding, %d on a page", async (most) => {
    expect(await onPages(s3, Bucket, most, false)).toHaveLength(ODD.length);
  });

  it("are listed on pages to a key that may read the bucket, and to no other", async () => {
    const config = iamFor(cloud);
    const made = async (name: string) => dataOf(await createAccessKey(name, { config }));
    const keyOf = ({ id, secret = "" }: { id: string; secret?: string }) => ({
      accessKeyId: id,
      secretAccessKey: secret,
    });
    const [own, none] = [await made("reader"), await made("nobody")];
    dataOf(await assignBucketRoles(own.id, [{ bucket: Bucket, role: "ReadOnly" }], { config }));
    expect(await onPages(s3For(cloud, keyOf(own)), Bucket, 1)).toEqual(ODD);
    const ContinuationToken = "tenantry-name:a";
    await expect(
      s3For(cloud, keyOf(none)).send(new ListObjectsV2Command({ Bucket, ContinuationToken })),
    ).rejects.toMatchObject({ name: "AccessDenied" });
  });

  it("are listed in folders, and in the first form of the list, whose markers are encoded too", async () => {
    const EncodingType = "url" as const;
    const { CommonPrefixes = [], Prefix } = await s3.send(
      new ListObjectsV2Command({ Bucket, EncodingType, Delimiter: "/", Prefix: "d\u0003" }),
    );
    expect(CommonPrefixes.map((each) => decoded(each.Prefix))).toEqual(["d\u0003/"]);
    expect(decoded(Prefix)).toBe("d\u0003");
    const first = await s3.send(new ListObjectsCommand({ Bucket, EncodingType, Delimiter: ",", MaxKeys: 1 }));
    expect(decoded(first.NextMarker)).toBe(ODD[0]);
    const rest = await s3.send(new ListObjectsCommand({ Bucket, EncodingType, Marker: decoded(first.NextMarker) }));
    expect(rest.Contents?.map(({ Key }) => decoded(Key))).toEqual(ODD.slice(1));
  });

  it("are told apart version by version, as unfinished uploads and in a fork, and go with their bucket", async () => {
    const versioned = "keys-versioned";
    const config = storageFor(cloud);
    dataOf(await createBucket(versioned, { enableSnapshot: true, config }));
    const [one = "", two = ""] = ODD;
    for (const Key of [one, two, two]) await s3.send(new PutObjectCommand({ Bucket: versioned, Key, Body: Key }));
    await s3.send(new DeleteObjectCommand({ Bucket: versioned, Key: two }));
    await s3.send(new CreateMultipartUploadCommand({ Bucket: versioned, Key: one }));
    const asked = { Bucket: versioned, EncodingType: "url" } as const;
    const { Versions = [], DeleteMarkers = [] } = await s3.send(new ListObjectVersionsCommand(asked));
    expect(Versions.map(({ Key }) => decoded(Key)).sort()).toEqual([one, two, two]);
    expect(DeleteMarkers.map(({ Key }) => decoded(Key))).toEqual([two]);
    const { Uploads = [] } = await s3.send(new ListMultipartUploadsCommand(asked));
    expect(Uploads.map(({ Key }) => decoded(Key))).toEqual([one]);
    dataOf(await createBucket("keys-forked", { sourceBucketName: versioned, config }));
    expect(await onPages(s3, "keys-forked", 1)).toEqual([one]);
    dataOf(await removeBucket("keys-forked", { force: true, config }));
    dataOf(await removeBucket(versioned, { force: true, config }));
    await expect(s3.send(new HeadBucketCommand({ Bucket: versioned }))).rejects.toMatchObject({ name: "NotFound" });
  });
});
