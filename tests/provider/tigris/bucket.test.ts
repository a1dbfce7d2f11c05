import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import {
  DeleteBucketTaggingCommand,
  GetBucketTaggingCommand,
  ListObjectsV2Command,
  PutBucketTaggingCommand,
} from "@aws-sdk/client-s3";
import { enableSnapshot, updateBucket } from "@tigrisdata/storage";
import fc from "fast-check";

import { checkedInputs } from "../../../provider/plugin/checked-inputs.ts";
import { differences } from "../../../provider/plugin/detailed-diff.ts";
import type { BucketInputs } from "../../../provider/tigris/bucket.ts";
import { TEST_FLEET } from "../../support/call.ts";
import { startCloud, type TestCloud } from "../../support/cloud.ts";
import { bucketInputs, knownBucket, openRoom, putFile, type Room, s3As, withRecords } from "./stage.ts";

let cloud: TestCloud;
let room: Room;

beforeAll(async () => {
  cloud = await startCloud({ vendors: ["tigris"] });
  room = openRoom(cloud);
  // What somebody else changes is looked at right away.
  await cloud.switches({ "tigris.lagMs": 0 });
});
afterAll(() => cloud.dispose());

const existingInputs = async (name: string, tenant = "acme") =>
  (await room.bucket.read(name, undefined, room.call({ name: tenant })))?.inputs;
const changed = (olds: object | undefined, news: object) =>
  differences({ ...olds }, { ...news }).map(({ input }) => input);

async function made(inputs: Partial<BucketInputs> & { name: string }): Promise<BucketInputs> {
  const checked = bucketInputs(room, inputs);
  await room.bucket.create(checked, room.call());
  return checked;
}

async function tagsOf(name: string): Promise<Record<string, string>> {
  const { TagSet = [] } = await s3As(cloud).send(new GetBucketTaggingCommand({ Bucket: name }));
  return Object.fromEntries(TagSet.map(({ Key, Value }) => [Key, Value])) as Record<string, string>;
}

function outside(name: string, changes: Parameters<typeof updateBucket>[1]) {
  return updateBucket(name, { ...changes, config: administrator() });
}

function administrator() {
  const { endpoint, accessKeyId, secretAccessKey } = cloud.descriptor.tigris;
  return { endpoint, accessKeyId, secretAccessKey };
}

const settings = fc.record({
  locations: fc.constantFrom("global", "usa", "eur", "iad", "fra,iad", "sin,lhr"),
  snapshots: fc.boolean(),
  softDeleteDays: fc.oneof(fc.constant(0), fc.integer({ min: 7, max: 90 })),
  deletionProtection: fc.boolean(),
});

describe("a new bucket", () => {
  it("costs three calls and carries the owner's mark, readable for people too", async () => {
    await cloud.forgetCalls();
    await made({ name: "tnt-new", locations: ["iad", "fra"], snapshots: true, softDeleteDays: 30 });
    const calls = await cloud.calls();
    expect(calls.map(({ operation, count }) => [operation, count])).toEqual([
      ["CreateBucket", 1],
      ["GetBucketTagging", 1],
      ["PutBucketTagging", 1],
    ]);
    expect(await tagsOf("tnt-new")).toEqual({
      "tenantry-owner": `${TEST_FLEET}/test/acme`,
      "tenantry-tenant": "acme",
      "tenantry-stack": "test",
    });
  });

  it("reads back exactly as it was declared, created and changed, whatever the settings", async () => {
    let count = 0;
    await fc.assert(
      fc.asyncProperty(settings, settings, async (first, second) => {
        const name = `tnt-settings-${(count += 1)}`;
        const inputs = await made({ name, ...first });
        expect(changed(await existingInputs(name), inputs)).toEqual([]);
        const news = bucketInputs(room, { name, ...second });
        await room.bucket.update?.(name, knownBucket(inputs), news, room.call());
        expect(changed(await existingInputs(name), news)).toEqual([]);
      }),
      { numRuns: 12 },
    );
  });

  it("is marked once Tigris knows it everywhere", async () => {
    await cloud.switches({ "tigris.spreadMs": 600 });
    const inputs = await made({ name: "tnt-spreading" });
    await cloud.switches({ "tigris.spreadMs": 0 });
    expect(changed(await existingInputs("tnt-spreading"), inputs)).toEqual([]);
  });

  it("costs a third call only for the deletion protection", async () => {
    await cloud.forgetCalls();
    await made({ name: "tnt-protected-costs", deletionProtection: true });
    expect((await cloud.calls()).map(({ operation }) => operation)).toContain("PatchBucket");
  });
});

