import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { type Outsider, outsider } from "../support/outsider.ts";
import { startCloud, type TestCloud } from "../support/cloud.ts";
import { type Ran, scratchProject, type ScratchProject } from "../support/scratch-project.ts";
import { type Found, foundByRefresh } from "./found-by-refresh.ts";
import { addressesOf, keysNamed, machineOf, policyArn, tenantAtVendors } from "./tenant-at-vendors.ts";

const LIMIT_MS = 300_000;
const PLANTED = "planted-by-an-outsider";
const ACME = "tst-local-acme";
const BETA = "tst-local-beta";

let cloud: TestCloud;
let project: ScratchProject;
let outside: Outsider;

beforeAll(async () => {
  cloud = await startCloud();
  outside = outsider(cloud);
  project = scratchProject(cloud.home);
  // The documented limits would slow the outsider down, not tenantry.
  await outside.fly("PUT", "/_embedded/rate-limits", { enabled: false });
  const access = "access: [{ name: alice, mode: read-only }, { name: bob, mode: read-write }]\n";
  project.tenant("acme", `owner: a@example.com\n${access}`);
  project.tenant("beta", "owner: b@example.com\n");
  project.tenant("gamma", "owner: g@example.com\ndatabase: { engine: none }\nmachine: { ingress: none }\n");
  await up();
}, LIMIT_MS);

afterAll(async () => {
  project.dispose();
  await cloud.dispose();
}, 60_000);

async function up(): Promise<Ran> {
  const ran = await project.tenantry("up");
  if (ran.code !== 0) throw new Error(`up: ${ran.code} ${ran.stdout} ${ran.stderr}`);
  return ran;
}

/** What Pulumi itself names. */
async function refreshed(): Promise<Found> {
  const { code, stdout, stderr } = await project.pulumi("refresh", "--preview-only", "--json");
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return foundByRefresh(stdout);
}

/** Runs `work` on a cloud that fails on every call that would change something, and tells which were tried. */
async function whileNothingMayChange(work: () => Promise<void>): Promise<string[]> {
  await cloud.faults({ mutating: true, kind: "error", status: 500 });
  await cloud.forgetCalls();
  try {
    await work();
    return (await cloud.calls()).filter(({ mutating }) => mutating).map(({ operation }) => operation);
  } finally {
    await cloud.faults();
  }
}

async function expectNoDrift(): Promise<void> {
  const drift = await project.tenantry("drift");
  expect(drift).toMatchObject({ code: 0, stdout: expect.stringContaining("no drift; 3 of 3 tenants") as unknown });
  const preview = await project.pulumi("preview", "--expect-no-changes");
  expect({ code: preview.code, stderr: preview.stderr }).toEqual({ code: 0, stderr: "" });
}

describe("a fleet that nobody has touched", () => {
  it(
    "shows no drift, and none of the commands that only look changes anything anywhere",
    async () => {
      const looks: [string, ...string[]][] = [
        ["drift"],
        ["plan"],
        ["validate"],
        ["list"],
        ["show", "acme"],
        ["emit", "--out", join(project.dir, "emitted")],
        ["env", "acme", "--show-secrets"],
      ];
      const tried = await whileNothingMayChange(async () => {
        expect(await refreshed()).toEqual({});
        const codes = await Promise.all(looks.map(async (look) => [look[0], (await project.tenantry(...look)).code]));
        expect(codes).toEqual(looks.map(([verb]) => [verb, 0]));
        await expect(outside.fly("POST", "/apps", { app_name: "x", org_slug: "tenantry-local" })).rejects.toThrow(
          "500",
        );
      });
      // The outsider's own call shows that the cloud would have told.
      expect(tried).toEqual(["POST /v1/apps"]);
    },
    LIMIT_MS,
  );
});

