import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetBucketTaggingCommand,
  GetObjectCommand,
  HeadBucketCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutBucketTaggingCommand,
  PutObjectCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { addPolicy, attachPolicyToAccessKey, createAccessKey, listAccessKeys } from "@tigrisdata/iam";
import { getBucketInfo, listBuckets, removeBucket, restoreBucket, updateBucket } from "@tigrisdata/storage";

import { startCloud, type TestCloud } from "../../support/cloud.ts";
import { dataOf, iamFor, type KeyPair, s3For, storageFor } from "./clients.ts";

// What DESIGN.md gives a machine: no role, and a policy on its own bucket only.
const ACTIONS_ON_BUCKET = ["s3:ListBucket", "s3:ListBucketMultipartUploads"];
const ACTIONS_ON_OBJECTS = [
  "s3:GetObject",
  "s3:PutObject",
  "s3:DeleteObject",
  "s3:AbortMultipartUpload",
  "s3:ListMultipartUploadParts",
];

let cloud: TestCloud;
let acme: KeyPair;
let s3: S3Client;

beforeAll(async () => {
  cloud = await startCloud({ vendors: ["tigris"] });
  const root = s3For(cloud);
  await Promise.all(["acme", "globex"].map((Bucket) => root.send(new CreateBucketCommand({ Bucket }))));
  await root.send(new PutObjectCommand({ Bucket: "globex", Key: "secret", Body: "theirs" }));
  acme = await tenantKey("acme");
  s3 = s3For(cloud, acme);
});
afterAll(() => cloud.dispose());

async function tenantKey(bucket: string): Promise<KeyPair> {
  const config = iamFor(cloud);
  const arn = `arn:aws:s3:::${bucket}`;
  const statements = [
    { effect: "Allow", action: ACTIONS_ON_BUCKET, resource: arn },
    { effect: "Allow", action: ACTIONS_ON_OBJECTS, resource: `${arn}/*` },
  ];
  const document = { version: "2012-10-17", statements } as never;
  const policy = dataOf(await addPolicy(`${bucket}-machine`, { description: "", document, config }));
  const { id, secret = "" } = dataOf(await createAccessKey(`${bucket}-machine`, { config }));
  dataOf(await attachPolicyToAccessKey(id, policy.resource, { config }));
  return { accessKeyId: id, secretAccessKey: secret };
}

describe("a tenant's key", () => {
  it("works on the tenant's own bucket", async () => {
    await s3.send(new PutObjectCommand({ Bucket: "acme", Key: "mine", Body: "mine" }));
    const read = await s3.send(new GetObjectCommand({ Bucket: "acme", Key: "mine" }));
    expect(await read.Body?.transformToString()).toBe("mine");
    await s3.send(new CopyObjectCommand({ Bucket: "acme", Key: "copy", CopySource: "acme/mine" }));
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: "acme" }));
    expect(Contents.map(({ Key }) => Key)).toEqual(["copy", "mine"]);
    await s3.send(new DeleteObjectCommand({ Bucket: "acme", Key: "copy" }));
    await s3.send(new HeadBucketCommand({ Bucket: "acme" }));
  });

  it.each([
    ["read", () => s3.send(new GetObjectCommand({ Bucket: "globex", Key: "secret" }))],
    ["write", () => s3.send(new PutObjectCommand({ Bucket: "globex", Key: "x", Body: "x" }))],
    ["delete", () => s3.send(new DeleteObjectCommand({ Bucket: "globex", Key: "secret" }))],
    ["list", () => s3.send(new ListObjectsV2Command({ Bucket: "globex" }))],
    ["copy out", () => s3.send(new CopyObjectCommand({ Bucket: "acme", Key: "x", CopySource: "globex/secret" }))],
    ["read the tags", () => s3.send(new GetBucketTaggingCommand({ Bucket: "globex" }))],
    ["delete the bucket", () => s3.send(new DeleteBucketCommand({ Bucket: "globex" }))],
  ])("cannot %s in another tenant's bucket", async (_, attempt) => {
    await expect(attempt()).rejects.toMatchObject({ name: "AccessDenied", $metadata: { httpStatusCode: 403 } });
  });

  it.each([
    ["create a bucket", () => s3.send(new CreateBucketCommand({ Bucket: "acme-more" }))],
    ["delete its own bucket", () => s3.send(new DeleteBucketCommand({ Bucket: "acme" }))],
    ["list buckets", () => s3.send(new ListBucketsCommand())],
    [
      "tag its own bucket",
      () =>
        s3.send(new PutBucketTaggingCommand({ Bucket: "acme", Tagging: { TagSet: [{ Key: "owner", Value: "me" }] } })),
    ],
  ])("cannot %s", async (_, attempt) => {
    await expect(attempt()).rejects.toMatchObject({ name: "AccessDenied" });
  });

  it("cannot do what only the gateway understands, but may look at its own bucket", async () => {
    const config = storageFor(cloud, acme);
    const errors = await Promise.all([
      updateBucket("acme", { access: "public", config }),
      updateBucket("globex", { access: "public", config }),
      removeBucket("acme", { force: true, config }),
      restoreBucket("acme", { config }),
      getBucketInfo("globex", { config }),
      listBuckets({ config }),
    ]);
    expect(errors.map(({ error }) => error?.message)).toEqual(Array(6).fill(expect.stringMatching(/authorized/)));
    expect(dataOf(await getBucketInfo("acme", { config })).sizeInfo.numberOfObjects).toBeGreaterThan(0);
  });

  it("cannot use IAM", async () => {
    const config = iamFor(cloud, acme);
    const attempts = await Promise.all([
      createAccessKey("spare", { config }),
      createAccessKey("spare", { bucketsRole: [{ bucket: "acme", role: "ReadOnly" }], config }),
      listAccessKeys({ config }),
    ]);
    expect(attempts.map(({ error }) => error?.message)).toEqual(Array(3).fill(expect.stringMatching(/authorized/)));
  });
});

describe("an invalid key", () => {
  it.each([
    ["a wrong secret", { secretAccessKey: "tsec_wrong" }, "SignatureDoesNotMatch"],
    ["an unknown id", { accessKeyId: "tid_unknown" }, "InvalidAccessKeyId"],
  ])("with %s is refused by the engine and by the gateway alike", async (_, change, code) => {
    const key = { ...acme, ...change };
    await expect(s3For(cloud, key).send(new ListObjectsV2Command({ Bucket: "acme" }))).rejects.toMatchObject({
      name: code,
    });
    await expect(s3For(cloud, key).send(new ListBucketsCommand())).rejects.toMatchObject({ name: code });
  });

  it("is no key at all", async () => {
    const { endpoint } = cloud.descriptor.tigris;
    const statuses = await Promise.all(
      ["/", "/acme", "/acme/mine", "/acme?metadata"].map(async (path) => (await fetch(`${endpoint}${path}`)).status),
    );
    expect(statuses).toEqual([403, 403, 403, 403]);
  });
});
