import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import {
  BucketAlreadyExists,
  BucketAlreadyOwnedByYou,
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteBucketLifecycleCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketTaggingCommand,
  HeadBucketCommand,
  ListBucketsCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketTaggingCommand,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import {
  createBucket,
  createBucketSnapshot,
  getBucketInfo,
  listBuckets,
  listBucketSnapshots,
  removeBucket,
  restoreBucket,
  updateBucket,
} from "@tigrisdata/storage";

import { foreignBuckets } from "../../../local/tigris/foreign-buckets.ts";
import { openStore } from "../../../local/store.ts";
import { startCloud, type TestCloud } from "../../support/cloud.ts";
import { dataOf, rootOf, s3For, storageFor } from "./clients.ts";
import { signedFetch } from "./signed-fetch.ts";

let cloud: TestCloud;
beforeAll(async () => {
  cloud = await startCloud({ vendors: ["tigris"] });
  await cloud.switches({ "tigris.lagMs": 0 });
});
afterAll(() => cloud.dispose());

const config = () => storageFor(cloud);
const url = (path: string) => `${cloud.descriptor.tigris.endpoint}${path}`;
const metadata = async (bucket: string) =>
  (await (await signedFetch(url(`/${bucket}?metadata`), rootOf(cloud))).json()) as Record<string, unknown>;
const make = async (bucket: string, headers: Record<string, string> = {}) =>
  signedFetch(url(`/${bucket}`), rootOf(cloud), { method: "PUT", headers });

describe("creating a bucket", () => {
  it("remembers every option of Tigris' own SDK", async () => {
    dataOf(
      await createBucket("opts", {
        access: "public",
        defaultTier: "STANDARD_IA",
        locations: { type: "dual", values: ["iad", "fra"] },
        enableSnapshot: true,
        enableDirectoryListing: true,
        allowObjectAcl: true,
        config: config(),
      }),
    );
    const info = dataOf(await getBucketInfo("opts", { config: config() }));
    expect(info).toMatchObject({
      isSnapshotEnabled: true,
      regions: ["iad", "fra"],
      locations: { type: "dual", values: ["iad", "fra"] },
      settings: { allowObjectAcl: true, defaultTier: "STANDARD_IA", softDelete: { enabled: false } },
      sizeInfo: { numberOfObjects: 0, size: 0 },
    });
    // getBucketInfo drops the ACL; the raw answer has it.
    expect((await metadata("opts"))["md"]).toEqual({
      "X-Amz-Acl": "public-read",
      "x-amz-acl-public-list-objects-enabled": "true",
    });
  });

  it("is private, global and plain without options", async () => {
    dataOf(await createBucket("plain", { config: config() }));
    expect(await metadata("plain")).toEqual({
      name: "plain",
      created_at: expect.any(String),
      storage_class: "STANDARD",
      object_regions: "",
      type: 0,
      md: { "x-amz-acl-public-list-objects-enabled": "false" },
    });
  });

  it.each([
    ["true", 7],
    ["30", 30],
  ])("takes X-Tigris-Soft-Delete: %s as %i days", async (value, days) => {
    expect((await make(`soft-${days}`, { "x-tigris-soft-delete": value })).status).toBe(200);
    expect((await metadata(`soft-${days}`))["soft_delete"]).toEqual({ enabled: true, retention_days: days });
  });

  it.each([
    ["x-tigris-regions", "mars"],
    ["x-tigris-regions", "iad,fra,sin"],
    ["x-tigris-soft-delete", "6"],
    ["x-tigris-soft-delete", "91"],
    ["x-amz-acl", "public-read-write"],
    ["x-amz-storage-class", "COLD"],
  ])("refuses %s: %s and creates nothing", async (header, value) => {
    expect((await make("refused", { [header]: value })).status).toBe(400);
    await expect(s3For(cloud).send(new HeadBucketCommand({ Bucket: "refused" }))).rejects.toThrow();
  });

  it("refuses snapshots with an archive tier", async () => {
    const headers = { "x-tigris-enable-snapshot": "true", "x-amz-storage-class": "GLACIER" };
    expect((await make("frozen", headers)).status).toBe(400);
  });

  it("says that a bucket of ours is ours", async () => {
    const s3 = s3For(cloud);
    await s3.send(new CreateBucketCommand({ Bucket: "twice" }));
    await expect(s3.send(new CreateBucketCommand({ Bucket: "twice" }))).rejects.toBeInstanceOf(BucketAlreadyOwnedByYou);
  });

  it("lets the engine refuse a name that is not one", async () => {
    await expect(s3For(cloud).send(new CreateBucketCommand({ Bucket: "Not_A_Name" }))).rejects.toMatchObject({
      name: "InvalidBucketName",
    });
    expect((await s3For(cloud).send(new ListBucketsCommand())).Buckets?.map(({ Name }) => Name)).not.toContain(
      "Not_A_Name",
    );
  });

  it("gives one of many who create the same bucket at once the bucket, with its settings", async () => {
    const regions = ["iad", "fra", "sin", "lhr"];
    const answers = await Promise.all(regions.map((region) => make("race", { "x-tigris-regions": region })));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    const winner = regions[answers.findIndex(({ status }) => status === 200)];
    expect((await metadata("race"))["object_regions"]).toBe(winner);
  });
});

describe("a name that another organisation holds", () => {
  beforeAll(() => {
    const store = openStore(`${cloud.home}/cloud/tigris/store.db`);
    foreignBuckets(store).put("theirs", { owner: "org_other" });
    store.close();
  });

  it("cannot be created", async () => {
    await expect(s3For(cloud).send(new CreateBucketCommand({ Bucket: "theirs" }))).rejects.toBeInstanceOf(
      BucketAlreadyExists,
    );
  });

  it("answers 403 to everything else", async () => {
    await expect(s3For(cloud).send(new HeadBucketCommand({ Bucket: "theirs" }))).rejects.toMatchObject({
      $metadata: { httpStatusCode: 403 },
    });
    await expect(s3For(cloud).send(new GetBucketTaggingCommand({ Bucket: "theirs" }))).rejects.toMatchObject({
      name: "AccessDenied",
    });
    expect((await signedFetch(url("/theirs?metadata"), rootOf(cloud))).status).toBe(403);
    expect((await signedFetch(url("/theirs"), rootOf(cloud), { method: "PATCH", body: "{}" })).status).toBe(403);
    await expect(s3For(cloud).send(new DeleteBucketCommand({ Bucket: "theirs" }))).rejects.toMatchObject({
      name: "AccessDenied",
    });
  });
});

describe("changing a bucket", () => {
  it("reads back everything that updateBucket writes", async () => {
    dataOf(await createBucket("change", { config: config() }));
    dataOf(
      await updateBucket("change", {
        access: "public",
        disableDirectoryListing: false,
        allowObjectAcl: true,
        defaultTier: "GLACIER_IR",
        locations: { type: "multi", values: "eur" },
        cacheControl: "max-age=60",
        customDomain: "files.example.com",
        enableAdditionalHeaders: true,
        enableDeleteProtection: true,
        softDelete: { enabled: true, retentionDays: 14 },
        config: config(),
      }),
    );
    expect(await metadata("change")).toMatchObject({
      acl_settings: { allow_object_acl: true },
      storage_class: "GLACIER_IR",
      object_regions: "eur",
      cache_control: "max-age=60",
      website: { domain_name: "files.example.com" },
      additional_http_headers: { "X-Content-Type-Options": "nosniff" },
      protection: { protected: true },
      soft_delete: { enabled: true, retention_days: 14 },
      md: { "X-Amz-Acl": "public-read", "x-amz-acl-public-list-objects-enabled": "true" },
    });
  });

  it("leaves alone what is not mentioned, and takes away what is null", async () => {
    await updateBucket("change", { locations: { type: "global" }, enableAdditionalHeaders: false, config: config() });
    const after = await metadata("change");
    expect(after).toMatchObject({ object_regions: "", cache_control: "max-age=60" });
    expect(after).not.toHaveProperty("additional_http_headers");
  });

  it.each([
    [{ soft_delete: { enabled: true, retention_days: 3 } }],
    [{ object_regions: "atlantis" }],
    [{ retention: 7 }],
    [{ type: 1, storage_class: "GLACIER" }],
  ])("refuses %j in JSON and changes nothing", async (body) => {
    const before = await metadata("plain");
    const answer = await signedFetch(url("/plain"), rootOf(cloud), { method: "PATCH", body: JSON.stringify(body) });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ Code: "InvalidArgument", Message: expect.any(String) });
    expect(await metadata("plain")).toEqual(before);
  });

  it("answers 404 for a bucket that is not there", async () => {
    const answer = await signedFetch(url("/nobody"), rootOf(cloud), { method: "PATCH", body: "{}" });
    expect(answer.status).toBe(404);
    expect((await updateBucket("nobody", { config: config() })).error?.message).toContain("does not exist");
  });

  it("keeps tags at the engine", async () => {
    const s3 = s3For(cloud);
    const TagSet = [{ Key: "tenantry:owner", Value: "fleet/stack/tenant" }];
    await s3.send(new PutBucketTaggingCommand({ Bucket: "plain", Tagging: { TagSet } }));
    expect((await s3.send(new GetBucketTaggingCommand({ Bucket: "plain" }))).TagSet).toEqual(TagSet);
  });

  it("keeps lifecycle rules, by S3's call and by PATCH, as one setting", async () => {
    const s3 = s3For(cloud);
    const Rules = [
      { ID: "tmp", Status: "Enabled" as const, Filter: { Prefix: "tmp/" }, Expiration: { Days: 3 } },
      {
        ID: "old",
        Status: "Disabled" as const,
        Filter: { Prefix: "" },
        Transitions: [{ Days: 30, StorageClass: "GLACIER" as const }],
      },
    ];
    await s3.send(new PutBucketLifecycleConfigurationCommand({ Bucket: "plain", LifecycleConfiguration: { Rules } }));
    const read = await s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket: "plain" }));
    expect(read.Rules).toEqual(Rules);
    const info = dataOf(await getBucketInfo("plain", { config: config() }));
    expect(info.settings.lifecycleRules).toMatchObject([
      { id: "tmp", enabled: true, expiration: { days: 3 }, filter: { prefix: "tmp/" } },
      { id: "old", enabled: false, storageClass: "GLACIER", days: 30 },
    ]);
    await s3.send(new DeleteBucketLifecycleCommand({ Bucket: "plain" }));
    await expect(s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket: "plain" }))).rejects.toMatchObject({
      name: "NoSuchLifecycleConfiguration",
    });
  });
});

