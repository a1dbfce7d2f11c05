import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { request } from "node:http";
import { connect } from "node:net";
import { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
  UploadPartCopyCommand,
} from "@aws-sdk/client-s3";
import { get, getPresignedUrl, head, list, put, remove } from "@tigrisdata/storage";

import { startCloud, type TestCloud } from "../../support/cloud.ts";
import { dataOf, rootOf, s3For, storageFor } from "./clients.ts";
import { signedFetch } from "./signed-fetch.ts";

const MB = 1024 * 1024;
const Bucket = "objects";

let cloud: TestCloud;
let s3: S3Client;
beforeAll(async () => {
  cloud = await startCloud({ vendors: ["tigris"] });
  s3 = s3For(cloud);
  await s3.send(new CreateBucketCommand({ Bucket }));
});
afterAll(() => cloud.dispose());

const sha256 = (data: Uint8Array) => createHash("sha256").update(data).digest("hex");
const bytesOf = async (Key: string) => {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
  return (await Body?.transformToByteArray()) ?? new Uint8Array();
};
const keys = async (Prefix: string) =>
  ((await s3.send(new ListObjectsV2Command({ Bucket, Prefix }))).Contents ?? []).map(({ Key }) => Key);

describe("Tigris' own SDK", () => {
  const config = () => ({ ...storageFor(cloud), bucket: Bucket });

  it("puts, reads, lists and removes objects", async () => {
    dataOf(await put("sdk/a.txt", "hello", { contentType: "text/plain", config: config() }));
    dataOf(await put("sdk/b.txt", "world", { config: config() }));
    expect(dataOf(await get("sdk/a.txt", "string", { config: config() }))).toBe("hello");
    expect(dataOf(await head("sdk/a.txt", { config: config() }))).toMatchObject({ size: 5, contentType: "text/plain" });
    const { items } = dataOf(await list({ prefix: "sdk/", config: config() }));
    expect(items.map(({ name }) => name)).toEqual(["sdk/a.txt", "sdk/b.txt"]);
    dataOf(await remove("sdk/a.txt", { config: config() }));
    expect(await keys("sdk/")).toEqual(["sdk/b.txt"]);
  });

  it("makes presigned URLs that work for others", async () => {
    const to = dataOf(await getPresignedUrl("shared.txt", { operation: "put", expiresIn: 60, config: config() }));
    expect((await fetch(to.url, { method: "PUT", body: "via url" })).status).toBe(200);
    const from = dataOf(await getPresignedUrl("shared.txt", { operation: "get", expiresIn: 60, config: config() }));
    expect(await (await fetch(from.url)).text()).toBe("via url");
    expect((await fetch(from.url.replace("shared.txt", "other.txt"))).status).toBe(403);
  });
});

describe("an object that is written over again and again", () => {
  const VERSIONS = ["short", "long ".repeat(1_000)];
  const lengths = new Map(VERSIONS.map((body) => [`"${createHash("md5").update(body).digest("hex")}"`, body.length]));
  // Each property is a file of the engine's, between the one of the ETag and the content.
  const properties = { ContentLanguage: "en", CacheControl: "no-store", Metadata: { a: "1" } };
  const where = { Bucket, Key: "written-over/file" };
  const ways: [string, () => Promise<[string | undefined, number | undefined]>][] = [
    [
      "GET",
      async () => {
        const { ETag, Body } = await s3.send(new GetObjectCommand(where));
        return [ETag, (await Body?.transformToByteArray())?.length];
      },
    ],
    [
      "HEAD",
      async () => {
        const { ETag, ContentLength } = await s3.send(new HeadObjectCommand(where));
        return [ETag, ContentLength];
      },
    ],
    [
      "list",
      async () => {
        const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: where.Key }));
        return [Contents?.[0]?.ETag, Contents?.[0]?.Size];
      },
    ],
  ];

  it.each(ways)("has in every answer to a %s the ETag of the content that the answer tells of", async (_, ask) => {
    const put = (Body = "") => s3.send(new PutObjectCommand({ ...where, Body, ...properties }));
    await put(VERSIONS[0]);
    let isDone = false;
    const write = async () => {
      for (let count = 0; count < 40; count += 1) await put(VERSIONS[count % 2]);
      isDone = true;
    };
    const mixed: unknown[] = [];
    const read = async () => {
      while (!isDone) {
        const [etag = "", length] = await ask();
        if (lengths.get(etag) !== length) mixed.push([etag, length]);
      }
    };
    await Promise.all([write(), read(), read(), read()]);
    expect(mixed).toEqual([]);
  });
});

