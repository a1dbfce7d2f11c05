import { readFileSync } from "node:fs";
import { join } from "node:path";

import { beforeAll, describe, expect, it } from "@jest/globals";

import { componentErrors } from "../../components/errors.ts";
import { refuseAwsOnEmbedded } from "../../components/resources/aws.ts";
import { s3Policy } from "../../components/storage/aws-policy.ts";
import type { KeptStorage, Tenant, TenantStorage } from "../../tenants/model/tenant.ts";
import { example, kinds, type Registered, registerTenant, registerWithMocks } from "./registered.ts";

beforeAll(registerWithMocks);

const VOLUME: TenantStorage = { backend: "fly-volume", volume: { sizeGb: 3, snapshotRetentionDays: 9 } };
const S3: TenantStorage = { backend: "aws-s3", awsRegion: "eu-central-1", softDeleteDays: 30 };

const acme: Tenant = { ...example("lighthouse-bakery"), id: "acme", access: [{ name: "alice", mode: "read-only" }] };
const onVolume: Tenant = { ...acme, access: [], storage: VOLUME, mount: { by: "fly", path: "/app/data" } };
const onS3: Tenant = { ...acme, storage: S3 };

const inputsOf = (resources: readonly Registered[], type: string, name = "acme") =>
  resources.find((each) => each.type === type && each.name === name)?.inputs;
const storageKinds = (resources: readonly Registered[]) =>
  kinds(resources).filter((kind) => /Bucket|AccessKey|Volume|User|Secrets/.test(kind));

describe("a tenant on a volume", () => {
  it("has a volume in its app and no bucket, and its app is the claim", async () => {
    const { resources, record } = await registerTenant(onVolume);
    expect(storageKinds(resources)).toEqual(["fly:Secrets acme", "fly:Volume acme"]);
    expect(inputsOf(resources, "tenantry:fly:Volume")).toEqual({
      app: "acme-prod-acme",
      name: "data",
      region: acme.machine.region,
      sizeGb: 3,
      snapshotRetention: 9,
      deletable: false,
      guest: { cpu_kind: "shared", cpus: 1, memory_mb: 1024 },
    });
    expect(inputsOf(resources, "tenantry:fly:App")).not.toHaveProperty("claim");
    expect(inputsOf(resources, "tenantry:turso:Database")).toMatchObject({ claim: "app:acme-prod-acme" });
    expect(inputsOf(resources, "tenantry:fly:Machine")).toMatchObject({
      volume: "vol_1",
      config: { mounts: [{ volume: "vol_1", path: "/app/data" }], env: { MOUNT_BY: "fly" } },
    });
    expect(record).toMatchObject({ backend: "fly-volume", volume: "vol_1" });
    for (const key of ["bucket", "endpoint", "kept"]) expect(record).not.toHaveProperty(key);
  });

  it("has no secrets at all when it has no database either", async () => {
    const { resources } = await registerTenant({ ...onVolume, database: { engine: "none" } });
    expect(storageKinds(resources)).toEqual(["fly:Volume acme"]);
    expect(inputsOf(resources, "tenantry:fly:Machine")).not.toHaveProperty("secretsVersion");
  });

  it("gives up its volume only while off-boarding", async () => {
    const { resources } = await registerTenant({ ...onVolume, state: "offboarding" });
    expect(inputsOf(resources, "tenantry:fly:Volume")).toMatchObject({ deletable: true });
  });
});

