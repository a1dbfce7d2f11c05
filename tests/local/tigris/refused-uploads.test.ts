import { randomBytes, randomUUID } from "node:crypto";
import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { CreateBucketCommand, DeleteBucketCommand, HeadObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { createAccessKey } from "@tigrisdata/iam";
import { getPresignedUrl } from "@tigrisdata/storage";

import { startCloud, type TestCloud } from "../../support/cloud.ts";
import { dataOf, iamFor, type KeyPair, rootOf, s3For, storageFor } from "./clients.ts";

// More than the engine reads of an upload that it has refused, and more than a socket's buffers take.
const BODY = randomBytes(8 * 1024 * 1024);
const TIMES = 6;
// More than the engine reads before it refuses.
const FIRST = 512 * 1024;

let cloud: TestCloud;
let s3: S3Client;
let stranger: KeyPair;
beforeAll(async () => {
  cloud = await startCloud({ vendors: ["tigris"] });
  s3 = s3For(cloud);
  await s3.send(new CreateBucketCommand({ Bucket: "mine" }));
  const { id, secret = "" } = dataOf(await createAccessKey("stranger", { config: iamFor(cloud), bucketsRole: [] }));
  stranger = { accessKeyId: id, secretAccessKey: secret };
});
afterAll(() => cloud.dispose());

interface Said {
  readonly status: number | undefined;
  readonly code: string | undefined;
}

/** Sends the whole body whatever comes back meanwhile, as clients do that read the answer last. */
async function upload(url: string, headers: Readonly<Record<string, string>> = {}, body = BODY): Promise<Said> {
  const length = "transfer-encoding" in headers ? {} : { "content-length": String(body.length) };
  const asking = request(url, { method: "PUT", headers: { ...length, ...headers } });
  const answered = once(asking, "response") as Promise<[IncomingMessage]>;
  const sent = once(asking, "finish");
  asking.end(body);
  const [answer] = await answered;
  let text = "";
  for await (const chunk of answer) text += String(chunk);
  await sent;
  return { status: answer.statusCode, code: /<Code>(.+)<\/Code>/.exec(text)?.[1] };
}

const several = (one: () => Promise<Said>) => Promise.all(Array.from({ length: TIMES }, one));
const expected = (status: number, code: string) => Array.from({ length: TIMES }, () => ({ status, code }));

async function presigned(bucket: string, key: KeyPair, query = ""): Promise<string> {
  const config = { ...storageFor(cloud, key), bucket };
  return dataOf(await getPresignedUrl(`k-${randomUUID()}`, { operation: "put", config })).url + query;
}

describe("an upload larger than any buffer", () => {
  it("is refused as anonymous, with and without waiting for 100 Continue", async () => {
    const url = () => `${cloud.descriptor.tigris.endpoint}/mine/k-${randomUUID()}`;
    expect(await several(() => upload(url()))).toEqual(expected(403, "AccessDenied"));
    const patient = { expect: "100-continue" };
    expect(await several(() => upload(url(), patient))).toEqual(expected(403, "AccessDenied"));
  });

  it("is refused and read to its end, however slowly it is sent", async () => {
    const url = `${cloud.descriptor.tigris.endpoint}/mine/k-${randomUUID()}`;
    const asking = request(url, { method: "PUT", headers: { "content-length": String(BODY.length) } });
    const answered = once(asking, "response") as Promise<[IncomingMessage]>;
    asking.write(BODY.subarray(0, FIRST));
    const [answer] = await answered;
    answer.resume();
    // What is tested is that no clock ends it: Hono's has half a second.
    for (let at = FIRST; at < BODY.length; at += BODY.length / 8) {
      await sleep(150);
      asking.write(BODY.subarray(at, Math.min(at + BODY.length / 8, BODY.length)));
    }
    expect({ status: answer.statusCode, isCutOff: asking.socket?.destroyed }).toEqual({ status: 403, isCutOff: false });
    asking.end();
  });

  it("is refused when it comes in chunks of no stated length", async () => {
    const url = () => `${cloud.descriptor.tigris.endpoint}/mine/k-${randomUUID()}`;
    const inChunks = () => upload(url(), { "transfer-encoding": "chunked" });
    expect(await several(inChunks)).toEqual(expected(403, "AccessDenied"));
  });

  it("is refused to a key without access, and to a secret that is wrong", async () => {
    expect(await several(async () => upload(await presigned("mine", stranger)))).toEqual(expected(403, "AccessDenied"));
    const url = async () => (await presigned("mine", rootOf(cloud))).replace(/Signature=..../, "Signature=0000");
    expect(await several(async () => upload(await url()))).toEqual(expected(403, "SignatureDoesNotMatch"));
  });

  it("is told that its bucket does not exist, never was or was deleted softly", async () => {
    const url = (bucket: string) => presigned(bucket, rootOf(cloud));
    expect(await several(async () => upload(await url("nowhere")))).toEqual(expected(404, "NoSuchBucket"));
    const command = new CreateBucketCommand({ Bucket: "hidden" });
    command.middlewareStack.add(
      (next) => (args) => {
        (args.request as { headers: Record<string, string> }).headers["x-tigris-soft-delete"] = "true";
        return next(args);
      },
      { step: "build" },
    );
    await s3.send(command);
    await s3.send(new DeleteBucketCommand({ Bucket: "hidden" }));
    expect(await several(async () => upload(await url("hidden")))).toEqual(expected(404, "NoSuchBucket"));
  });

  it("is accepted by a gateway that has just refused others, and comes whole", async () => {
    const url = await presigned("mine", rootOf(cloud));
    expect((await upload(url)).status).toBe(200);
    const Key = new URL(url).pathname.split("/").at(-1) ?? "";
    expect((await s3.send(new HeadObjectCommand({ Bucket: "mine", Key }))).ContentLength).toBe(BODY.length);
  });
});
