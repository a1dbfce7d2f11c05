import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import {
  AbortMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { createClient } from "@libsql/client";

import { folderPlace } from "../../operations/handover/folder-place.ts";
import { manifestLines } from "../../operations/handover/manifest.ts";
import { secretEnv } from "../support/secret-env.ts";
import type { TestCloud } from "../support/cloud.ts";
import { outsider } from "../support/outsider.ts";
import { endFleet, startFleet, up } from "../support/fleet.ts";
import { parsed, type ScratchProject } from "../support/scratch-project.ts";
import { estateOf } from "./estate.ts";

const OWNER = "owner: team@example.com\n";
/** A region where nobody else is: the database group there is acme's alone. */
const ACME = `${OWNER}region: fra\n`;
const MANIFEST = `manifest: { path: exports/acme.json, sha256: ${"ab".repeat(32)} }\n`;
const SLOW = 180_000;
const LEAVES = "s3://team-exports/leaves";
const PERSONAL = "Wilhelmina Quist, 0170 5551234";

let cloud: TestCloud;
let project: ScratchProject;
let environment: Record<string, string>;

beforeAll(async () => {
  ({ cloud, project } = await startFleet());
  project.tenant("acme", ACME);
  project.tenant("beta", OWNER);
  project.tenant("typo", `${OWNER}access: [{ name: alice-laptop, mode: read-only }]\n`);
  await up(project);
  environment = await secretEnv(project.tenantry, "acme");
}, SLOW);

afterAll(() => endFleet({ cloud, project }));

const bucket = () => ({ Bucket: environment["BUCKET_NAME"] ?? "" });

function tenantsS3(): S3Client {
  return s3({
    accessKeyId: environment["AWS_ACCESS_KEY_ID"] ?? "",
    secretAccessKey: environment["AWS_SECRET_ACCESS_KEY"] ?? "",
  });
}

function s3(credentials: { accessKeyId: string; secretAccessKey: string }): S3Client {
  return new S3Client({
    endpoint: cloud.descriptor.tigris.endpoint,
    region: "auto",
    forcePathStyle: true,
    credentials,
  });
}

const atTeams = () => ["--endpoint", cloud.descriptor.tigris.endpoint];

/** With the keys of the team's own bucket in the environment. */
async function withTeamsKeys<Result>(work: () => Promise<Result>): Promise<Result> {
  const { accessKeyId, secretAccessKey } = cloud.descriptor.tigris;
  const own = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
  Object.assign(project.env, own);
  try {
    return await work();
  } finally {
    for (const name of Object.keys(own)) Reflect.deleteProperty(project.env, name);
  }
}

const tenantFile = () => readFileSync(join(project.dir, "tenants/local/acme.yaml"), "utf8");

async function sql(...statements: string[]): Promise<void> {
  const client = createClient({
    url: environment["LIBSQL_URL"] ?? "",
    authToken: environment["DATABASE_AUTH_TOKEN"] ?? "",
  });
  try {
    await client.batch(statements, "write");
  } finally {
    client.close();
  }
}

async function query(): Promise<unknown> {
  const client = createClient({
    url: environment["LIBSQL_URL"] ?? "",
    authToken: environment["DATABASE_AUTH_TOKEN"] ?? "",
  });
  try {
    return (await client.execute("SELECT 1 AS one")).rows[0]?.["one"];
  } finally {
    client.close();
  }
}

async function machineState(): Promise<string | undefined> {
  const machines = await outsider(cloud).fly<{ state: string }[]>("GET", "/apps/tst-local-acme/machines");
  return machines[0]?.state;
}

async function groupLocations(): Promise<string[]> {
  const { groups } = await outsider(cloud).turso<{ groups: { primary: string }[] }>("GET", "/groups");
  return groups.map(({ primary }) => primary).sort();
}

describe("a new tenant that was a mistake", () => {
  const Bucket = "tst-local-typo";
  const deletions = async () =>
    (await cloud.calls()).filter(({ operation, mutating }) => mutating && /delete/i.test(operation));

  it(
    "is not dropped while anything is in it, and nothing is touched; by --dry-run neither",
    async () => {
      const root = s3(cloud.descriptor.tigris);
      const { UploadId } = await root.send(new CreateMultipartUploadCommand({ Bucket, Key: "half.bin" }));
      const before = await estateOf(cloud, "tst");
      await cloud.forgetCalls();
      const refused = await project.tenantry("drop", "typo", "--yes");
      expect(refused).toMatchObject({ code: 1, stdout: "" });
      expect(refused.stderr).toContain(`DROP_HOLDS_DATA: bucket ${Bucket} holds 1 unfinished upload, like half.bin`);
      await root.send(new AbortMultipartUploadCommand({ Bucket, Key: "half.bin", UploadId }));
      const dry = await project.tenantry("drop", "typo", "--dry-run");
      expect(dry).toMatchObject({ code: 2, stderr: "" });
      expect(dry.stdout).toMatch(/bucket tst-local-typo: empty\n.*database tst-local-typo: empty\n.*access key \(2\)/);
      expect((await project.tenantry("drop", "typo")).stderr).toContain("UNATTENDED");
      expect(await deletions()).toEqual([]);
      expect(await estateOf(cloud, "tst")).toEqual(before);
      expect(existsSync(join(project.dir, "tenants/local/typo.yaml"))).toBe(true);
    },
    SLOW,
  );

  it(
    "is dropped with all it has and its file; where a step fails, the next drop goes on, and its names are free again",
    async () => {
      await cloud.faults({ vendor: "turso", operation: "^DELETE .*databases", kind: "error", status: 400 });
      const failed = await project.tenantry("drop", "typo", "--yes");
      expect(failed.code).toBe(1);
      expect(failed.stdout).toContain("run `npx tenantry drop typo --stack local` again");
      expect(readFileSync(join(project.dir, "tenants/local/typo.yaml"), "utf8")).toContain("state: offboarding");
      await cloud.faults();
      const done = await project.tenantry("drop", "typo", "--yes", "--json");
      expect({ code: done.code, said: done.stderr }).toEqual({ code: 0, said: "" });
      expect(parsed(done)).toMatchObject({
        tenant: "typo",
        isGone: true,
        outcomes: [{ tenant: "typo", result: "ok", done: { delete: 2 } }],
      });
      expect(existsSync(join(project.dir, "tenants/local/typo.yaml"))).toBe(false);
      expect(JSON.stringify(await estateOf(cloud, "tst"))).not.toContain("typo");
      expect((await project.tenantry("plan")).code).toBe(0);
      expect((await project.tenantry("history", "typo")).stdout).toMatch(/deleted|delete/);
      const root = s3(cloud.descriptor.tigris);
      await root.send(new CreateBucketCommand({ Bucket }));
      await root.send(new DeleteBucketCommand({ Bucket }));
    },
    SLOW,
  );

  it(
    "that was never brought up only loses its file; one in use, or unknown, is refused",
    async () => {
      project.tenant("never");
      const gone = await project.tenantry("drop", "never", "--yes");
      expect(gone).toMatchObject({ code: 0, stdout: expect.stringContaining("never is gone") as unknown });
      expect(existsSync(join(project.dir, "tenants/local/never.yaml"))).toBe(false);
      project.tenant("never", `${OWNER}state: purged\n${MANIFEST}`);
      expect((await project.tenantry("drop", "never", "--yes")).stderr).toContain("DROP_REFUSED: never is purged");
      project.removeTenant("never");
      expect((await project.tenantry("drop", "never", "--yes")).stderr).toContain("NO_SUCH_TENANT");
    },
    SLOW,
  );
});

describe("the life of a tenant (each case goes on from the one before)", () => {
  it(
    "suspended: key, database and machine are off, nothing is deleted, and there is no drift",
    async () => {
      const ran = await project.tenantry("suspend", "acme", "--reason", "invoice 4711 is open", "--apply", "--yes");
      expect({ code: ran.code, stdout: ran.stdout }).toEqual({
        code: 0,
        stdout: expect.stringMatching(/^edited: acme, suspended: invoice 4711 is open\n/) as unknown,
      });
      await expect(tenantsS3().send(new ListObjectsV2Command(bucket()))).rejects.toMatchObject({
        name: "AccessDenied",
      });
      await expect(query()).rejects.toThrow(/blocked/i);
      expect(await machineState()).toBe("stopped");
      expect((await project.tenantry("drift")).code).toBe(0);
      expect(parsed(await project.tenantry("list", "acme", "--json"))).toMatchObject([
        { state: "suspended", reason: "invoice 4711 is open", credentials: [{ what: "token of the machine" }, {}] },
      ]);
    },
    SLOW,
  );

  it(
    "active again: all is as before, with the same key and token",
    async () => {
      expect((await project.tenantry("resume", "acme", "--apply", "--yes", "--json")).code).toBe(0);
      expect((await tenantsS3().send(new ListObjectsV2Command(bucket()))).KeyCount).toBe(0);
      expect(await query()).toBe(1);
      expect(await machineState()).toBe("started");
    },
    SLOW,
  );

  it(
    "exported by one line and verified by another, it is imported into another tenant, which has it all",
    async () => {
      const dir = join(project.dir, "acme-export");
      await tenantsS3().send(new PutObjectCommand({ ...bucket(), Key: "notes/one.md", Body: "# one" }));
      await sql("CREATE TABLE notes(body TEXT)", "INSERT INTO notes VALUES ('one')");
      const ran = await project.tenantry("export", "acme", dir, "--json");
      expect(ran).toMatchObject({ code: 0 });
      const exported = JSON.parse(ran.stdout) as { sha256: string };
      expect(exported).toMatchObject({ objects: 1, bytes: 5, rows: { notes: 1 } });
      const verified = await project.tenantry("export", "acme", dir, "--verify");
      expect(verified).toMatchObject({ code: 0, stdout: expect.stringContaining(exported.sha256) as unknown });
      expect(await project.tenantry("export", "beta", dir, "--verify")).toMatchObject({
        code: 1,
        stderr: expect.stringContaining("EXPORT_OF_ANOTHER") as unknown,
      });
      const settings = readFileSync(join(dir, "settings.json"), "utf8");
      expect(JSON.parse(settings)).toMatchObject({ declared: { id: "acme" }, exists: { bucket: bucket().Bucket } });
      expect(readFileSync(join(dir, "history.jsonl"), "utf8")).toMatch(/^\{.*"tenant":"acme"/);
      const { AWS_SECRET_ACCESS_KEY: secret = "?", DATABASE_AUTH_TOKEN: token = "?" } = environment;
      expect([secret, token].filter((each) => settings.includes(each))).toEqual([]);
      const { databases } = await outsider(cloud).turso<{ databases: { Name: string }[] }>("GET", "/databases");
      const ofAcme = databases.flatMap(({ Name }) => (Name.startsWith("tst-local-acme") ? [Name] : []));
      expect(ofAcme).toEqual(["tst-local-acme"]);
      const imported = await project.tenantry("import", "beta", dir);
      expect(imported).toMatchObject({
        code: 0,
        stdout: "imported acme of local into beta: 1 object, 5 B, 1 row\n",
      });
      expect(
        await s3(cloud.descriptor.tigris).send(
          new HeadObjectCommand({ Bucket: "tst-local-beta", Key: "notes/one.md" }),
        ),
      ).toMatchObject({
        ContentLength: 5,
      });
      expect(await project.tenantry("import", "beta", dir)).toMatchObject({
        code: 1,
        stderr: expect.stringContaining("IMPORT_NOT_EMPTY") as unknown,
      });
      await tenantsS3().send(new DeleteObjectCommand({ ...bucket(), Key: "notes/one.md" }));
    },
    SLOW,
  );

  it(
    "exported into a bucket of the team's own with credentials from the environment, and into no tenant's",
    async () => {
      await s3(cloud.descriptor.tigris).send(new CreateBucketCommand({ Bucket: "team-exports" }));
      const place = ["--to", "s3://team-exports/acme/", ...atTeams()];
      await withTeamsKeys(async () => {
        const ran = await project.tenantry("export", "acme", ...place);
        expect(ran).toMatchObject({ code: 0, stderr: expect.stringContaining(place.join(" ")) as unknown });
        expect(await project.tenantry("export", "acme", ...place, "--verify")).toMatchObject({ code: 0 });
        const from = ["s3://team-exports/acme", ...atTeams()];
        expect(await project.tenantry("import", "beta", ...from)).toMatchObject({
          code: 1,
          stderr: expect.stringContaining("IMPORT_NOT_EMPTY") as unknown,
        });
        const into = ["--to", "s3://tst-local-beta/x", ...atTeams()];
        expect(await project.tenantry("export", "acme", ...into)).toMatchObject({
          code: 1,
          stderr: expect.stringContaining("EXPORT_INTO_TENANT") as unknown,
        });
      });
    },
    SLOW,
  );

  it(
    "leaves step by step: suspended, exported and closed, purged with its files, with a certificate in the history",
    async () => {
      await tenantsS3().send(new PutObjectCommand({ ...bucket(), Key: "notes/last.md", Body: PERSONAL }));
      const offboard = (...args: string[]) => project.tenantry("offboard", "acme", ...args);
      expect((await offboard("--reason", "contract ended", "--apply", "--yes")).code).toBe(0);
      expect((await offboard()).stderr).toContain("OFFBOARD_NO_EXPORT");
      const exported = await offboard("--export", join(project.dir, "acme-leaves"));
      expect({ code: exported.code, said: exported.stdout }).toEqual({
        code: 0,
        said: expect.stringMatching(/^edited: acme, exported and offboarding; may be purged from 20/) as unknown,
      });
      expect(tenantFile()).toContain("path: acme-leaves/manifest.jsonl");
      const again = await withTeamsKeys(() =>
        offboard("--export", LEAVES, ...atTeams(), "--retain", "30", "--apply", "--yes"),
      );
      expect({ code: again.code, said: again.code === 0 ? "" : again.stderr }).toEqual({ code: 0, said: "" });
      expect(tenantFile()).toContain(`path: ${LEAVES}/manifest.jsonl`);
      await expect(query()).rejects.toThrow(/blocked/i);
      await expect(tenantsS3().send(new ListObjectsV2Command(bucket()))).rejects.toMatchObject({
        name: "AccessDenied",
      });
      expect((await project.tenantry("drift")).code).toBe(0);
      expect((await offboard()).stderr).toContain("OFFBOARD_TOO_EARLY");
      const root = s3(cloud.descriptor.tigris);
      await root.send(new PutObjectCommand({ ...bucket(), Key: "late.md", Body: "came after the export" }));
      expect((await offboard("--reason", "by the customer's word")).code).toBe(0);
      const guarded = await project.tenantry("plan");
      expect({ code: guarded.code, said: guarded.stdout }).toEqual({
        code: 3,
        said: expect.stringContaining("files in it that its export does not list") as unknown,
      });
      await cloud.forgetCalls();
      expect((await project.tenantry("up")).code).toBe(3);
      expect((await cloud.calls()).filter(({ mutating }) => mutating)).toEqual([]);
      await root.send(new DeleteObjectCommand({ ...bucket(), Key: "late.md" }));
      const plan = await project.tenantry("plan");
      expect(plan).toMatchObject({ code: 2, stdout: expect.stringContaining("bucket delete") as unknown });
      await cloud.faults({ vendor: "tigris", operation: "^DeleteBucket$", kind: "error", status: 403 });
      expect((await project.tenantry("up")).code).toBe(1);
      await cloud.faults();
      await up(project);
      const gone = root.send(new HeadBucketCommand(bucket()));
      await expect(gone).rejects.toMatchObject({ $metadata: { httpStatusCode: 404 } });
      await expect(outsider(cloud).fly("GET", "/apps/tst-local-acme")).rejects.toThrow();
      expect(await groupLocations()).toEqual(["aws-us-east-1"]);
      const listed = parsed(await project.tenantry("list", "acme", "beta", "--json")) as {
        id: string;
        exists: unknown;
      }[];
      expect(listed.map(({ id, exists }) => [id, exists !== null])).toEqual([
        ["acme", false],
        ["beta", true],
      ]);
      expect((await project.tenantry("plan")).code).toBe(0);
    },
    2 * SLOW,
  );

  it(
    "has a certificate that tells what existed, that nothing is found and no old credential is taken; its id stays used",
    async () => {
      const certificate = await project.tenantry("offboard", "acme", "--json");
      expect({ code: certificate.code, said: certificate.stderr }).toEqual({ code: 0, said: "" });
      const { existed, absence } = parsed(certificate) as { existed: object[]; absence: { found: string }[] };
      expect(parsed(certificate)).toMatchObject({
        tenant: "acme",
        reason: "by the customer's word",
        triedCredentials: true,
      });
      expect(existed).toContainEqual({ what: "bucket", name: bucket().Bucket });
      expect(absence.map(({ found }) => found).sort()).toEqual([
        ...Array<string>(6).fill("nothing"),
        "refused",
        "refused",
      ]);
      const { AWS_SECRET_ACCESS_KEY: secret = "?", DATABASE_AUTH_TOKEN: token = "?" } = environment;
      const history = await project.tenantry("history", "acme", "--json");
      expect([secret, token, PERSONAL].filter((each) => (certificate.stdout + history.stdout).includes(each))).toEqual(
        [],
      );
      expect((await project.tenantry("history", "--check")).code).toBe(0);
      const tombstone = readFileSync(join(project.dir, "tenants/local/acme.yaml"), "utf8");
      project.tenant("acme", ACME);
      const again = await project.tenantry("up");
      expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining("TENANT_ID_PURGED: acme") as unknown });
      writeFileSync(join(project.dir, "tenants/local/acme.yaml"), tombstone);
      expect((await project.tenantry("plan")).code).toBe(0);
    },
    SLOW,
  );

  it(
    "a living one keeps its bucket and its database when Pulumi is told to ignore all protection",
    async () => {
      const urns = (await project.pulumi("stack", "--show-urns")).stdout.match(/urn:pulumi:\S+/g) ?? [];
      const holding = urns.filter((urn) => /tenantry:(?:tigris:Bucket|turso:Database)::beta$/.test(urn));
      expect(holding).toHaveLength(2);
      const targets = holding.flatMap((urn) => ["--target", urn]);
      const everything = ["destroy", "--ignore-protect", "--yes", "--skip-preview"];
      for (const more of [[...targets, "--target-dependents"], []]) {
        const { code, stdout, stderr } = await project.pulumi(...everything, ...more);
        expect(code).not.toBe(0);
        expect(stdout + stderr).toContain("DELETE_PROTECTED");
        await s3(cloud.descriptor.tigris).send(new HeadBucketCommand({ Bucket: "tst-local-beta" }));
        const { databases } = await outsider(cloud).turso<{ databases: { Name: string }[] }>("GET", "/databases");
        expect(databases.map(({ Name }) => Name)).toContain("tst-local-beta");
      }
      await up(project);
      expect((await project.tenantry("plan")).code).toBe(0);
    },
    SLOW,
  );
});

