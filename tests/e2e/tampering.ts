import { createHash } from "node:crypto";

import { groupName } from "../../tenants/physical-name.ts";
import type { Outsider } from "../support/outsider.ts";
import { addressesOf, keysNamed, machineOf, policyArn } from "./tenant-at-vendors.ts";

export const PLANTED = "planted-by-an-outsider";
const FLEET = "0123456789abcdef0123456789abcdef";
const nameOf = (tenant: string) => `tst-local-${tenant}`;
const [ACME, BETA, GAMMA, DELTA, ZETA] = ["acme", "beta", "gamma", "delta", "zeta"].map(nameOf) as [
  string,
  string,
  string,
  string,
  string,
];

/** The tenants that are tampered with: `key-…` and so on of acme are all changed, delta is taken away as a whole. */
export const TENANTS: Readonly<Record<string, string>> = {
  acme: "owner: a@example.com\naccess: [{ name: alice, mode: read-only }, { name: bob, mode: read-write }]\n",
  beta: "owner: b@example.com\naccess: [{ name: carol, mode: read-only }]\n",
  gamma: [
    "# A pilot until spring.",
    "owner: g@example.com # asks before anything moves",
    "database: { engine: none }",
    "machine: { ingress: none } # behind their own router",
    "",
  ].join("\n"),
  delta: "owner: d@example.com\n",
};

/** What a drift report names: by tenant, kind and aspect, without values. */
export type Named = readonly string[];

const EVERYTHING = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: ["s3:GetObject"], Resource: ["arn:aws:s3:::*"] }],
});