/** Changes one of everything that tenantry has settled for acme, each by its vendor's own call. */
async function tamperWithAcme(): Promise<void> {
  const { id, config } = await machineOf(outside, ACME);
  const { AWS_REGION: _, ...env } = config.env;
  const addresses = await addressesOf(outside, ACME);
  const keys = await keysNamed(outside, `tenantry_${ACME}_`);
  const idOf = (purpose: string) => keys.find(({ name }) => name.includes(`_${purpose}_`))?.id ?? "";
  const everything = { Effect: "Allow", Action: ["s3:GetObject"], Resource: ["arn:aws:s3:::*"] };
  const settings = {
    object_regions: "fra",
    soft_delete: { enabled: true, retention_days: 14 },
    type: 1,
    protection: { protected: true },
  };
  await outside.s3("PATCH", `/${ACME}`, JSON.stringify(settings), { "x-amz-acl": "public-read" });
  await Promise.all([
    outside.s3("DELETE", `/${ACME}?tagging`),
    outside.iam("UpdatePolicy", {
      PolicyArn: policyArn(`tenantry_${ACME}_machine_rw`),
      PolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement: [everything] }),
    }),
    outside.iam("DetachUserPolicy", {
      PolicyArn: policyArn(`tenantry_${ACME}_access-alice_ro`),
      UserName: idOf("access-alice"),
    }),
    outside.iam("AttachUserPolicy", {
      PolicyArn: policyArn(`tenantry_${BETA}_machine_rw`),
      UserName: idOf("access-bob"),
    }),
    outside.turso("PATCH", `/databases/${ACME}/configuration`, {
      size_limit: "2gb",
      block_reads: true,
      block_writes: true,
      delete_protection: false,
      allowed_ips: ["10.0.0.0/8"],
    }),
    outside.fly("POST", `/apps/${ACME}/secrets`, {
      values: { AWS_SECRET_ACCESS_KEY: PLANTED, DATABASE_AUTH_TOKEN: null, DATABASE_URL: PLANTED, EXTRA: PLANTED },
    }),
    outside.fly("DELETE", `/apps/${ACME}/ip_assignments/${addresses.find(({ shared }) => !shared)?.ip ?? ""}`),
    outside.fly("POST", `/apps/${ACME}/machines/${id}`, {
      config: {
        ...config,
        image: "registry.example/other:1",
        env: { ...env, TENANT: "other", ADDED: "1" },
        metadata: { ...config.metadata, "tenantry-owner": "somebody" },
      },
    }),
  ]);
  await outside.fly("GET", `/apps/${ACME}/machines/${id}/wait?state=started&timeout=20`);
}

const TAMPERED: Found = {
  "tigris:Bucket acme": ["access", "claimed", "deletionProtection", "locations", "snapshots", "softDeleteDays"],
  "tigris:AccessKey acme": ["policy"],
  "tigris:AccessKey acme/alice": ["enabled"],
  "tigris:AccessKey acme/bob": ["policy"],
  "turso:Database acme": ["allowedIps", "blockReads", "blockWrites", "deleteProtection", "sizeLimit"],
  "fly:Secrets acme": [
    "templates.DATABASE_URL",
    "values.AWS_SECRET_ACCESS_KEY",
    "values.DATABASE_AUTH_TOKEN",
    "values.EXTRA",
  ],
  "fly:IpAssignment acme": ["types[1]"],
  "fly:Machine acme": [
    "config.env.ADDED",
    "config.env.AWS_REGION",
    "config.env.TENANT",
    "config.image",
    'config.metadata["tenantry-owner"]',
  ],
};

describe("a tenant whose every resource was changed behind our back", () => {
  let before: Awaited<ReturnType<typeof tenantAtVendors>>;

  beforeAll(async () => {
    before = await tenantAtVendors(outside, ACME);
    await tamperWithAcme();
  }, LIMIT_MS);

  it(
    "is named with exactly these settings, by Pulumi and by tenantry, which change nothing",
    async () => {
      const tried = await whileNothingMayChange(async () => {
        expect(await refreshed()).toEqual(TAMPERED);
        const drift = await project.tenantry("drift");
        expect(drift.code).toBe(2);
        const lines = drift.stdout.split("\n");
        expect(lines.at(0)).toBe("acme");
        for (const path of Object.values(TAMPERED).flat()) expect(drift.stdout).toContain(`      ${path}: `);
        expect(lines).toContain("      access: private -> public-read");
        expect(lines).toContain("      values.AWS_SECRET_ACCESS_KEY: [secret] -> [secret]");
        expect(lines).toContain("      values.EXTRA: (none) -> [secret]");
        expect(drift.stdout).toContain("drift of local: 8 changed; 2 of 3 tenants unchanged");
        const plan = await project.tenantry("plan");
        expect({ code: plan.code, said: plan.stdout }).toMatchObject({
          code: 2,
          said: expect.stringContaining("plan of local: 8 to update; 2 of 3 tenants unchanged") as unknown,
        });
        expect(`${drift.stdout}${drift.stderr}${plan.stdout}${plan.stderr}`).not.toContain(PLANTED);
      });
      expect(tried).toEqual([]);
    },
    LIMIT_MS,
  );

  it(
    "is put right by the next up, to the last setting, and nobody else is touched",
    async () => {
      const { stdout, stderr } = await up();
      expect(stdout).toMatch(/^acme +8 updated +ok$/m);
      expect(stdout).toMatch(/^beta +unchanged +ok$/m);
      expect(stdout).toMatch(/^gamma +unchanged +ok$/m);
      expect(stderr).toBe("");
      expect(await tenantAtVendors(outside, ACME)).toEqual(before);
      await expectNoDrift();
    },
    LIMIT_MS,
  );
});

