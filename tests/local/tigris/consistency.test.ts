import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";

import { clientFor } from "../../../operations/files/access-client.ts";
import { startCloud, type TestCloud } from "../../support/cloud.ts";
import { bucketInputs, openRoom } from "../../provider/tigris/stage.ts";
import { rootOf, s3For } from "./clients.ts";
import { signedFetch } from "./signed-fetch.ts";

let cloud: TestCloud;
beforeAll(async () => {
  cloud = await startCloud({ vendors: ["tigris"] });
  await cloud.switches({ "tigris.staleReadsMs": 600_000 });
  await s3For(cloud).send(new CreateBucketCommand({ Bucket: "everywhere" }));
  const headers = { "x-tigris-regions": "fra" };
  await signedFetch(`${cloud.descriptor.tigris.endpoint}/one-place`, rootOf(cloud), { method: "PUT", headers });
});
afterAll(() => cloud.dispose());

async function readBack(s3: S3Client, Bucket: string): Promise<string | undefined> {
  const file = { Bucket, Key: "new.txt" };
  await s3.send(new PutObjectCommand({ ...file, Body: "new" }));
  return (await s3.send(new GetObjectCommand(file))).Body?.transformToString();
}

describe("in a bucket that is eventually consistent", () => {
  it("a plain client may not find what it has just written, where a bucket in one place shows it", async () => {
    await expect(readBack(s3For(cloud), "everywhere")).rejects.toMatchObject({ name: "NoSuchKey" });
    await expect(readBack(s3For(cloud), "one-place")).resolves.toBe("new");
  });

  it("pull, push and live find what was just written", async () => {
    const { endpoint } = cloud.descriptor.tigris;
    const { accessKeyId: keyId, secretAccessKey: secret } = rootOf(cloud);
    const place = { backend: "tigris", bucket: "everywhere", region: "auto" } as const;
    const key = { name: "a", mode: "read-write", keyId, secret, enabled: true, issued: "", due: "", ...place } as const;
    const s3 = await clientFor({ tenant: "acme", key, endpoint, tigrisfs: {} });
    await expect(readBack(s3, "everywhere")).resolves.toBe("new");
  });

  it("a bucket's mark is found as soon as it is there", async () => {
    const room = openRoom(cloud);
    const inputs = bucketInputs(room, { name: "marked" });
    await room.bucket.create(inputs, room.call());
    const observed = await room.bucket.read("marked", { inputs, state: {} }, room.call());
    expect(observed?.inputs).toMatchObject({ claimed: true });
  });
});