/** Changes one of everything that tenantry has settled for acme, each by its vendor's own call. Answers what is to be named. */
export async function changeAcme(outside: Outsider): Promise<Named> {
  const { id, config } = await machineOf(outside, ACME);
  const { AWS_REGION: _, ...env } = config.env;
  const addresses = await addressesOf(outside, ACME);
  const keys = await keysNamed(outside, `tenantry_${ACME}_`);
  const idOf = (purpose: string) => keys.find(({ name }) => name.includes(`_${purpose}_`))?.id ?? "";
  const settings = {
    object_regions: "fra",
    soft_delete: { enabled: true, retention_days: 14 },
    type: 1,
    protection: { protected: true },
  };
  await outside.s3("PATCH", `/${ACME}`, JSON.stringify(settings), { "x-amz-acl": "public-read" });
  await Promise.all([
    outside.s3("DELETE", `/${ACME}?tagging`),
    outside.iam("UpdatePolicy", { PolicyArn: policyArn(`tenantry_${ACME}_machine_rw`), PolicyDocument: EVERYTHING }),
    outside.iam("DetachUserPolicy", {
      PolicyArn: policyArn(`tenantry_${ACME}_access-alice_ro`),
      UserName: idOf("access-alice"),
    }),
    outside.iam("AttachUserPolicy", {
      PolicyArn: policyArn(`tenantry_${BETA}_machine_rw`),
      UserName: idOf("access-bob"),
    }),
    outside.turso("PATCH", `/databases/${ACME}/configuration`, {
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
  return [
    "bucket.access",
    "bucket.claimed",
    "bucket.deletionProtection",
    "bucket.locations",
    "bucket.snapshots",
    "bucket.softDeleteDays",
    "key.policy",
    "key/alice.enabled",
    "key/bob.policy",
    "database.allowedIps",
    "database.blockReads",
    "database.blockWrites",
    "database.deleteProtection",
    "secrets.templates.DATABASE_URL",
    "secrets.values.AWS_SECRET_ACCESS_KEY",
    "secrets.values.DATABASE_AUTH_TOKEN",
    "secrets.values.EXTRA",
    "addresses.types[1]",
    "machine.config.env.ADDED",
    "machine.config.env.AWS_REGION",
    "machine.config.env.TENANT",
    "machine.config.image",
    'machine.config.metadata["tenantry-owner"]',
  ].map((aspect) => `acme modified ${aspect}`);
}

/** What somebody may well mean to keep: gamma's bucket keeps deleted files for longer, and its machine has grown. */
export async function outgrow(outside: Outsider): Promise<Named> {
  await outside.s3("PATCH", `/${GAMMA}`, JSON.stringify({ soft_delete: { enabled: true, retention_days: 30 } }));
  const { id, config } = await machineOf(outside, GAMMA);
  const guest = { cpu_kind: "shared", cpus: 2, memory_mb: 4096 };
  await outside.fly("POST", `/apps/${GAMMA}/machines/${id}`, { config: { ...config, guest } });
  await outside.fly("GET", `/apps/${GAMMA}/machines/${id}/wait?state=started&timeout=20`);
  const aspects = ["bucket.softDeleteDays", "machine.config.guest.cpus", "machine.config.guest.memory_mb"];
  return aspects.map((aspect) => `gamma modified ${aspect}`);
}

/** Other ways to the same aspects, and other aspects: of beta, of gamma and of what they share. */
export async function changeTheOthers(outside: Outsider): Promise<Named> {
  const [beta, gamma] = await Promise.all([machineOf(outside, BETA), machineOf(outside, GAMMA)]);
  const [carol] = await keysNamed(outside, `tenantry_${BETA}_access-carol`);
  const [machineKey] = await keysNamed(outside, `tenantry_${BETA}_machine`);
  const [gammaKey] = await keysNamed(outside, `tenantry_${GAMMA}_`);
  const config = beta.config as typeof beta.config & { guest: object; services: readonly object[] };
  await Promise.all([
    outside.iam("UpdateAccessKey", { AccessKeyId: carol?.id ?? "", Status: "Inactive" }),
    outside.iam("UpdateAccessKeyWithBucketsRole", {
      Req: JSON.stringify({ id: machineKey?.id, buckets_role: [{ bucket: BETA, role: "Editor" }] }),
    }),
    outside.fly("POST", `/apps/${BETA}/ip_assignments`, { type: "v6" }),
    outside.fly("POST", `/apps/${BETA}/machines/${beta.id}`, {
      config: {
        ...config,
        guest: { ...config.guest, memory_mb: 512 },
        services: config.services.map((service) => ({ ...service, autostop: "off" })),
        restart: { policy: "no" },
      },
    }),
    remakeDatabase(outside, BETA),
    outside.iam("ForceDeletePolicy", { PolicyArn: policyArn(`tenantry_${GAMMA}_machine_rw`) }),
    outside.iam("DeleteAccessKey", { AccessKeyId: gammaKey?.id ?? "" }),
    outside.fly("DELETE", `/apps/${GAMMA}/machines/${gamma.id}?force=true`),
  ]);
  await outside.fly("GET", `/apps/${BETA}/machines/${beta.id}/wait?state=started&timeout=20`);
  return [
    "beta modified key/carol.enabled",
    "beta modified key.policy",
    "beta modified addresses.types[2]",
    "beta modified machine.config.guest.memory_mb",
    "beta modified machine.config.services[0].autostop",
    "beta modified machine.config.restart.policy",
    "beta modified machine.config.restart.max_retries",
    "beta modified database.deleteProtection",
    "beta modified database.dbId",
    "beta missing token",
    "gamma missing key",
    "gamma missing machine",
  ];
}

/** What several tenants share. Last, for it covers the databases too. */
export async function changeShared(outside: Outsider): Promise<Named> {
  await outside.turso("PATCH", `/groups/${await ourGroup(outside)}/configuration`, { delete_protection: true });
  return ["(stack) modified group.deleteProtection"];
}

/** The same name, another database: what was in it is gone. */
async function remakeDatabase(outside: Outsider, name: string): Promise<void> {
  const { database } = await outside.turso<{ database: { group: string } }>("GET", `/databases/${name}`);
  await outside.turso("PATCH", `/databases/${name}/configuration`, { delete_protection: false });
  await outside.turso("DELETE", `/databases/${name}`);
  await outside.turso("POST", "/databases", { name, group: database.group });
}

async function ourGroup(outside: Outsider): Promise<string> {
  const { groups } = await outside.turso<{ groups: { name: string }[] }>("GET", "/groups");
  return groups.map(({ name }) => name).find((name) => name.startsWith("tst-local-aws-us-east-1-")) ?? "";
}

/** Takes all of delta away. */
export async function removeDelta(outside: Outsider): Promise<Named> {
  const { id } = await machineOf(outside, DELTA);
  const [key] = await keysNamed(outside, `tenantry_${DELTA}_`);
  await outside.turso("PATCH", `/databases/${DELTA}/configuration`, { delete_protection: false });
  // Otherwise Tigris would only hide it, and keep its name.
  await outside.s3("PATCH", `/${DELTA}`, JSON.stringify({ soft_delete: { enabled: false } }));
  await Promise.all([
    outside.iam("DeleteAccessKey", { AccessKeyId: key?.id ?? "" }),
    outside.turso("DELETE", `/databases/${DELTA}`),
    outside.s3("DELETE", `/${DELTA}`),
    outside.fly("DELETE", `/apps/${DELTA}/machines/${id}?force=true`),
  ]);
  await outside.fly("DELETE", `/apps/${DELTA}`);
  return ["bucket", "key", "database", "token", "app", "addresses", "secrets", "machine"].map(
    (root) => `delta missing ${root}`,
  );
}

const document = (bucket: string) =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: ["s3:GetObject"], Resource: [`arn:aws:s3:::${bucket}/*`] }],
  });
/** A bucket with somebody's mark on it. */
async function markedBucket(outside: Outsider, name: string, mark: string): Promise<void> {
  await outside.s3("PUT", `/${name}`);
  const tags = `<Tagging><TagSet><Tag><Key>tenantry-owner</Key><Value>${mark}</Value></Tag></TagSet></Tagging>`;
  const md5 = createHash("md5").update(tags).digest("base64");
  await outside.s3("PUT", `/${name}?tagging`, tags, { "content-md5": md5 });
}

