// What tenantry relies on at Tigris, whatever else its documents leave open.
import { beforeAll, expect, it } from "@jest/globals";
import {
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";

import { until } from "../../operations/canary/room.ts";
import { differences } from "../../provider/plugin/detailed-diff.ts";
import { accessKeyType } from "../../provider/tigris/access-key.ts";
import { bucketType } from "../../provider/tigris/bucket.ts";
import { ownSettings } from "../../provider/tigris/own-settings.ts";
import { CASE_LIMIT_MS, declared, type ScratchTenants, madeAndRead } from "./scratch-tenants.ts";

const SETTINGS = { locations: "iad", softDeleteDays: 0 };
const MEBIBYTE = 2 ** 20;

/** The cases about Tigris. @param at the ground that is open by the time they run */
export function tigrisCases(at: () => ScratchTenants): void {
  let scratch: ScratchTenants;
  let buckets: ReturnType<typeof bucketType>;
  let keys: ReturnType<typeof accessKeyType>;
  beforeAll(() => {
    scratch = at();
    buckets = bucketType(scratch.room.tigris);
    keys = accessKeyType(scratch.room.tigris);
  });

  const bucketOf = (letter: string, settings: object = SETTINGS) =>
    madeAndRead(scratch, buckets, { tenant: scratch.tenant, name: scratch.name("bucket", letter), ...settings });
  const keyOf = async (bucket: string, mode: string) => {
    const purpose = mode === "read-write" ? "machine" : "access-reader";
    const given = { tenant: scratch.tenant, bucket, purpose, mode, rotation: "90d" };
    const made = await madeAndRead(scratch, keys, given);
    scratch.room.secrets.add(made.known.state.secretAccessKey);
    return { ...made, s3: s3As(made.id, made.known.state.secretAccessKey) };
  };
  const s3As = (accessKeyId: string, secretAccessKey: string) =>
    new S3Client({
      ...ownSettings(scratch.room.accounts.tigris),
      region: "auto",
      credentials: { accessKeyId, secretAccessKey },
    });
  const administrator = () => {
    const { accessKeyId, secretAccessKey } = scratch.room.accounts.tigris;
    return s3As(accessKeyId, secretAccessKey);
  };
  const changed = (olds: object | undefined, news: object) =>
    differences({ ...olds }, { ...news }).map(({ input }) => input);
  const allowed = (what: string, ask: () => Promise<unknown>) =>
    until(scratch.room, what, () =>
      ask().then(
        () => true,
        () => undefined,
      ),
    );
  const refused = (what: string, ask: () => Promise<unknown>) =>
    until(scratch.room, what, () =>
      ask().then(
        () => undefined,
        (error: unknown) => ((statusOf(error) ?? 0) === 403 ? true : undefined),
      ),
    );

  it.each([
    ["one region", SETTINGS],
    ["two regions, with soft delete", { locations: ["fra", "iad"], softDeleteDays: 7 }],
  ])(
    "shows a new bucket in %s as it was declared, and then as it was changed",
    async (where, settings) => {
      const { id, known, observed } = await bucketOf(where.slice(0, 1), settings);
      expect(changed(observed?.inputs, known.inputs)).toEqual([]);
      const news = declared(buckets, { ...known.inputs, softDeleteDays: 8 });
      await buckets.update?.(id, known, news, scratch.call());
      expect(changed((await buckets.read(id, known, scratch.call()))?.inputs, news)).toEqual([]);
    },
    CASE_LIMIT_MS,
  );

  it(
    "tells a name that is taken, keeps its owner's mark, and lets the same create be repeated",
    async () => {
      const { id, known } = await bucketOf("m");
      expect(await scratch.room.tigris.buckets.create(id, {}, scratch.room)).toBe("taken");
      expect(await scratch.call().claims.read(id, scratch.room.names.owner)).toEqual({ held: "by-us" });
      const other = { ...scratch.room.names.owner, tenant: "somebody" };
      expect(await scratch.call().claims.read(id, other)).toMatchObject({ held: "by-other" });
      expect(await buckets.create(known.inputs, scratch.call())).toMatchObject({ id });
    },
    CASE_LIMIT_MS,
  );

  it(
    "deletes no bucket that holds an object, and then deletes it",
    async () => {
      const { id } = await bucketOf("d");
      const s3 = administrator();
      const at = { Bucket: id, Key: "kept" };
      await s3.send(new PutObjectCommand({ ...at, Body: "kept" }));
      expect(await scratch.room.tigris.buckets.remove(id, scratch.room)).toBe("not-empty");
      await s3.send(new DeleteObjectCommand(at));
      await until(scratch.room, "the bucket's end", async () =>
        (await scratch.room.tigris.buckets.remove(id, scratch.room)) === "gone" ? true : undefined,
      );
      expect(await buckets.read(id, undefined, scratch.call())).toBeUndefined();
    },
    CASE_LIMIT_MS,
  );

  it(
    "keeps bytes, metadata and ETags, takes conditions, and lists in pages",
    async () => {
      const { id: Bucket } = await bucketOf("s");
      const s3 = administrator();
      const at = { Bucket, Key: "folder/näme with space+plus" };
      const first = await s3.send(
        new PutObjectCommand({ ...at, Body: "one", Metadata: { mtime: "1" }, IfNoneMatch: "*" }),
      );
      const again = s3.send(new PutObjectCommand({ ...at, Body: "two", IfNoneMatch: "*" }));
      expect(await again.catch(statusOf)).toBe(412);
      const second = await s3.send(new PutObjectCommand({ ...at, Body: "three", IfMatch: first.ETag }));
      expect(second.ETag).not.toBe(first.ETag);
      const stale = s3.send(new PutObjectCommand({ ...at, Body: "four", IfMatch: first.ETag }));
      expect(await stale.catch(statusOf)).toBe(412);
      const got = await s3.send(new GetObjectCommand({ ...at, Range: "bytes=1-2" }));
      expect(await got.Body?.transformToString()).toBe("hr");
      for (const name of ["a", "b", "folder/z"])
        await s3.send(new PutObjectCommand({ Bucket, Key: name, Body: name, Metadata: { mtime: name } }));
      expect((await s3.send(new HeadObjectCommand({ Bucket, Key: "a" }))).Metadata).toEqual({ mtime: "a" });
      const page = await s3.send(new ListObjectsV2Command({ Bucket, MaxKeys: 3 }));
      const rest = await s3.send(new ListObjectsV2Command({ Bucket, ContinuationToken: page.NextContinuationToken }));
      const names = [...(page.Contents ?? []), ...(rest.Contents ?? [])].map(({ Key }) => Key);
      expect(names).toEqual(["a", "b", at.Key, "folder/z"]);
      const folders = await s3.send(new ListObjectsV2Command({ Bucket, Delimiter: "/" }));
      expect(folders.CommonPrefixes).toEqual([{ Prefix: "folder/" }]);
    },
    CASE_LIMIT_MS,
  );

  it(
    "puts a file together from its parts, byte for byte",
    async () => {
      const { id: Bucket } = await bucketOf("p");
      const s3 = administrator();
      const at = { Bucket, Key: "large" };
      const parts = [Buffer.alloc(5 * MEBIBYTE, "a"), Buffer.from("the end")];
      const { UploadId } = await s3.send(new CreateMultipartUploadCommand(at));
      const sent = await Promise.all(
        parts.map(async (Body, index) => {
          const PartNumber = index + 1;
          const { ETag } = await s3.send(new UploadPartCommand({ ...at, UploadId, PartNumber, Body }));
          return { PartNumber, ETag };
        }),
      );
      await s3.send(new CompleteMultipartUploadCommand({ ...at, UploadId, MultipartUpload: { Parts: sent } }));
      const { Body } = await s3.send(new GetObjectCommand(at));
      expect(Buffer.concat(parts).equals(Buffer.from((await Body?.transformToByteArray()) ?? []))).toBe(true);
    },
    CASE_LIMIT_MS,
  );

  it(
    "lets a tenant's key do everything in its own bucket, and nothing in another or beside it",
    async () => {
      const [{ id: Bucket }, { id: foreign }] = [await bucketOf("k"), await bucketOf("f")];
      await administrator().send(new PutObjectCommand({ Bucket: foreign, Key: "x", Body: "x" }));
      const { known, observed, s3 } = await keyOf(Bucket, "read-write");
      expect(changed(observed?.inputs, known.inputs)).toEqual([]);
      const at = { Bucket, Key: "x" };
      await allowed("the key's first write", () => s3.send(new PutObjectCommand({ ...at, Body: "x" })));
      await allowed("its read", () => s3.send(new GetObjectCommand(at)));
      await allowed("its listing", () => s3.send(new ListObjectsV2Command({ Bucket })));
      await allowed("its deletion", () => s3.send(new DeleteObjectCommand(at)));
      const elsewhere = { Bucket: foreign, Key: "x" };
      const forbidden = [
        s3.send(new GetObjectCommand(elsewhere)),
        s3.send(new PutObjectCommand({ ...elsewhere, Body: "y" })),
        s3.send(new DeleteObjectCommand(elsewhere)),
        s3.send(new ListObjectsV2Command({ Bucket: foreign })),
        s3.send(new CreateBucketCommand({ Bucket: scratch.name("bucket", "n") })),
        s3.send(new ListBucketsCommand({})),
      ];
      expect(await Promise.all(forbidden.map((ask) => ask.then(() => "allowed", statusOf)))).toEqual(
        forbidden.map(() => 403),
      );
    },
    CASE_LIMIT_MS,
  );

  it(
    "refuses a write to a key that may only read, and everything to one that was deleted",
    async () => {
      const { id: Bucket } = await bucketOf("r");
      await administrator().send(new PutObjectCommand({ Bucket, Key: "x", Body: "x" }));
      const { id, known, s3 } = await keyOf(Bucket, "read-only");
      const read = () => s3.send(new GetObjectCommand({ Bucket, Key: "x" }));
      await allowed("the key's first read", read);
      const write = s3.send(new PutObjectCommand({ Bucket, Key: "x", Body: "y" }));
      expect(await write.then(() => "allowed", statusOf)).toBe(403);
      await keys.delete(id, known, scratch.call());
      await refused("a read with a deleted key", read);
      expect(await keys.read(id, known, scratch.call())).toBeUndefined();
    },
    CASE_LIMIT_MS,
  );
}

function statusOf(error: unknown): number | undefined {
  return (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
}