describe("listing buckets", () => {
  it("shows what the SDK asks for, page by page", async () => {
    dataOf(await createBucket("zz-listed", { enableSnapshot: true, access: "public", config: config() }));
    const seen: string[] = [];
    let paginationToken: string | undefined;
    do {
      const page = dataOf(
        await listBuckets({
          limit: 2,
          ...(paginationToken === undefined ? {} : { paginationToken }),
          config: config(),
        }),
      );
      expect(page.buckets.length).toBeLessThanOrEqual(2);
      seen.push(...page.buckets.map(({ name }) => name));
      paginationToken = page.paginationToken;
    } while (paginationToken !== undefined);
    const all = dataOf(await listBuckets({ config: config() }));
    expect(seen).toEqual(all.buckets.map(({ name }) => name));
    expect(all.owner?.id).toMatch(/^org_/);
    expect(all.buckets.find(({ name }) => name === "zz-listed")).toMatchObject({
      type: "Snapshot",
      visibility: "public",
      regions: ["global"],
    });
  });

  it("answers AWS' client in XML", async () => {
    const { Buckets = [] } = await s3For(cloud).send(new ListBucketsCommand({ Prefix: "zz-" }));
    expect(Buckets).toEqual([{ Name: "zz-listed", CreationDate: expect.any(Date) }]);
  });
});