describe("objects on their way through the gateway", () => {
  it.each(["plain", "with space", "ünï/çødé", "a+b&c=d", "dots/...", "100%", "trailing/"])(
    "keep the key %j",
    async (Key) => {
      await s3.send(new PutObjectCommand({ Bucket, Key, Body: Buffer.from(Key.endsWith("/") ? "" : Key) }));
      expect((await s3.send(new HeadObjectCommand({ Bucket, Key }))).$metadata.httpStatusCode).toBe(200);
    },
  );

  it("arrive whole, also in many at once", async () => {
    const bodies = Array.from({ length: 24 }, (_, i) => randomBytes(i * 40_000));
    await Promise.all(bodies.map((Body, i) => s3.send(new PutObjectCommand({ Bucket, Key: `many/${i}`, Body }))));
    const read = await Promise.all(bodies.map((_, i) => bytesOf(`many/${i}`)));
    expect(read.map(sha256)).toEqual(bodies.map(sha256));
  });

  it("are read in ranges", async () => {
    await s3.send(new PutObjectCommand({ Bucket, Key: "range", Body: "0123456789" }));
    const { Body, ContentRange } = await s3.send(new GetObjectCommand({ Bucket, Key: "range", Range: "bytes=2-4" }));
    expect([await Body?.transformToString(), ContentRange]).toEqual(["234", "bytes 2-4/10"]);
  });

  it("are uploaded in parts, copied as parts, and given up", async () => {
    const parts = [randomBytes(5 * MB), randomBytes(MB)];
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key: "parts" }));
    const Parts = await Promise.all(
      parts.map(async (Body, i) => {
        const { ETag } = await s3.send(
          new UploadPartCommand({ Bucket, Key: "parts", UploadId, PartNumber: i + 1, Body }),
        );
        return { ETag, PartNumber: i + 1 };
      }),
    );
    await s3.send(new CompleteMultipartUploadCommand({ Bucket, Key: "parts", UploadId, MultipartUpload: { Parts } }));
    expect(sha256(await bytesOf("parts"))).toBe(sha256(Buffer.concat(parts)));

    const second = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key: "again" }));
    const where = { Bucket, Key: "again", UploadId: second.UploadId };
    await s3.send(new UploadPartCopyCommand({ ...where, PartNumber: 1, CopySource: `${Bucket}/parts` }));
    await s3.send(new AbortMultipartUploadCommand(where));
    expect((await s3.send(new ListMultipartUploadsCommand({ Bucket }))).Uploads ?? []).toEqual([]);
  });

  it("come as a stream of unknown end", async () => {
    const body = randomBytes(3 * MB);
    const ContentLength = body.length;
    await s3.send(
      new PutObjectCommand({
        Bucket,
        Key: "stream",
        Body: Readable.from([body.subarray(0, MB), body.subarray(MB)]),
        ContentLength,
      }),
    );
    expect(sha256(await bytesOf("stream"))).toBe(sha256(body));
  });

  it("are sent after 100 Continue", async () => {
    const url = dataOf(
      await getPresignedUrl("expected", { operation: "put", config: { ...storageFor(cloud), bucket: Bucket } }),
    ).url;
    const asking = request(url, { method: "PUT", headers: { expect: "100-continue", "content-length": "5" } });
    asking.flushHeaders();
    await once(asking, "continue");
    asking.end("hello");
    const [answer] = (await once(asking, "response")) as [{ statusCode: number; resume(): void }];
    answer.resume();
    expect(answer.statusCode).toBe(200);
    expect(Buffer.from(await bytesOf("expected")).toString()).toBe("hello");
  });

  it("do not come into being when the upload breaks off", async () => {
    const { port, host } = new URL(cloud.descriptor.tigris.endpoint);
    const url = dataOf(
      await getPresignedUrl("broken", { operation: "put", config: { ...storageFor(cloud), bucket: Bucket } }),
    ).url;
    const socket = connect(Number(port), "127.0.0.1");
    await once(socket, "connect");
    socket.write(`PUT ${url.slice(url.indexOf("/", 8))} HTTP/1.1\r\nHost: ${host}\r\nContent-Length: ${MB}\r\n\r\n`);
    socket.write(randomBytes(MB / 2));
    await sleep(50);
    socket.destroy();
    await sleep(100);
    expect(await keys("broken")).toEqual([]);
    // And the gateway is none the worse for it.
    await s3.send(new PutObjectCommand({ Bucket, Key: "broken", Body: "whole" }));
    expect(Buffer.from(await bytesOf("broken")).toString()).toBe("whole");
  });

  it("can be left half read", async () => {
    await s3.send(new PutObjectCommand({ Bucket, Key: "large", Body: randomBytes(8 * MB) }));
    const abort = new AbortController();
    const answer = await fetch(
      dataOf(await getPresignedUrl("large", { operation: "get", config: { ...storageFor(cloud), bucket: Bucket } }))
        .url,
      { signal: abort.signal },
    );
    await answer.body?.getReader().read();
    abort.abort();
    expect((await bytesOf("large")).length).toBe(8 * MB);
  });

  it("are renamed: the copy is there, the source gone, and only for who may delete it", async () => {
    const rename = (from: string, to: string, key = rootOf(cloud)) =>
      signedFetch(`${cloud.descriptor.tigris.endpoint}/${Bucket}/${to}`, key, {
        method: "PUT",
        headers: { "x-amz-copy-source": `/${Bucket}/${encodeURIComponent(from)}`, "x-tigris-rename": "true" },
      });
    await s3.send(new PutObjectCommand({ Bucket, Key: "named/old name", Body: "content" }));
    const stranger = { ...rootOf(cloud), secretAccessKey: "wrong" };
    expect((await rename("named/old name", "named/new", stranger)).status).toBe(403);
    expect(await keys("named/")).toEqual(["named/old name"]);
    expect((await rename("named/old name", "named/new")).status).toBe(200);
    expect(await keys("named/")).toEqual(["named/new"]);
    expect(Buffer.from(await bytesOf("named/new")).toString()).toBe("content");
    expect((await rename("named/absent", "named/new")).status).toBe(404);
    expect(Buffer.from(await bytesOf("named/new")).toString()).toBe("content");
    await rename("named/new", "named/new");
    expect(await keys("named/")).toEqual(["named/new"]);
  });

  it("are deleted many at once", async () => {
    const Objects = Array.from({ length: 24 }, (_, i) => ({ Key: `many/${i}` }));
    await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
    expect(await keys("many/")).toEqual([]);
  });
});

