import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadBucketCommand,
  ListObjectsV2Command,
  PutBucketTaggingCommand,
  GetBucketTaggingCommand,
  PutObjectCommand,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { createAccessKey } from "@tigrisdata/iam";
import { createBucket, createBucketSnapshot, get, getPresignedUrl, list, put } from "@tigrisdata/storage";

import { startCloud, type TestCloud } from "../../support/cloud.ts";
import "../../support/localhost-names.js";
import { dataOf, iamFor, rootOf, s3For, storageFor } from "./clients.ts";
import { signedFetch } from "./signed-fetch.ts";

/** What S3 takes as a name, and what is hardest in a path that is signed. */
const NAMES = ["a", "folder/b c+d", "ä/ö", "q?x=1&y", "100%"];

let cloud: TestCloud;
beforeAll(async () => {
  cloud = await startCloud({ vendors: ["tigris"], storage: "by-name" });
});
afterAll(() => cloud.dispose());

const refuse = (isRefused: boolean) => cloud.switches({ "tigris.pathStyleRefused": isRefused });
const config = (bucket: string) => ({ ...storageFor(cloud), bucket });
const byPath = (path: string) => {
  const endpoint = cloud.descriptor.tigris.endpoint.replace("localhost", "127.0.0.1");
  return signedFetch(`${endpoint}${path}`, rootOf(cloud));
};

describe.each([false, true])("a bucket, where calls that name it in the path are refused: %p,", (isRefused) => {
  const Bucket = `named-${isRefused}`;
  beforeAll(() => refuse(isRefused));

  it("is named by its host name in every call of the SDKs, and refused in the path if Tigris does that", async () => {
    const s3 = s3For(cloud);
    await s3.send(new CreateBucketCommand({ Bucket }));
    await s3.send(new HeadBucketCommand({ Bucket }));
    const tags = [{ Key: "of", Value: "us" }];
    await s3.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet: tags } }));
    expect((await s3.send(new GetBucketTaggingCommand({ Bucket }))).TagSet).toEqual(tags);
    for (const Key of NAMES) await s3.send(new PutObjectCommand({ Bucket, Key, Body: Key }));
    const texts = NAMES.map(async (Key) => (await s3.send(new GetObjectCommand({ Bucket, Key }))).Body);
    expect(await Promise.all(texts.map(async (body) => (await body)?.transformToString()))).toEqual(NAMES);
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket }));
    expect(Contents.map(({ Key }) => Key)).toEqual([...NAMES].sort());
    await s3.send(new CopyObjectCommand({ Bucket, Key: "copy", CopySource: `${Bucket}/a` }));
    const part = { Bucket, Key: "parts" };
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand(part));
    const { ETag } = await s3.send(new UploadPartCommand({ ...part, UploadId, PartNumber: 1, Body: "part" }));
    const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
    await s3.send(new CompleteMultipartUploadCommand({ ...part, UploadId, MultipartUpload }));
    const Objects = [...NAMES, "copy", "parts"].map((Key) => ({ Key }));
    await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }));
    expect((await s3.send(new ListObjectsV2Command({ Bucket }))).KeyCount).toBe(0);

    const answer = await byPath(`/${Bucket}?list-type=2`);
    expect([answer.status, (await answer.text()).includes("AccessDenied")]).toEqual(
      isRefused ? [403, true] : [200, false],
    );
    expect((await byPath("/")).status).toBe(200);
    await s3.send(new DeleteBucketCommand({ Bucket }));
    expect((await s3.send(new HeadBucketCommand({ Bucket })).catch(statusOf)) as unknown).toBe(404);
  });

  it("keeps what Tigris adds to S3: snapshots, conditions after a delete, renames, presigned URLs", async () => {
    const bucket = `${Bucket}-kept`;
    dataOf(await createBucket(bucket, { enableSnapshot: true, config: storageFor(cloud) }));
    dataOf(await put("a", "1", { config: config(bucket) }));
    const { snapshotVersion } = dataOf(await createBucketSnapshot(bucket, { config: storageFor(cloud) }));
    dataOf(await put("a", "2", { config: config(bucket) }));
    expect(dataOf(await get("a", "string", { snapshotVersion, config: config(bucket) }))).toBe("1");
    const s3 = s3For(cloud);
    await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: "a" }));
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: "a", Body: "3", IfNoneMatch: "*" }));
    const rename = new CopyObjectCommand({ Bucket: bucket, Key: "b", CopySource: `${bucket}/a` });
    rename.middlewareStack.add(
      (next) => (args) => {
        Object.assign((args.request as { headers: object }).headers, { "x-tigris-rename": "true" });
        return next(args);
      },
      { step: "build" },
    );
    await s3.send(rename);
    expect(dataOf(await list({ config: config(bucket) })).items.map(({ name }) => name)).toEqual(["b"]);
    const { url } = dataOf(await getPresignedUrl("b", { operation: "get", expiresIn: 60, config: config(bucket) }));
    expect(new URL(url).hostname).toBe(`${bucket}.localhost`);
    expect(await (await fetch(url)).text()).toBe("3");
  });

  it("opens to its own key only", async () => {
    const [mine, other] = [`${Bucket}-mine`, `${Bucket}-other`];
    for (const each of [mine, other]) await s3For(cloud).send(new CreateBucketCommand({ Bucket: each }));
    const bucketsRole = [{ bucket: mine, role: "Editor" as const }];
    const { id, secret = "" } = dataOf(await createAccessKey(mine, { bucketsRole, config: iamFor(cloud) }));
    const s3 = s3For(cloud, { accessKeyId: id, secretAccessKey: secret });
    await s3.send(new PutObjectCommand({ Bucket: mine, Key: "a", Body: "a" }));
    const foreign = s3.send(new PutObjectCommand({ Bucket: other, Key: "a", Body: "a" }));
    expect((await foreign.catch(statusOf)) as unknown).toBe(403);
    // The path of one and the host name of another: the host name decides.
    const { host } = new URL(cloud.descriptor.tigris.endpoint);
    const mixed = await signedFetch(`http://${other}.${host}/${mine}/a`, { accessKeyId: id, secretAccessKey: secret });
    expect(mixed.status).toBe(403);
  });
});

function statusOf(error: unknown): number | undefined {
  return (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
}
