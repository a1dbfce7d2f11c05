import { beforeAll, describe, expect, it } from "@jest/globals";

import { BACKEND_KEYS } from "../../../operations/files/backend-keys/all-backends.ts";
import { type BucketAccess, KEY_FORMS, type KeyForm } from "../../../operations/files/key-forms.ts";
import { personalAccess, chosenKey, personalKeys } from "../../../operations/files/personal-keys.ts";
import type { StoredResource } from "../../../operations/engine/stack-state.ts";
import { parseSettings } from "../../../stack/settings.ts";
import type { KeptStorage, Tenant, TenantStorage } from "../../../tenants/model/tenant.ts";
import { example, registerWithMocks } from "../../components/registered.ts";
import { MADE, storedOf } from "./stored-keys.ts";

// Nothing here runs against AWS: states are made of what the components register, with the real AWS classes.

const TIGRIS: TenantStorage = { backend: "tigris", locations: ["global"], snapshots: false, softDeleteDays: 7 };
const S3: TenantStorage = { backend: "aws-s3", awsRegion: "eu-central-1", softDeleteDays: 7 };
const VOLUME: TenantStorage = { backend: "fly-volume", volume: { sizeGb: 1, snapshotRetentionDays: 5 } };
const keep = (storage: TenantStorage): KeptStorage => ({ ...storage, guard: "protected" });

const acme: Tenant = {
  ...example("lighthouse-bakery"),
  id: "acme",
  storage: S3,
  access: [
    { name: "alice", mode: "read-only" },
    // Named like an epoch, on purpose.
    { name: "e1", mode: "read-write" },
  ],
};
const moved: Tenant = { ...acme, kept: [keep(TIGRIS)] };
const onVolume: Tenant = { ...acme, storage: VOLUME, mount: { by: "fly", path: "/app/data" } };

const settings = parseSettings("prod", {
  cloud: "real",
  fleetId: "0123456789abcdef0123456789abcdef",
  prefix: "acme",
  tursoOrganization: "org",
  flyOrganization: "org",
});

function doorOf(tenant: Tenant, stored: readonly StoredResource[], name: string): BucketAccess {
  const key = chosenKey(tenant, personalKeys(tenant.id, stored), name);
  const place = BACKEND_KEYS[key.backend].place(key, { settings, home: "/nowhere" });
  return { tenant: tenant.id, key, ...place, tigrisfs: {} };
}

beforeAll(registerWithMocks);

describe("people's keys of a tenant on S3 at AWS", () => {
  it("are found with bucket, region, mode and secret, and the machine's is not among them", async () => {
    const stored = await storedOf(acme);
    const others = await storedOf({ ...acme, id: "acme-two" });
    const place = { backend: "aws-s3", bucket: "acme-prod-acme", region: "eu-central-1" };
    const always = { ...place, issued: MADE, due: null, enabled: true };
    expect(personalKeys("acme", [...others, ...stored])).toEqual([
      {
        ...always,
        name: "alice",
        mode: "read-only",
        keyId: "id-of-acme/alice/e1",
        secret: "aws-secret-of-acme/alice/e1",
      },
      { ...always, name: "e1", mode: "read-write", keyId: "id-of-acme/e1/e1", secret: "aws-secret-of-acme/e1/e1" },
    ]);
  });

  it("open nothing while the tenant is suspended", async () => {
    const tenant: Tenant = { ...acme, state: "suspended" };
    const keys = personalKeys("acme", await storedOf(tenant));
    expect(personalAccess(tenant, keys).map(({ state }) => state)).toEqual(["suspended", "suspended"]);
    expect(() => chosenKey(tenant, keys, "alice")).toThrow("ACCESS_SUSPENDED");
  });

  it("are replaced by another mode or epoch, and until then both are told apart", async () => {
    const [before, after] = [
      await storedOf(acme),
      await storedOf({ ...acme, rotation: { ...acme.rotation, epoch: 12 } }),
    ];
    const keys = personalKeys("acme", [...before, ...after.filter(({ type }) => type.endsWith(":AccessKey"))]);
    expect(chosenKey(acme, keys, "alice").keyId).toBe("id-of-acme/alice/e12");
    expect(personalAccess(acme, keys).map(({ key, state }) => [key?.keyId, state])).toEqual([
      ["id-of-acme/alice/e12", "ready"],
      ["id-of-acme/e1/e12", "ready"],
      ["id-of-acme/alice/e1", "undeclared"],
      ["id-of-acme/e1/e1", "undeclared"],
    ]);
    const wider: Tenant = { ...acme, access: [{ name: "alice", mode: "read-write" }] };
    expect(personalAccess(wider, personalKeys("acme", before))[0]).toMatchObject({ state: "outdated" });
  });

  it.each<[KeyForm, readonly string[]]>([
    [
      "rclone",
      [
        "provider = AWS",
        "endpoint = https://s3.eu-central-1.amazonaws.com",
        "region = eu-central-1",
        "force_path_style = false",
      ],
    ],
    [
      "aws",
      ["addressing_style = virtual", "region = eu-central-1", "endpoint_url = https://s3.eu-central-1.amazonaws.com"],
    ],
    [
      "tigrisfs",
      ["--endpoint=https://s3.eu-central-1.amazonaws.com --subdomain", "--region=eu-central-1", "acme-prod-acme"],
    ],
    ["env", ["AWS_REGION=eu-central-1\n", "AWS_ENDPOINT_URL_S3=https://s3.eu-central-1.amazonaws.com\n"]],
  ])("are written as %s with AWS' address and region", async (form, words) => {
    const text = KEY_FORMS[form](doorOf(acme, await storedOf(acme), "e1"));
    expect(words.filter((each) => !text.includes(each))).toEqual([]);
    expect(text).toContain("aws-secret-of-acme/e1/e1");
    expect(text).not.toContain("auto");
  });
});

