import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  type CopyObjectCommandInput,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  GetObjectAclCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  type S3Client,
  type S3ServiceException,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { addPolicy, attachPolicyToAccessKey, createAccessKey } from "@tigrisdata/iam";

import { startCloud, type TestCloud } from "../../support/cloud.ts";
import { dataOf, iamFor, rootOf, s3For } from "./clients.ts";
import { sendForm } from "./post-form.ts";
import { signedFetch } from "./signed-fetch.ts";

// Where the storage engine (versitygw 1.8.0) differs from S3, and the gateway cannot put it right. A test that fails here tells
// that a new version of the engine does it right: then its row in local/tigris/fidelity.ts goes.

const Bucket = "ways";

let cloud: TestCloud;
let s3: S3Client;
beforeAll(async () => {
  cloud = await startCloud({ vendors: ["tigris"] });
  s3 = s3For(cloud);
  await s3.send(new CreateBucketCommand({ Bucket }));
});
afterAll(() => cloud.dispose());

describe("the storage engine, other than S3,", () => {
  it("keeps the metadata of an object that is put anew without any", async () => {
    const file = { Bucket, Key: "kept", Body: "x" };
    await s3.send(new PutObjectCommand({ ...file, Metadata: { a: "1" }, CacheControl: "no-store" }));
    await s3.send(new PutObjectCommand(file));
    const { Metadata, CacheControl } = await s3.send(new HeadObjectCommand({ Bucket, Key: "kept" }));
    expect([Metadata, CacheControl]).toEqual([{ a: "1" }, "no-store"]);
  });

  it("takes an object for newer than its own Last-Modified", async () => {
    await s3.send(new PutObjectCommand({ Bucket, Key: "dated", Body: "x" }));
    const { LastModified } = await s3.send(new HeadObjectCommand({ Bucket, Key: "dated" }));
    const again = new GetObjectCommand({ Bucket, Key: "dated", IfModifiedSince: LastModified });
    expect((await s3.send(again)).$metadata.httpStatusCode).toBe(200);
  });

  it("answers a copy of what is as it was with 304, not 412, and copies over what is there although told not to", async () => {
    const { ETag } = await s3.send(new PutObjectCommand({ Bucket, Key: "source", Body: "x" }));
    await s3.send(new PutObjectCommand({ Bucket, Key: "there", Body: "y" }));
    const copy = (more: Partial<CopyObjectCommandInput>) =>
      s3.send(new CopyObjectCommand({ Bucket, Key: "there", CopySource: `${Bucket}/source`, ...more })).then(
        ({ $metadata }) => $metadata.httpStatusCode,
        (error: unknown) => (error as S3ServiceException).$metadata.httpStatusCode,
      );
    expect(await copy({ CopySourceIfNoneMatch: ETag })).toBe(304);
    expect(await copy({ IfNoneMatch: "*" })).toBe(200);
  });

  it("tells no parts of an object that was uploaded in parts", async () => {
    const where = { Bucket, Key: "in-parts" };
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand(where));
    const { ETag } = await s3.send(new UploadPartCommand({ ...where, UploadId, PartNumber: 1, Body: "x" }));
    const MultipartUpload = { Parts: [{ ETag, PartNumber: 1 }] };
    await s3.send(new CompleteMultipartUploadCommand({ ...where, UploadId, MultipartUpload }));
    const asked = new GetObjectAttributesCommand({ ...where, ObjectAttributes: ["ObjectParts"] });
    expect((await s3.send(asked)).ObjectParts).toBeUndefined();
  });

  it("has no ACL of an object", async () => {
    await s3.send(new PutObjectCommand({ Bucket, Key: "open", Body: "x" }));
    const asked = s3.send(new GetObjectAclCommand({ Bucket, Key: "open" }));
    await expect(asked).rejects.toMatchObject({ name: "NotImplemented", $metadata: { httpStatusCode: 501 } });
  });

  it("refuses a form that a tenant's key has signed, and takes an administrator's", async () => {
    const config = iamFor(cloud);
    const document = {
      version: "2012-10-17",
      statements: [{ effect: "Allow", action: ["s3:PutObject"], resource: `arn:aws:s3:::${Bucket}/*` }],
    } as never;
    const policy = dataOf(await addPolicy("writer", { description: "", document, config }));
    const { id, secret = "" } = dataOf(await createAccessKey("writer", { config }));
    dataOf(await attachPolicyToAccessKey(id, policy.resource, { config }));
    const tenant = { accessKeyId: id, secretAccessKey: secret };
    await s3For(cloud, tenant).send(new PutObjectCommand({ Bucket, Key: "put", Body: "x" }));
    const { endpoint } = cloud.descriptor.tigris;
    expect(await sendForm(endpoint, Bucket, tenant)).toBe(403);
    expect(await sendForm(endpoint, Bucket, rootOf(cloud))).toBe(204);
  });
});

describe("what Tigris has beside S3 and the embedded one has not", () => {
  it("is refused as such: an archive of several objects", async () => {
    const url = `${cloud.descriptor.tigris.endpoint}/${Bucket}?bundle`;
    const body = JSON.stringify({ keys: ["kept"] });
    const headers = { "content-type": "application/json", "x-tigris-bundle-format": "tar" };
    const answer = await signedFetch(url, rootOf(cloud), { method: "POST", body, headers });
    expect([answer.status, await answer.text()]).toEqual([501, expect.stringContaining("<Code>NotImplemented</Code>")]);
  });
});