describe("deleting a bucket", () => {
  const filled = async (name: string, headers: Record<string, string> = {}) => {
    expect((await make(name, headers)).status).toBe(200);
    const put = (Key: string) => s3For(cloud).send(new PutObjectCommand({ Bucket: name, Key, Body: "x" }));
    await Promise.all([put("a"), put("deep/er/b")]);
  };
  const isThere = async (name: string) => (await make(name)).status === 409;

  it("works when the bucket is empty", async () => {
    await make("empty");
    dataOf(await removeBucket("empty", { config: config() }));
    expect(await isThere("empty")).toBe(false);
  });

  it("fails on a bucket with objects, and keeps them", async () => {
    await filled("full");
    expect((await removeBucket("full", { config: config() })).error?.message).toContain("not empty");
    expect(dataOf(await getBucketInfo("full", { config: config() })).sizeInfo.numberOfObjects).toBe(2);
  });

  it("takes the objects along when forced in the words of the SDK for Python", async () => {
    await filled("forced-too");
    const headers = { "x-tigris-force-delete": "true" };
    const url = `${cloud.descriptor.tigris.endpoint}/forced-too`;
    expect((await signedFetch(url, rootOf(cloud), { method: "DELETE", headers })).status).toBe(204);
    expect(await isThere("forced-too")).toBe(false);
  });

  it("takes the objects along when forced", async () => {
    await filled("forced");
    dataOf(await removeBucket("forced", { force: true, config: config() }));
    expect(await isThere("forced")).toBe(false);
  });

  it("answers 404 for one that is not there", async () => {
    await expect(s3For(cloud).send(new DeleteBucketCommand({ Bucket: "never" }))).rejects.toMatchObject({
      name: "NoSuchBucket",
    });
  });

  it("hides a bucket with soft delete, keeps its name reserved and gives it back whole", async () => {
    await filled("softly", { "x-tigris-soft-delete": "7" });
    expect((await removeBucket("softly", { config: config() })).error?.message).toContain("not empty");
    dataOf(await removeBucket("softly", { force: true, config: config() }));

    await expect(s3For(cloud).send(new HeadBucketCommand({ Bucket: "softly" }))).rejects.toMatchObject({
      $metadata: { httpStatusCode: 404 },
    });
    expect((await signedFetch(url("/softly/a"), rootOf(cloud))).status).toBe(404);
    expect((await signedFetch(url("/softly?metadata"), rootOf(cloud))).status).toBe(404);
    await expect(s3For(cloud).send(new CreateBucketCommand({ Bucket: "softly" }))).rejects.toBeInstanceOf(
      BucketAlreadyExists,
    );
    const names = async (deleted: boolean) =>
      dataOf(await listBuckets({ deleted, config: config() })).buckets.map(({ name }) => name);
    expect(await names(true)).toEqual(["softly"]);
    expect(await names(false)).not.toContain("softly");

    dataOf(await restoreBucket("softly", { config: config() }));
    expect(await (await signedFetch(url("/softly/a"), rootOf(cloud))).text()).toBe("x");
    expect(await names(true)).toEqual([]);
  });

  it("does nothing to a soft-deleted bucket unless the delete is a hard one", async () => {
    await filled("hardly", { "x-tigris-soft-delete": "true" });
    dataOf(await removeBucket("hardly", { force: true, config: config() }));
    await s3For(cloud).send(new DeleteBucketCommand({ Bucket: "hardly" }));
    expect(await isThere("hardly")).toBe(true);
    const headers = { "x-tigris-force-hard-delete": "true" };
    expect((await signedFetch(url("/hardly"), rootOf(cloud), { method: "DELETE", headers })).status).toBe(204);
    expect(await isThere("hardly")).toBe(false);
  });

  it("refuses to restore what is not deleted", async () => {
    expect((await restoreBucket("plain", { config: config() })).error?.message).toContain("soft-deleted");
  });
});