describe("an update", () => {
  it("is over when Tigris shows it, so that neither a refresh nor the next update goes by old settings", async () => {
    await cloud.switches({ "tigris.lagMs": 700 });
    const olds = await made({ name: "tnt-lag", softDeleteDays: 7 });
    const news = { ...olds, softDeleteDays: 30 };
    await room.bucket.update?.("tnt-lag", knownBucket(olds), news, room.call());
    expect(changed(await existingInputs("tnt-lag"), news)).toEqual([]);
    await room.bucket.update?.("tnt-lag", knownBucket(news), olds, room.call());
    expect(changed(await existingInputs("tnt-lag"), olds)).toEqual([]);
    await cloud.switches({ "tigris.lagMs": 0 });
  });

  it("sends only what changed, and nothing when nothing did", async () => {
    const inputs = await made({ name: "tnt-update" });
    await cloud.forgetCalls();
    await room.bucket.update?.("tnt-update", knownBucket(inputs), inputs, room.call());
    expect((await cloud.calls()).filter(({ mutating }) => mutating)).toEqual([]);
  });

  it("refuses with Tigris' own words what Tigris does not allow", async () => {
    const inputs = await made({ name: "tnt-refused" });
    const news = { ...inputs, locations: "xyz" };
    await expect(room.bucket.update?.("tnt-refused", knownBucket(inputs), news, room.call())).rejects.toThrow(
      /^TIGRIS_SETTING_REFUSED: object_regions: .*xyz/,
    );
  });

  it("of a bucket that is gone says so", async () => {
    const inputs = bucketInputs(room, { name: "tnt-never" });
    await expect(room.bucket.update?.("tnt-never", knownBucket(inputs), inputs, room.call())).rejects.toThrow(
      /^TIGRIS_BUCKET_GONE/,
    );
  });
});

describe("drift", () => {
  const cases: [string, string[], (name: string) => Promise<unknown>][] = [
    ["the locations", ["locations"], (name) => outside(name, { locations: { type: "single", values: "sin" } })],
    ["snapshots", ["snapshots"], (name) => enableSnapshot(name, { config: administrator() })],
    ["soft delete", ["softDeleteDays"], (name) => outside(name, { softDelete: { enabled: false } })],
    [
      "the days of soft delete",
      ["softDeleteDays"],
      (name) => outside(name, { softDelete: { enabled: true, retentionDays: 8 } }),
    ],
    ["the deletion protection", ["deletionProtection"], (name) => outside(name, { enableDeleteProtection: true })],
    ["the ACL", ["access"], (name) => outside(name, { access: "public" })],
    ["the ACLs of objects", ["access"], (name) => outside(name, { allowObjectAcl: true })],
    ["the mark", ["claimed"], (name) => s3As(cloud).send(new DeleteBucketTaggingCommand({ Bucket: name }))],
    [
      "all of it",
      ["access", "claimed", "deletionProtection", "locations", "snapshots", "softDeleteDays"],
      async (name) => {
        await outside(name, {
          access: "public",
          enableDeleteProtection: true,
          softDelete: { enabled: false },
          locations: { type: "multi", values: "eur" },
        });
        await enableSnapshot(name, { config: administrator() });
        await s3As(cloud).send(new DeleteBucketTaggingCommand({ Bucket: name }));
      },
    ],
  ];

  it.each(cases)("of %s is seen as %j and put right", async (what, inputs, change) => {
    const name = `tnt-drift-${what.replaceAll(/[^a-z]+/gi, "-").toLowerCase()}`;
    const declared = await made({ name, softDeleteDays: 30 });
    await change(name);
    expect(changed(await existingInputs(name), declared)).toEqual(inputs);
    await room.bucket.update?.(name, knownBucket(declared), declared, room.call());
    expect(changed(await existingInputs(name), declared)).toEqual([]);
  });

  it("put right keeps tags that are not ours", async () => {
    const declared = await made({ name: "tnt-tags" });
    const TagSet = [{ Key: "costs", Value: "team-7" }];
    await s3As(cloud).send(new PutBucketTaggingCommand({ Bucket: "tnt-tags", Tagging: { TagSet } }));
    await room.bucket.update?.("tnt-tags", knownBucket(declared), declared, room.call());
    expect(await tagsOf("tnt-tags")).toMatchObject({ costs: "team-7", "tenantry-tenant": "acme" });
  });

  it("of the mark to somebody else's is seen, and never overwritten", async () => {
    const declared = await made({ name: "tnt-stolen" });
    const TagSet = [{ Key: "tenantry-owner", Value: "ffff/prod/globex" }];
    await s3As(cloud).send(new PutBucketTaggingCommand({ Bucket: "tnt-stolen", Tagging: { TagSet } }));
    expect(changed(await existingInputs("tnt-stolen"), declared)).toEqual(["claimed"]);
    const call = room.call();
    expect((await room.bucket.read("tnt-stolen", undefined, call))?.inputs).toMatchObject({ claimed: false });
    expect(call.lines).toMatchObject([{ severity: "warning", line: expect.stringContaining("tenant globex") }]);
    await expect(room.bucket.update?.("tnt-stolen", knownBucket(declared), declared, room.call())).rejects.toThrow(
      /^TIGRIS_NOT_OURS: tenant globex of stack prod in fleet ffff seems to hold it/,
    );
    expect(await tagsOf("tnt-stolen")).toEqual({ "tenantry-owner": "ffff/prod/globex" });
  });
});