describe("people's keys at Tigris", () => {
  const formsOf = async (place: Partial<BucketAccess>) => {
    const tenant: Tenant = { ...acme, storage: TIGRIS };
    const access = { ...doorOf(tenant, await storedOf(tenant), "alice"), ...place };
    return { rclone: KEY_FORMS.rclone(access), aws: KEY_FORMS.aws(access), tigrisfs: KEY_FORMS.tigrisfs(access) };
  };

  it("are none of theirs once somebody has deleted them, and only their policy is kept in mind", async () => {
    const stored = await storedOf({ ...acme, storage: TIGRIS });
    const deleted = stored.map((each) => ({ ...each, inputs: { ...each.inputs, issued: undefined } }));
    expect([stored, deleted].map((state) => personalKeys("acme", state).length)).toEqual([2, 0]);
  });

  it("are written so that programs name the bucket by its host name", async () => {
    const { rclone, aws, tigrisfs } = await formsOf({});
    expect(rclone).toContain("force_path_style = false\n");
    expect(aws).toContain("addressing_style = virtual\n");
    expect(tigrisfs).toContain(" --endpoint=https://t3.storage.dev --subdomain ");
  });

  it.each([{ pathStyle: true }, { endpoint: "http://127.0.0.1:20001" }])(
    "are written so that programs name it in the path with %j",
    async (place) => {
      const { rclone, aws, tigrisfs } = await formsOf(place);
      expect(rclone).toContain("force_path_style = true\n");
      expect(aws).toContain("addressing_style = path\n");
      expect(tigrisfs).not.toContain("--subdomain");
    },
  );
});

describe("the access of a tenant that has moved", () => {
  it("leads to the backend in use, and both backends' keys are listed", async () => {
    const stored = await storedOf(moved);
    expect(doorOf(moved, stored, "alice")).toMatchObject({ endpoint: "https://s3.eu-central-1.amazonaws.com" });
    const back: Tenant = { ...acme, storage: TIGRIS, kept: [keep(S3)] };
    expect(doorOf(back, stored, "alice")).toMatchObject({
      endpoint: settings.tigrisEndpoint,
      key: { backend: "tigris", region: "auto", secret: "tigris-secret-of-acme/alice" },
    });
    const listed = personalAccess(moved, personalKeys("acme", stored));
    expect(listed.map(({ backend, name, state }) => `${backend} ${name} ${state}`)).toEqual([
      "aws-s3 alice ready",
      "aws-s3 e1 ready",
      "tigris alice ready",
      "tigris e1 ready",
    ]);
    expect(JSON.stringify(listed)).not.toContain("secret-of");
  });

  it("to a volume leads to the bucket that was kept", async () => {
    for (const storage of [TIGRIS, S3]) {
      const tenant: Tenant = { ...onVolume, kept: [keep(storage)] };
      expect(doorOf(tenant, await storedOf(tenant), "alice").key.backend).toBe(storage.backend);
    }
  });

  it("waits for the next up while only the old backend has a key", async () => {
    const keys = personalKeys("acme", await storedOf({ ...acme, storage: TIGRIS }));
    expect(() => chosenKey(moved, keys, "alice")).toThrow(/ACCESS_NOT_APPLIED.*aws-s3/);
  });
});

describe("a tenant on a volume that never had a bucket", () => {
  it("has no access, and is told why", () => {
    expect(() => chosenKey({ ...onVolume, access: [] }, [], undefined)).toThrow(/ACCESS_NO_BUCKET.*fly-volume/);
  });
});

describe("a key at Tigris that was replaced and not deleted yet", () => {
  it("is not the one to work with", async () => {
    const tenant: Tenant = { ...acme, storage: TIGRIS };
    const stored = await storedOf(tenant);
    const replaced = stored.map((each) => ({ ...each, id: `old-${each.id ?? ""}`, delete: true }));
    const keys = personalKeys("acme", [...replaced, ...stored]);
    expect(chosenKey(tenant, keys, "alice").keyId).toBe("id-of-acme/alice");
  });
});