describe("what the gateway writes down of a call", () => {
  it("is its true name and whether it changes anything", async () => {
    await cloud.forgetCalls();
    const url = (path: string) => `${cloud.descriptor.tigris.endpoint}${path}`;
    const call = (method: string, path: string, headers = {}) =>
      signedFetch(url(path), rootOf(cloud), { method, headers });
    await call("PUT", "/logged", { "x-tigris-enable-snapshot": "true" });
    await call("PATCH", "/logged");
    await call("GET", "/logged?metadata");
    await call("HEAD", "/logged");
    await call("PUT", "/logged/key");
    await call("PUT", "/logged", { "x-tigris-snapshot": "true" });
    await call("GET", "/");
    await call("DELETE", "/logged", { "tigris-force-delete": "true" });
    await signedFetch(cloud.descriptor.tigris.iamEndpoint, rootOf(cloud), {
      method: "POST",
      body: "Action=ListPolicies",
    });
    const calls = (await cloud.calls()).map(({ operation, mutating, count }) => [operation, mutating, count]);
    expect(calls).toEqual([
      ["CreateBucket", true, 1],
      ["PatchBucket", true, 1],
      ["GetBucketMetadata", false, 1],
      ["HeadBucket", false, 1],
      ["PutObject", true, 1],
      ["CreateBucketSnapshot", true, 1],
      ["ListBuckets", false, 1],
      ["DeleteBucket", true, 1],
      ["ListPolicies", false, 1],
    ]);
  });

  it("is what a fault can hit, before or after the effect", async () => {
    await cloud.faults(
      { vendor: "tigris", operation: "^CreateBucket$", kind: "error", status: 500, when: "after", times: 1 },
      { vendor: "tigris", operation: "^PutObject$", kind: "reset", when: "after", times: 1 },
      { vendor: "tigris", operation: "^HeadObject$", kind: "throttle", times: 1 },
    );
    await expect(s3.send(new CreateBucketCommand({ Bucket: "ambiguous" }))).rejects.toMatchObject({
      $metadata: { httpStatusCode: 500 },
    });
    await expect(s3.send(new CreateBucketCommand({ Bucket: "ambiguous" }))).rejects.toMatchObject({
      name: "BucketAlreadyOwnedByYou",
    });
    await expect(s3.send(new PutObjectCommand({ Bucket: "ambiguous", Key: "k", Body: "v" }))).rejects.toThrow();
    await expect(s3.send(new HeadObjectCommand({ Bucket: "ambiguous", Key: "k" }))).rejects.toMatchObject({
      $metadata: { httpStatusCode: 429 },
    });
    await s3.send(new HeadObjectCommand({ Bucket: "ambiguous", Key: "k" }));
  });
});