describe("a tenant on S3 at AWS", () => {
  it("has a closed, versioned bucket, and a user with a key for the machine and for each person", async () => {
    const { resources, record } = await registerTenant(onS3);
    expect(kinds(resources).filter((kind) => kind.startsWith("aws:"))).toEqual([
      "aws:iam/accessKey:AccessKey acme/alice/e1",
      "aws:iam/accessKey:AccessKey acme/e1",
      "aws:iam/user:User acme",
      "aws:iam/user:User acme/alice",
      "aws:iam/userPolicy:UserPolicy acme",
      "aws:iam/userPolicy:UserPolicy acme/alice",
      "aws:s3/bucket:Bucket acme",
      "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration acme",
      "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock acme",
      "aws:s3/bucketVersioning:BucketVersioning acme",
    ]);
    expect(inputsOf(resources, "aws:s3/bucket:Bucket")).toEqual({
      bucket: "acme-prod-acme",
      region: "eu-central-1",
      tags: { "tenantry-owner": "0123456789abcdef/prod/acme" },
    });
    expect(inputsOf(resources, "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock")).toMatchObject({
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    });
    expect(record).toMatchObject({
      backend: "aws-s3",
      bucket: "acme-prod-acme",
      endpoint: "https://s3.eu-central-1.amazonaws.com",
    });
  });

  it("brings deleted and overwritten files back for as long as it says, and no longer", async () => {
    const { resources } = await registerTenant(onS3);
    const type = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration";
    expect(inputsOf(resources, type)).toMatchObject({
      rules: [{ status: "Enabled", noncurrentVersionExpiration: { noncurrentDays: 30 } }],
    });
  });

  it("hands the machine its own key, as a secret, and puts none of it into the record", async () => {
    const { resources, record } = await registerTenant(onS3);
    const secrets = inputsOf(resources, "tenantry:fly:Secrets");
    expect(JSON.stringify(secrets?.["values"])).toContain("planted-aws-secret");
    // Pulumi's mark of a secret.
    expect(secrets?.["values"]).toHaveProperty("4dabf18193072939515e22adb298388d");
    expect(JSON.stringify(record)).not.toContain("planted");
  });

  it("switches its keys off while it is suspended, and mints new ones for a new epoch", async () => {
    const { resources } = await registerTenant({
      ...onS3,
      state: "suspended",
      rotation: { ...acme.rotation, epoch: 4 },
    });
    const key = inputsOf(resources, "aws:iam/accessKey:AccessKey", "acme/e4");
    expect(key).toMatchObject({ status: "Inactive" });
  });

  it("is refused on an embedded cloud, which has no AWS", () => {
    const fleet = { stack: "local", tenants: [acme, onS3] };
    expect(() => refuseAwsOnEmbedded(fleet, "embedded")).toThrow(
      expect.objectContaining({ kind: componentErrors.AWS_NOT_EMBEDDED }),
    );
    expect(() => refuseAwsOnEmbedded({ ...fleet, tenants: [acme] }, "embedded")).not.toThrow();
    expect(() => refuseAwsOnEmbedded(fleet, "real")).not.toThrow();
  });

  it.each(["read-only", "read-write"] as const)(
    "has %s keys that open this bucket's objects and nothing else",
    (mode) => {
      const golden = join(import.meta.dirname, `golden/s3-policy.${mode}.json`);
      // After a change on purpose: node tests/components/write-goldens.ts
      expect(s3Policy("acme-prod-acme", mode)).toEqual(JSON.parse(readFileSync(golden, "utf8")));
    },
  );

  it("gives every person a user name that IAM takes", async () => {
    const { personsName } = await import("../../tenants/physical-name.ts");
    const long = { prefix: "a".repeat(15), stack: "prod", tenant: "b".repeat(39) };
    const names = ["", "c".repeat(39), "alice"].map((who) => personsName({ ...long, who }));
    for (const name of names) expect(name).toMatch(/^[\w+=,.@-]{1,64}$/);
    expect(new Set(names).size).toBe(3);
  });
});

describe("a tenant that has moved", () => {
  const bucket: KeptStorage = {
    backend: "tigris",
    locations: ["iad"],
    snapshots: false,
    softDeleteDays: 7,
    guard: "protected",
  };

  it("still has its old bucket with the keys of people, but no key for the machine", async () => {
    const { resources, record } = await registerTenant({ ...onVolume, access: acme.access, kept: [bucket] });
    expect(storageKinds(resources)).toEqual([
      "fly:Secrets acme",
      "fly:Volume acme",
      "tigris:AccessKey acme/alice",
      "tigris:Bucket acme",
    ]);
    expect(Object.keys(inputsOf(resources, "tenantry:fly:Machine")?.["config"] as object)).toContain("mounts");
    expect(record).toMatchObject({ backend: "fly-volume", kept: { tigris: "protected" } });
    expect(record).not.toHaveProperty("bucket");
  });

  it.each([
    ["protected", "active", false],
    ["released", "active", true],
    ["protected", "offboarding", true],
  ] as const)("may lose a volume that is %s while it is %s: %s", async (guard, state, deletable) => {
    const { resources } = await registerTenant({ ...acme, state, kept: [{ ...VOLUME, guard }] });
    expect(inputsOf(resources, "tenantry:fly:Volume")).toMatchObject({ deletable });
    expect(inputsOf(resources, "tenantry:fly:Machine")).not.toHaveProperty("volume");
  });

  it("keeps the same app under whatever claim: its name and its network do not change", async () => {
    const before = inputsOf((await registerTenant(acme)).resources, "tenantry:fly:App");
    const after = inputsOf((await registerTenant(onVolume)).resources, "tenantry:fly:App");
    expect({ ...after, claim: "acme-prod-acme" }).toEqual(before);
  });
});