describe("a tenant whose bucket keeps older versions", () => {
  const Bucket = "tst-local-gamma";

  it(
    "leaves with all of them in its export, and no version or delete marker holds the bucket when it is purged",
    async () => {
      project.tenant("gamma", `${OWNER}storage: { snapshots: true }\n`);
      await up(project);
      const root = s3(cloud.descriptor.tigris);
      for (const Body of ["first", "second", "third"])
        await root.send(new PutObjectCommand({ Bucket, Key: "a", Body }));
      await root.send(new PutObjectCommand({ Bucket, Key: "gone", Body: "gone" }));
      await root.send(new DeleteObjectCommand({ Bucket, Key: "gone" }));
      const offboard = async (...args: string[]) => {
        const { code, stderr } = await project.tenantry("offboard", "gamma", ...args);
        expect({ code, said: code === 0 ? "" : stderr }).toEqual({ code: 0, said: "" });
      };
      await offboard("--apply", "--yes");
      await offboard("--export", join(project.dir, "gamma-leaves"), "--versions", "--apply", "--yes");
      expect(await keptIn(join(project.dir, "gamma-leaves"))).toEqual({
        versions: ["first", "gone", "second"],
        markers: ["gone"],
      });
      await offboard("--reason", "by the customer's word");
      // As strict as Tigris may be: what is left over holds the bucket.
      await cloud.switches({ "tigris.versionsHold": true });
      await up(project);
      await cloud.resetSwitches();
      await expect(root.send(new HeadBucketCommand({ Bucket }))).rejects.toMatchObject({
        $metadata: { httpStatusCode: 404 },
      });
    },
    2 * SLOW,
  );
});

/** The content of each older version that an export holds, and whose delete markers it lists. */
async function keptIn(dir: string): Promise<{ versions: string[]; markers: string[] }> {
  const kept = { versions: [] as string[], markers: [] as string[] };
  for await (const line of manifestLines(folderPlace(dir))) {
    if (line.kind === "version") kept.versions.push(readFileSync(join(dir, line.path), "utf8"));
    if (line.kind === "left" && line.what === "marker") kept.markers.push(line.key);
  }
  return { versions: kept.versions.sort(), markers: kept.markers };
}
