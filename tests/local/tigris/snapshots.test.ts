import { Readable } from "node:stream";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { CopyObjectCommand, DeleteObjectCommand, GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";
import { createBucket, createBucketSnapshot, get, getBucketInfo, list, removeBucket } from "@tigrisdata/storage";

import { startCloud, type TestCloud } from "../../support/cloud.ts";
import { dataOf, rootOf, s3For, storageFor } from "./clients.ts";
import { signedFetch } from "./signed-fetch.ts";

let cloud: TestCloud;
beforeAll(async () => {
  cloud = await startCloud({ vendors: ["tigris"] });
  await cloud.switches({ "tigris.lagMs": 0 });
});
afterAll(() => cloud.dispose());

const config = (bucket?: string) => ({ ...storageFor(cloud), ...(bucket === undefined ? {} : { bucket }) });
const url = (path: string) => `${cloud.descriptor.tigris.endpoint}${path}`;
const ask = (method: string, path: string, headers: Record<string, string> = {}, body?: string) =>
  signedFetch(url(path), rootOf(cloud), { method, headers, ...(body === undefined ? {} : { body }) });
/** Snapshots on or off. */
const keepSnapshots = async (bucket: string, type: 0 | 1) =>
  (await ask("PATCH", `/${bucket}`, {}, JSON.stringify({ type }))).status;
const put = (Bucket: string, Key: string, Body: string) =>
  s3For(cloud).send(new PutObjectCommand({ Bucket, Key, Body, Metadata: { by: "us" }, ContentType: "text/x-test" }));
const remove = (Bucket: string, Key: string) => s3For(cloud).send(new DeleteObjectCommand({ Bucket, Key }));
const cut = async (bucket: string) => dataOf(await createBucketSnapshot(bucket, { config: config() })).snapshotVersion;
const make = async (bucket: string) => dataOf(await createBucket(bucket, { enableSnapshot: true, config: config() }));

/** Every object as of a snapshot, or as it is: key and content. */
async function content(bucket: string, snapshotVersion?: string): Promise<Record<string, string>> {
  const as = snapshotVersion === undefined ? {} : { snapshotVersion };
  const { items } = dataOf(await list({ ...as, config: config(bucket) }));
  const each = items.map(async ({ name }) => {
    const text = dataOf(await get(name, "string", { ...as, config: config(bucket) }));
    return [name, text] as const;
  });
  return Object.fromEntries(await Promise.all(each));
}

describe("snapshots of a bucket", () => {
  it("reads and lists a bucket as it was, whatever has been written and deleted since", async () => {
    await make("as-it-was");
    await put("as-it-was", "notes/one", "1");
    await put("as-it-was", "notes/two and three", "2");
    const first = await cut("as-it-was");
    await put("as-it-was", "notes/one", "11");
    await remove("as-it-was", "notes/two and three");
    await put("as-it-was", "later", "3");
    const second = await cut("as-it-was");
    await remove("as-it-was", "notes/one");
    expect(await content("as-it-was", first)).toEqual({ "notes/one": "1", "notes/two and three": "2" });
    expect(await content("as-it-was", second)).toEqual({ later: "3", "notes/one": "11" });
    expect(await content("as-it-was")).toEqual({ later: "3" });
  });

  it("answers heads, ranges and conditions as of a snapshot, and 404 for what was not there", async () => {
    await make("parts");
    await put("parts", "text", "0123456789");
    const version = await cut("parts");
    await put("parts", "text", "changed");
    await put("parts", "new", "changed");
    const headers = { "x-tigris-snapshot-version": version };
    const head = await ask("HEAD", "/parts/text", headers);
    expect([head.status, head.headers.get("content-length"), head.headers.get("x-amz-meta-by")]).toEqual([
      200,
      "10",
      "us",
    ]);
    const part = await ask("GET", "/parts/text", { ...headers, range: "bytes=2-4" });
    expect([part.status, await part.text()]).toEqual([206, "234"]);
    const same = await ask("GET", "/parts/text", { ...headers, "if-none-match": head.headers.get("etag") ?? "" });
    expect(same.status).toBe(304);
    expect((await ask("GET", "/parts/new", headers)).status).toBe(404);
    const unknown = await ask("GET", "/parts/text", { "x-tigris-snapshot-version": "1" });
    expect([unknown.status, await unknown.text()]).toEqual([404, expect.stringContaining("NoSuchSnapshot")]);
  });

  it("lists as of a snapshot by pages, folders and a prefix", async () => {
    await make("paged");
    for (const key of ["a", "b/1", "b/2", "b/3", "c", "d/1"]) await put("paged", key, key);
    const version = await cut("paged");
    for (const key of ["b/2", "e"]) await put("paged", key, "later");
    const seen: string[] = [];
    for (let token: string | undefined; ;) {
      const more = token === undefined ? "" : `&continuation-token=${token}`;
      const answer = await ask("GET", `/paged?list-type=2&max-keys=2&delimiter=%2F${more}`, {
        "x-tigris-snapshot-version": version,
      });
      const text = await answer.text();
      seen.push(...[...text.matchAll(/<(?:Key|CommonPrefixes><Prefix)>([^<]+)</g)].map(([, name = ""]) => name));
      token = /<NextContinuationToken>([^<]+)</.exec(text)?.[1];
      if (token === undefined) break;
    }
    expect(seen.sort()).toEqual(["a", "b/", "c", "d/"]);
    const below = dataOf(await list({ prefix: "b/", snapshotVersion: version, config: config("paged") }));
    expect(below.items.map(({ name, size }) => [name, size])).toEqual([
      ["b/1", 3],
      ["b/2", 3],
      ["b/3", 3],
    ]);
  });

  it("holds what was there before snapshots were enabled", async () => {
    dataOf(await createBucket("enabled-later", { config: config() }));
    await put("enabled-later", "old", "before");
    expect(await keepSnapshots("enabled-later", 1)).toBe(200);
    const version = await cut("enabled-later");
    await put("enabled-later", "old", "after");
    expect(await content("enabled-later", version)).toEqual({ old: "before" });
  });

  it("takes writes and copies to a key that was deleted, and still knows when it was not there", async () => {
    await make("back-again");
    await put("back-again", "one", "1");
    await remove("back-again", "one");
    const gone = await cut("back-again");
    await put("back-again", "one", "2");
    expect(await content("back-again")).toEqual({ one: "2" });
    await remove("back-again", "one");
    await put("back-again", "source", "3");
    const copy = new CopyObjectCommand({ Bucket: "back-again", Key: "one", CopySource: "back-again/source" });
    await s3For(cloud).send(copy);
    expect(await content("back-again")).toEqual({ one: "3", source: "3" });
    expect(await content("back-again", gone)).toEqual({});
  });

  it("takes what was deleted for not there when a write has a condition, whole or in parts", async () => {
    await make("conditions");
    const s3 = s3For(cloud);
    const write = (Key: string, Body: string, condition: { IfMatch?: string; IfNoneMatch?: string }) =>
      s3.send(new PutObjectCommand({ Bucket: "conditions", Key, Body, ...condition }));
    const { ETag } = await put("conditions", "a b/ü", "first");
    await remove("conditions", "a b/ü");
    await expect(write("a b/ü", "no", { IfMatch: ETag ?? "" })).rejects.toMatchObject({ name: "NoSuchKey" });
    await write("a b/ü", "second", { IfNoneMatch: "*" });
    await expect(write("a b/ü", "third", { IfNoneMatch: "*" })).rejects.toMatchObject({ name: "PreconditionFailed" });
    expect(await content("conditions")).toEqual({ "a b/ü": "second" });
    await remove("conditions", "a b/ü");
    const Body = Buffer.alloc(6_000_000, "x");
    const params = { Bucket: "conditions", Key: "a b/ü", Body, IfNoneMatch: "*" };
    await new Upload({ client: s3, params }).done();
    const sent = Readable.from([Buffer.from("in one stream")]);
    await remove("conditions", "a b/ü");
    await new Upload({ client: s3, params: { ...params, Body: sent } }).done();
    expect(await content("conditions")).toEqual({ "a b/ü": "in one stream" });
    const foreign = { accessKeyId: "nobody", secretAccessKey: "nothing" };
    await remove("conditions", "a b/ü");
    const refused = s3For(cloud, foreign).send(new PutObjectCommand({ ...params, Body: "no" }));
    await expect(refused).rejects.toMatchObject({ name: "InvalidAccessKeyId" });
  });

  it("survives a kill of the cloud", async () => {
    const version = await cut("as-it-was");
    await remove("as-it-was", "later");
    await cloud.kill();
    await cloud.restart();
    expect(await content("as-it-was", version)).toEqual({ later: "3" });
    expect(await content("as-it-was")).toEqual({});
  });

  it("holds a bucket by what was overwritten and deleted in it, if Tigris does that", async () => {
    for (const [bucket, holds] of [
      ["held", true],
      ["not-held", false],
    ] as const) {
      await cloud.switches({ "tigris.versionsHold": holds });
      await make(bucket);
      await put(bucket, "gone", "1");
      expect((await ask("DELETE", `/${bucket}`)).status).toBe(409);
      await remove(bucket, "gone");
      expect((await ask("DELETE", `/${bucket}`)).status).toBe(holds ? 409 : 204);
    }
    await cloud.resetSwitches();
    await cloud.switches({ "tigris.lagMs": 0 });
    const versions = await (await ask("GET", "/held?versions")).text();
    for (const [, id = ""] of versions.matchAll(/<VersionId>([^<]+)</g))
      expect((await ask("DELETE", `/held/gone?versionId=${id}`)).status).toBe(204);
    expect((await ask("DELETE", "/held")).status).toBe(204);
  });
});

describe("forks of a bucket", () => {
  it("forks a bucket as it was, or as it is, and keeps the two apart", async () => {
    await make("origin");
    await put("origin", "a/one", "1");
    await put("origin", "two", "2");
    const version = await cut("origin");
    await remove("origin", "two");
    const fork = (name: string, snapshot?: string) =>
      createBucket(name, {
        sourceBucketName: "origin",
        ...(snapshot === undefined ? {} : { sourceBucketSnapshot: snapshot }),
        config: config(),
      });
    dataOf(await fork("fork-then", version));
    dataOf(await fork("fork-now"));
    expect(await content("fork-then")).toEqual({ "a/one": "1", two: "2" });
    expect(await content("fork-now")).toEqual({ "a/one": "1" });
    await put("fork-then", "a/one", "other");
    expect(await content("origin")).toEqual({ "a/one": "1" });
    const kept = await s3For(cloud).send(new GetObjectCommand({ Bucket: "fork-then", Key: "two" }));
    expect([kept.Metadata, kept.ContentType]).toEqual([{ by: "us" }, "text/x-test"]);
  });

  it("forks a bucket whose objects were there before snapshots were enabled", async () => {
    dataOf(await createBucket("early", { config: config() }));
    await put("early", "one", "1");
    await keepSnapshots("early", 1);
    await put("early", "two", "2");
    dataOf(await createBucket("fork-early", { sourceBucketName: "early", config: config() }));
    expect(await content("fork-early")).toEqual({ one: "1", two: "2" });
    const kept = await s3For(cloud).send(new GetObjectCommand({ Bucket: "fork-early", Key: "one" }));
    expect([kept.Metadata, kept.ContentType]).toEqual([{ by: "us" }, "text/x-test"]);
  });

  it("tells of forks and of what they began as, and deletes no bucket that has some", async () => {
    expect(dataOf(await getBucketInfo("origin", { config: config() })).forkInfo?.hasChildren).toBe(true);
    const { forkInfo } = dataOf(await getBucketInfo("fork-then", { config: config() }));
    expect(forkInfo?.parents[0]).toMatchObject({ bucketName: "origin", snapshot: expect.stringMatching(/^\d+$/) });
    const head = await ask("HEAD", "/fork-then");
    expect(head.headers.get("x-tigris-fork-source-bucket")).toBe("origin");
    expect((await ask("HEAD", "/origin")).headers.get("x-tigris-is-fork-parent")).toBe("true");
    expect((await removeBucket("origin", { force: true, config: config() })).error?.message).toContain("forks");
    expect(await keepSnapshots("origin", 0)).toBe(400);
    for (const name of ["fork-then", "fork-now", "origin"])
      dataOf(await removeBucket(name, { force: true, config: config() }));
  });

  it("refuses a fork of what has no snapshots, or not that one", async () => {
    dataOf(await createBucket("plain-source", { config: config() }));
    const header = { "x-tigris-fork-source-bucket": "plain-source" };
    expect((await ask("PUT", "/no-fork", header)).status).toBe(400);
    await make("with-snapshots");
    const other = { "x-tigris-fork-source-bucket": "with-snapshots", "x-tigris-fork-source-bucket-snapshot": "7" };
    expect((await ask("PUT", "/no-fork", other)).status).toBe(404);
    expect((await ask("HEAD", "/no-fork")).status).toBe(404);
  });
});