describe("resources that are gone", () => {
  beforeAll(async () => {
    const [acme, beta] = await Promise.all([machineOf(outside, ACME), machineOf(outside, BETA)]);
    const keys = [
      ...(await keysNamed(outside, `tenantry_${ACME}_access-alice`)),
      ...(await keysNamed(outside, `tenantry_${BETA}_`)),
    ];
    await outside.turso("PATCH", `/databases/${BETA}/configuration`, { delete_protection: false });
    // Otherwise Tigris would only hide it, and keep its name.
    await outside.s3("PATCH", `/${BETA}`, JSON.stringify({ soft_delete: { enabled: false } }));
    await Promise.all([
      ...keys.map(({ id }) => outside.iam("DeleteAccessKey", { AccessKeyId: id })),
      outside.turso("DELETE", `/databases/${BETA}`),
      outside.s3("DELETE", `/${BETA}`),
      outside.fly("DELETE", `/apps/${ACME}/machines/${acme.id}?force=true`),
      outside.fly("DELETE", `/apps/${BETA}/machines/${beta.id}?force=true`),
    ]);
    await outside.fly("DELETE", `/apps/${BETA}`);
  }, LIMIT_MS);

  it(
    "are named, each by itself or a whole tenant, and nothing else",
    async () => {
      const beta = ["tigris:Bucket", "tigris:AccessKey", "turso:Database", "turso:DatabaseToken"].concat(
        ["App", "IpAssignment", "Secrets", "Machine"].map((type) => `fly:${type}`),
      );
      expect(await refreshed()).toEqual({
        "tigris:AccessKey acme/alice": "gone",
        "fly:Machine acme": "gone",
        ...Object.fromEntries(beta.map((type) => [`${type} beta`, "gone"])),
      });
      const drift = await project.tenantry("drift");
      expect(drift.code).toBe(2);
      expect(drift.stdout).toContain(`- bucket missing (${BETA})`);
      expect(drift.stdout).toContain("- access key alice missing (");
      expect(drift.stdout).toContain("drift of local: 10 missing; 1 of 3 tenants unchanged");
    },
    LIMIT_MS,
  );

  it(
    "are made anew by the next up, and work",
    async () => {
      const { stdout } = await up();
      expect(stdout).toMatch(/^acme +2 created +ok$/m);
      expect(stdout).toMatch(/^beta +8 created +ok$/m);
      await expectNoDrift();
      const demo = await project.tenantry("demo", "--tenant", "beta");
      expect({ code: demo.code, said: demo.stdout }).toMatchObject({
        code: 0,
        said: expect.stringContaining(`${BETA}/hello.txt`) as unknown,
      });
    },
    LIMIT_MS,
  );
});

describe("vendors that do not answer what was asked", () => {
  const answering = (status: number) => cloud.faults({ mutating: false, kind: "error", status });
  afterAll(() => cloud.faults());

  it(
    "are not taken for vendors that say that something is gone",
    async () => {
      await answering(403);
      const refresh = await project.pulumi("refresh", "--preview-only", "--json");
      expect(refresh.code).not.toBe(0);
      expect(foundByRefresh(refresh.stdout)).toEqual({});
      await answering(503);
      const drift = await project.tenantry("drift");
      expect(drift.code).toBe(1);
      expect(drift.stdout).not.toContain("missing");
      expect(drift.stdout).not.toContain("no drift");
      for (const vendor of ["Tigris", "Turso", "Fly"]) expect(drift.stdout).toContain(`${vendor} answered 503`);
      expect(drift.stdout).toContain("tenant acme");
    },
    LIMIT_MS,
  );

  it(
    "leave an up without effect: all that stands is still known afterwards",
    async () => {
      await answering(400);
      const failed = await project.tenantry("up");
      expect(failed.code).toBe(1);
      await cloud.faults();
      await expectNoDrift();
    },
    LIMIT_MS,
  );
});

describe("a bucket that was deleted, but whose name Tigris keeps", () => {
  it(
    "stops its own tenant, which is still listed, and nobody else; restored, it is found again",
    async () => {
      await outside.s3("DELETE", `/${BETA}`, "", { "tigris-force-delete": "true" });
      project.tenant("delta", "owner: d@example.com\ndatabase: { engine: none }\nmachine: { ingress: none }\n");
      const failed = await project.tenantry("up");
      expect(failed.code).toBe(1);
      expect(failed.stdout).toMatch(/^beta +unchanged +failed$/m);
      expect(failed.stdout).toMatch(/^delta +\d created +ok$/m);
      expect(failed.stdout).toContain(`TIGRIS_NAME_RESERVED: the name ${BETA} is not free`);
      expect(failed.stdout).not.toContain("unhandled exception");
      const { stdout } = await project.tenantry("list", "--json");
      const standing = (JSON.parse(stdout) as { id: string; stands: object | null }[]).filter(({ stands }) => stands);
      expect(standing.map(({ id }) => id)).toEqual(["acme", "beta", "delta", "gamma"]);
      await outside.s3("POST", `/${BETA}?restore`);
      await up();
      expect(await refreshed()).toEqual({});
    },
    LIMIT_MS,
  );
});