describe("reading", () => {
  it("finds nothing where there is no bucket", async () => {
    await expect(room.bucket.read("tnt-none", undefined, room.call())).resolves.toBeUndefined();
  });

  it("fails where the bucket belongs to another organisation: that is not gone", async () => {
    const inputs = await made({ name: "tnt-lost" });
    await withRecords(cloud, ({ foreign }) => foreign.put("tnt-lost", { owner: "org_other" }));
    await expect(room.bucket.read("tnt-lost", knownBucket(inputs), room.call())).rejects.toThrow(/^TIGRIS_NOT_OURS/);
    await expect(room.bucket.delete("tnt-lost", knownBucket(inputs), room.call())).rejects.toThrow(/^TIGRIS_NOT_OURS/);
  });

  it.each([
    ["GetBucketTagging", 500],
    ["GetBucketMetadata", 500],
    ["GetBucketMetadata", 404],
    ["GetBucketTagging", 403],
  ])("fails when %s answers %i without saying more: unknown is not gone", async (operation, status) => {
    const name = `tnt-unknown-${operation.toLowerCase()}-${status}`;
    const inputs = await made({ name });
    await cloud.faults({ kind: "error", status, operation: `^${operation}$` });
    try {
      const hasty = openRoom(cloud, { retries: 0 });
      await expect(hasty.bucket.read(name, knownBucket(inputs), hasty.call())).rejects.toThrow();
    } finally {
      await cloud.faults();
    }
  });

  it("fails when the key is wrong, which S3 also answers with 403", async () => {
    const inputs = await made({ name: "tnt-wrong-key" });
    const { descriptor } = cloud;
    const tigris = { ...descriptor.tigris, secretAccessKey: "tsec_wrong" };
    const stranger = openRoom({ ...cloud, descriptor: { ...descriptor, tigris } });
    await expect(stranger.bucket.read("tnt-wrong-key", knownBucket(inputs), room.call())).rejects.toThrow(
      /^VENDOR_UNAUTHORIZED: .*SignatureDoesNotMatch/,
    );
  });
});

