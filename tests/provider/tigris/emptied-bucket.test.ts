import { setTimeout as sleep } from "node:timers/promises";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import {
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  HeadBucketCommand,
  ListObjectsV2Command,
  PutBucketTaggingCommand,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import * as fc from "fast-check";

import type { BucketInputs } from "../../../provider/tigris/bucket.ts";
import { ContentsDigest, type Stored } from "../../../provider/tigris/bucket-inventory.ts";
import { tigrisErrors } from "../../../provider/tigris/errors.ts";
import { startCloud, type TestCloud } from "../../support/cloud.ts";
import { TEST_FLEET } from "../../support/call.ts";
import { bucketInputs, knownBucket, openRoom, type Room, s3As } from "./stage.ts";

const SLOW = 60_000;
const KEYS = [
  "notes/one.md",
  "a+b c/ü?.txt",
  "empty",
  "tab\tand <&>",
  "not\u0001in xml",
  "not\u0002in xml",
  "two\nlines",
];
const GIVEN_UP = { softDeleteDays: 0, deletable: true };

let cloud: TestCloud;
let room: Room;

beforeAll(async () => {
  cloud = await startCloud({ vendors: ["tigris"] });
  room = openRoom(cloud);
  await cloud.switches({ "tigris.lagMs": 0 });
}, SLOW);
afterAll(() => cloud.dispose());

const put = (Bucket: string, Key: string, Body = Key) => s3As(cloud).send(new PutObjectCommand({ Bucket, Key, Body }));
const keysIn = async (Bucket: string) =>
  ((await s3As(cloud).send(new ListObjectsV2Command({ Bucket }))).Contents ?? []).map(({ Key = "" }) => Key);
const isGone = (Bucket: string) =>
  s3As(cloud)
    .send(new HeadBucketCommand({ Bucket }))
    .then(
      () => false,
      (error: unknown) => (error as { name: string }).name === "NotFound",
    );

/** A bucket with files, and what its tenant's export would say that it holds. */
async function filled(name: string): Promise<{ inputs: BucketInputs; exported: string }> {
  const inputs = bucketInputs(room, { name, ...GIVEN_UP });
  await room.bucket.create(inputs, room.call());
  for (const key of KEYS) await put(name, key);
  return { inputs, exported: await contentsOf(name) };
}

async function contentsOf(name: string, keepsVersions = false): Promise<string> {
  const digest = new ContentsDigest();
  for await (const page of room.client.buckets.inventory(name, { keepsVersions }, {}))
    for (const stored of page) digest.add(stored);
  return digest.hex();
}

const purge = (inputs: BucketInputs, exportedContents?: string) =>
  room.bucket.delete(
    inputs.name,
    knownBucket(exportedContents === undefined ? inputs : { ...inputs, exportedContents }),
    room.call(),
  );

/** Waits for the clock to show another second than that of the last write. */
async function untilAnotherSecond(): Promise<void> {
  await sleep(1000 - (Date.now() % 1000) + 10);
}

describe("a bucket that is given up", () => {
  it(
    "is emptied and deleted when it holds exactly what the export lists, whatever the names, an unfinished upload too",
    async () => {
      const { inputs } = await filled("tnt-exported");
      await s3As(cloud).send(new CreateMultipartUploadCommand({ Bucket: "tnt-exported", Key: "half.bin" }));
      await purge(inputs, await contentsOf("tnt-exported"));
      expect(await isGone("tnt-exported")).toBe(true);
    },
    SLOW,
  );

  it("is kept with all it holds where no export lists it", async () => {
    const { inputs } = await filled("tnt-unexported");
    await expect(purge(inputs)).rejects.toMatchObject({ kind: tigrisErrors.TIGRIS_BUCKET_NOT_EMPTY });
    expect((await keysIn("tnt-unexported")).length).toBe(KEYS.length);
  });

  it.each([
    ["has more", (name: string) => put(name, "later.md")],
    ["has other content under a name", (name: string) => put(name, "empty", "not any more")],
    ["has less", (name: string) => s3As(cloud).send(new DeleteObjectCommand({ Bucket: name, Key: "empty" }))],
    [
      "has an upload that was begun since",
      (name: string) => s3As(cloud).send(new CreateMultipartUploadCommand({ Bucket: name, Key: "half.bin" })),
    ],
  ])(
    "keeps all it holds when it %s than the export lists, and says so",
    async (what, change) => {
      const { inputs, exported } = await filled(`tnt-changed-${what.length}`);
      await change(inputs.name);
      const before = await keysIn(inputs.name);
      await expect(purge(inputs, exported)).rejects.toMatchObject({ kind: tigrisErrors.TIGRIS_CONTENTS_CHANGED });
      expect(await keysIn(inputs.name)).toEqual(before);
    },
    SLOW,
  );

  it(
    "is emptied to the end by the next run when one was broken off, and what came in between stops it",
    async () => {
      const { inputs } = await filled("tnt-broken-off");
      await s3As(cloud).send(new CreateMultipartUploadCommand({ Bucket: inputs.name, Key: "half.bin" }));
      const exported = await contentsOf(inputs.name);
      await cloud.faults({ vendor: "tigris", operation: "^AbortMultipartUpload$", kind: "error", status: 403 });
      await expect(purge(inputs, exported)).rejects.toThrow("403");
      await cloud.faults();
      expect(await keysIn(inputs.name)).toEqual([]);
      // S3 counts in whole seconds.
      await untilAnotherSecond();
      await put(inputs.name, "in-between.md");
      await expect(purge(inputs, exported)).rejects.toThrow("in-between.md");
      expect(await keysIn(inputs.name)).toContain("in-between.md");
      await s3As(cloud).send(new DeleteObjectCommand({ Bucket: inputs.name, Key: "in-between.md" }));
      await purge(inputs, exported);
      expect(await isGone(inputs.name)).toBe(true);
    },
    SLOW,
  );

  it.each([false, true])(
    "loses older versions and delete markers too where it keeps snapshots; whether they hold a bucket: %s",
    async (hold) => {
      await cloud.switches({ "tigris.versionsHold": hold });
      const name = `tnt-versions-${String(hold)}`;
      const inputs = bucketInputs(room, { name, ...GIVEN_UP, snapshots: true });
      await room.bucket.create(inputs, room.call());
      for (const key of KEYS) await put(name, key, "before");
      for (const key of KEYS) await put(name, key, "after");
      await s3As(cloud).send(new DeleteObjectCommand({ Bucket: name, Key: "empty" }));
      const exported = await contentsOf(name, true);
      await put(name, "notes/one.md", "later");
      await expect(purge(inputs, exported)).rejects.toMatchObject({ kind: tigrisErrors.TIGRIS_CONTENTS_CHANGED });
      await purge(inputs, await contentsOf(name, true));
      expect(await isGone(name)).toBe(true);
      await cloud.switches({ "tigris.versionsHold": false });
    },
    SLOW,
  );

  it("loses a file whose name no XML can hold by a call of its own", async () => {
    const { inputs } = await filled("tnt-control");
    await put(inputs.name, "nor\u0003this");
    const at = Date.now();
    await room.client.buckets.removeStored(
      inputs.name,
      [{ kind: "object", key: "nor\u0003this", etag: "", size: 0, at }],
      {},
    );
    expect((await keysIn(inputs.name)).length).toBe(KEYS.length);
  });

  it("is not emptied while it carries somebody else's mark, or is not declared deletable", async () => {
    const { inputs, exported } = await filled("tnt-marked");
    await expect(purge({ ...inputs, deletable: false }, exported)).rejects.toMatchObject({
      kind: tigrisErrors.TIGRIS_DELETE_PROTECTED,
    });
    const TagSet = [{ Key: "tenantry-owner", Value: `${TEST_FLEET}/test/other` }];
    await s3As(cloud).send(new PutBucketTaggingCommand({ Bucket: inputs.name, Tagging: { TagSet } }));
    await expect(purge(inputs, exported)).rejects.toMatchObject({ kind: tigrisErrors.TIGRIS_NOT_OURS });
    expect((await keysIn(inputs.name)).length).toBe(KEYS.length);
  });
});

describe("the digest of what a bucket holds", () => {
  const anyStored: fc.Arbitrary<Stored> = fc.oneof(
    fc.record({
      kind: fc.constant("object" as const),
      key: fc.string(),
      etag: fc.string(),
      size: fc.nat(),
      at: fc.nat(),
    }),
    fc.record({
      kind: fc.constantFrom("version" as const, "marker"),
      key: fc.string(),
      versionId: fc.string(),
      at: fc.nat(),
    }),
    fc.record({ kind: fc.constant("upload" as const), key: fc.string(), uploadId: fc.string(), at: fc.nat() }),
  );
  const digestOf = (all: readonly Stored[]) => {
    const digest = new ContentsDigest();
    for (const stored of all) digest.add(stored);
    return digest.hex();
  };

  it("is the same in every order, and another one for one thing more or less", () => {
    fc.assert(
      fc.property(fc.array(anyStored, { minLength: 1, maxLength: 8 }), (all) => {
        expect(digestOf(all.toReversed())).toBe(digestOf(all));
        expect(digestOf(all.slice(1))).not.toBe(digestOf(all));
      }),
    );
  });
});