/** Puts one of every kind beside what is declared: under our names, under our mark, or within what is ours. */
export async function addUnmanaged(outside: Outsider): Promise<Named> {
  const group = groupName({
    prefix: "tst",
    stack: "local",
    location: "aws-ap-south-1",
    fleetId: FLEET,
    tursoOrganization: "tenantry-local",
  });
  const ours = await ourGroup(outside);
  await Promise.all([
    outside.s3("PUT", `/${ZETA}`),
    markedBucket(outside, "a-name-of-its-own", `${FLEET}/local/acme`),
    outside.turso("POST", "/groups", { name: group, location: "aws-ap-south-1" }),
    outside.turso("POST", "/databases", { name: "stray", group: ours }),
    outside.turso("POST", "/databases", { name: ZETA, group: ours }),
    app(outside, ZETA),
  ]);
  const policy = `tenantry_${ZETA}_machine_rw`;
  await outside.iam("CreatePolicy", { PolicyName: policy, PolicyDocument: document(ZETA) });
  const [named, left, roled, attached] = await Promise.all([
    key(outside, `${policy}_e1_20260101T000000Z`),
    key(outside, `tenantry_${BETA}_machine_rw_e1_20260101T000000Z`),
    key(outside, "backdoor", [{ bucket: BETA, role: "ReadOnly" }]),
    key(outside, "another-door"),
  ]);
  await outside.iam("AttachUserPolicy", {
    PolicyArn: policyArn(`tenantry_${BETA}_access-carol_ro`),
    UserName: attached,
  });
  await app(outside, "an-app-of-its-own");
  const [guest, marked, volume] = await Promise.all([
    machine(outside, BETA, {}),
    machine(outside, "an-app-of-its-own", { "tenantry-owner": `${FLEET}/local/beta` }),
    outside.fly<{ id: string }>("POST", `/apps/${BETA}/volumes`, { name: "scratch", region: "iad", size_gb: 1 }),
  ]);
  return [
    `zeta unmanaged unmanaged.bucket.${ZETA}`,
    "acme unmanaged unmanaged.bucket.a-name-of-its-own",
    `(stack) unmanaged unmanaged.group.${group}`,
    "(stack) unmanaged unmanaged.database.stray",
    `zeta unmanaged unmanaged.database.${ZETA}`,
    `zeta unmanaged unmanaged.app.${ZETA}`,
    `zeta unmanaged unmanaged.policy.${policy}`,
    `zeta unmanaged unmanaged.key.${named}`,
    `beta unmanaged unmanaged.key.${left}`,
    `beta unmanaged unmanaged.key.${roled}`,
    `beta unmanaged unmanaged.key.${attached}`,
    `beta unmanaged unmanaged.machine.${guest}`,
    `beta unmanaged unmanaged.machine.${marked}`,
    `beta unmanaged unmanaged.volume.${volume.id}`,
  ];
}

/** What others have in the same organisation: strangers, and stacks of ours that are not asked about. Never named. */
export async function addForeign(outside: Outsider): Promise<void> {
  const other = "tst-local-00-acme";
  await Promise.all([
    outside.s3("PUT", "/website-of-somebody"),
    outside.s3("PUT", `/${other}`),
    markedBucket(outside, "tst-local-marked", `${FLEET}/local-00/marked`),
    outside
      .turso("POST", "/groups", { name: "default", location: "aws-us-east-1" })
      .then(() =>
        Promise.all(
          ["blog", other, "tst-local-marked"].map((name) =>
            outside.turso("POST", "/databases", { name, group: "default" }),
          ),
        ),
      ),
    app(outside, "blog-of-somebody").then(() => machine(outside, "blog-of-somebody", {})),
    app(outside, other).then(() => machine(outside, other, { "tenantry-owner": `${FLEET}/local-00/acme` })),
    app(outside, "tst-local-marked"),
    key(outside, "ci"),
  ]);
  await outside.iam("CreatePolicy", { PolicyName: "ci", PolicyDocument: document("website-of-somebody") });
  await outside.iam("CreatePolicy", { PolicyName: `tenantry_${other}_machine_rw`, PolicyDocument: document(other) });
  await key(outside, `tenantry_${other}_machine_rw_e1_20260101T000000Z`);
}

async function app(outside: Outsider, name: string): Promise<void> {
  await outside.fly("POST", "/apps", { app_name: name, org_slug: "tenantry-local" });
}

async function key(outside: Outsider, name: string, roles: readonly object[] = []): Promise<string> {
  const answer = await outside.iam<{ CreateAccessKeyResult: { AccessKey: { AccessKeyId: string } } }>(
    "CreateAccessKeyWithBucketsRole",
    { Req: JSON.stringify({ req_uuid: name, name, buckets_role: roles }) },
  );
  return answer.CreateAccessKeyResult.AccessKey.AccessKeyId;
}

async function machine(outside: Outsider, of: string, metadata: Readonly<Record<string, string>>): Promise<string> {
  const config = { image: "registry.example/other:1", metadata };
  return (await outside.fly<{ id: string }>("POST", `/apps/${of}/machines`, { config, skip_launch: true })).id;
}