describe("deleting", () => {
  it("takes an empty bucket away, and is done when it is gone already", async () => {
    const inputs = await made({ deletable: true, name: "tnt-delete", softDeleteDays: 0 });
    await room.bucket.delete("tnt-delete", knownBucket(inputs), room.call());
    await expect(existingInputs("tnt-delete")).resolves.toBeUndefined();
    await expect(room.bucket.delete("tnt-delete", knownBucket(inputs), room.call())).resolves.toBeUndefined();
  });

  it.each([0, 7])("refuses a bucket with objects and leaves them (soft delete %i)", async (softDeleteDays) => {
    const name = `tnt-full-${softDeleteDays}`;
    const inputs = await made({ deletable: true, name, softDeleteDays });
    await putFile(cloud, name);
    await expect(room.bucket.delete(name, knownBucket(inputs), room.call())).rejects.toThrow(
      /^TIGRIS_BUCKET_NOT_EMPTY: .*next: Set the tenant/s,
    );
    const { Contents } = await s3As(cloud).send(new ListObjectsV2Command({ Bucket: name }));
    expect(Contents).toHaveLength(1);
  });

  it("refuses a protected bucket, which Tigris itself may not", async () => {
    const inputs = await made({ deletable: true, name: "tnt-protected", deletionProtection: true });
    await expect(room.bucket.delete("tnt-protected", knownBucket(inputs), room.call())).rejects.toThrow(
      /^TIGRIS_DELETE_PROTECTED/,
    );
    const news = { ...inputs, deletionProtection: false };
    await room.bucket.update?.("tnt-protected", knownBucket(inputs), news, room.call());
    await room.bucket.delete("tnt-protected", knownBucket(news), room.call());
    await expect(existingInputs("tnt-protected")).resolves.toBeUndefined();
  });

  it("refuses a bucket that nothing has given up, empty or not, and does not even ask Tigris to", async () => {
    const inputs = await made({ name: "tnt-kept" });
    await cloud.forgetCalls();
    await expect(room.bucket.delete("tnt-kept", knownBucket(inputs), room.call())).rejects.toThrow(
      /^TIGRIS_DELETE_PROTECTED: .*next: .*offboarding/s,
    );
    expect((await cloud.calls()).map(({ operation }) => operation)).not.toContain("DeleteBucket");
    const news = { ...inputs, deletable: true };
    await room.bucket.update?.("tnt-kept", knownBucket(inputs), news, room.call());
    const observed = await room.bucket.read("tnt-kept", knownBucket(news), room.call());
    expect(changed(observed?.inputs, news)).toEqual([]);
    await room.bucket.delete("tnt-kept", knownBucket(news), room.call());
    await expect(existingInputs("tnt-kept")).resolves.toBeUndefined();
  });

  it("refuses a bucket that is marked as somebody else's", async () => {
    const inputs = await made({ deletable: true, name: "tnt-foreign-mark" });
    const TagSet = [{ Key: "tenantry-owner", Value: "ffff/prod/globex" }];
    await s3As(cloud).send(new PutBucketTaggingCommand({ Bucket: "tnt-foreign-mark", Tagging: { TagSet } }));
    await expect(room.bucket.delete("tnt-foreign-mark", knownBucket(inputs), room.call())).rejects.toThrow(
      /^TIGRIS_NOT_OURS: not deleted/,
    );
    expect(await tagsOf("tnt-foreign-mark")).toEqual({ "tenantry-owner": "ffff/prod/globex" });
  });

  it("never sends the header that forces", async () => {
    const inputs = await made({ deletable: true, name: "tnt-unforced", softDeleteDays: 0 });
    await putFile(cloud, "tnt-unforced");
    await expect(room.bucket.delete("tnt-unforced", knownBucket(inputs), room.call())).rejects.toThrow();
    expect(await existingInputs("tnt-unforced")).toBeDefined();
  });
});

describe("the inputs of a bucket", () => {
  it.each([
    ["name", { name: "AB" }],
    ["name", { name: "xn--acme" }],
    ["name", { name: "tnt_acme" }],
    ["name", { name: "tnt.acme" }],
    ["name", { name: "tnt-acme-s3alias" }],
    ["name", { name: "a".repeat(64) }],
    ["locations", { locations: "frankfurt" }],
    ["locations", { locations: ["usa", "eur"] }],
    ["softDeleteDays", { softDeleteDays: 3 }],
    ["softDeleteDays", { softDeleteDays: 91 }],
    ["access", { access: "public-read" }],
    ["claimed", { claimed: false }],
  ])("are refused for a wrong %s: %j", (property, change) => {
    const given = { tenant: "acme", name: "tnt-acme", ...change };
    expect(checkedInputs(room.bucket.inputs, given).faults).toEqual([{ property, reason: expect.any(String) }]);
  });

  it("are all documented, with what a change does", () => {
    for (const [name, shape] of Object.entries(room.bucket.inputs.shape)) {
      const { description } = shape as { description?: string };
      expect([name, description]).toEqual([
        name,
        expect.stringMatching(/Changing it replaces|Changed in place|shows|part of the mark/),
      ]);
    }
  });

  it("are checked to the same again", () => {
    fc.assert(
      fc.property(settings, (given) => {
        const once = bucketInputs(room, { name: "tnt-acme", ...given });
        expect(bucketInputs(room, once)).toEqual(once);
      }),
    );
  });
});