describe("snapshots", () => {
  it("are taken, named, listed in order and deleted", async () => {
    dataOf(await createBucket("snaps", { enableSnapshot: true, config: config() }));
    const first = dataOf(await createBucketSnapshot("snaps", { name: "before", config: config() }));
    const second = dataOf(await createBucketSnapshot("snaps", { config: config() }));
    const { snapshots } = dataOf(await listBucketSnapshots("snaps", { config: config() }));
    expect(snapshots).toEqual([
      { name: "before", version: first.snapshotVersion, creationDate: expect.any(Date) },
      { name: undefined, version: second.snapshotVersion, creationDate: expect.any(Date) },
    ]);
    const headers = { "x-tigris-snapshot-version": first.snapshotVersion };
    expect((await signedFetch(url("/snaps"), rootOf(cloud), { method: "DELETE", headers })).status).toBe(204);
    expect(dataOf(await listBucketSnapshots("snaps", { config: config() })).snapshots).toHaveLength(1);
  });

  it("need a bucket that has them enabled, which HeadBucket tells", async () => {
    expect((await createBucketSnapshot("plain", { config: config() })).error?.message).toContain("not enabled");
    const head = async (bucket: string) =>
      (await signedFetch(url(`/${bucket}`), rootOf(cloud), { method: "HEAD" })).headers.get("x-tigris-enable-snapshot");
    expect([await head("snaps"), await head("plain")]).toEqual(["true", null]);
  });
});
