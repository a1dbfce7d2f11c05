import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import {
  CreateBucketCommand,
  ListObjectsV2Command,
  PutBucketTaggingCommand,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import { createClient } from "@libsql/client";

import { importLine } from "../../resource-kinds/urn.ts";
import { s3For } from "../local/tigris/clients.ts";
import { secretEnv } from "../support/secret-env.ts";
import type { TestCloud } from "../support/cloud.ts";
import { outsider, type Outsider } from "../support/outsider.ts";
import { endFleet, startFleet } from "../support/fleet.ts";
import type { ScratchProject } from "../support/scratch-project.ts";
import { foundByRefresh, plannedSteps } from "./found-by-refresh.ts";
import { groupsOf, keysNamed, machineOf } from "./tenant-at-vendors.ts";

const LIMIT_MS = 600_000;
const ACME = "tst-local-acme";
const BETA = "tst-local-beta";
const TAKEN = "tst-local-taken";
const OWNER_TAG = { Key: "tenantry-owner", Value: "ffffffffffffffff/prod/globex" };
const PROJECT = "urn:pulumi:local::tenantry::";

let cloud: TestCloud;
let project: ScratchProject;
let outside: Outsider;

beforeAll(async () => {
  ({ cloud, project } = await startFleet());
  outside = outsider(cloud);
  await outside.fly("PUT", "/_embedded/rate-limits", { enabled: false });
  project.tenant("acme", "owner: a@example.com\nstorage: { locations: [iad, fra], snapshots: true }\n");
  project.tenant("beta", "owner: b@example.com\ndatabase: { engine: none }\nmachine: { ingress: private }\n");
  await succeed(project.tenantry("up"));
}, LIMIT_MS);

afterAll(() => endFleet({ cloud, project }), 60_000);

type Ran = Awaited<ReturnType<ScratchProject["tenantry"]>>;

async function succeed(running: Promise<Ran>): Promise<string> {
  const { code, stdout, stderr } = await running;
  if (code !== 0) throw new Error(`ended with ${code}: ${stdout}\n${stderr}`);
  return stdout;
}

/** The URN of a tenant's resource: `tigris:Bucket`. */
function urnOf(type: string, tenant: string): string {
  return `${PROJECT}tenantry:index:Tenant$tenantry:${type}::${tenant}`;
}

/** Takes resources out of the state, and with them all that depends on them. Nothing at the vendors is touched. */
async function forget(...urns: string[]): Promise<void> {
  for (const urn of urns) {
    await succeed(project.pulumi("state", "delete", urn, "--target-dependents", "--force", "--yes"));
  }
}

/** `pulumi import` of many resources: `[type, tenant, id]`. */
function importAll(...resources: (readonly [string, string, string])[]): Promise<Ran> {
  const file = join(project.dir, "import.json");
  // A name of the table must not be one of a resource too.
  const parents = resources.map(
    ([, tenant]) => [`tenant ${tenant}`, `${PROJECT}tenantry:index:Tenant::${tenant}`] as const,
  );
  const list = resources.map(([type, name, id]) => ({ type: `tenantry:${type}`, name, id, parent: `tenant ${name}` }));
  writeFileSync(file, JSON.stringify({ nameTable: Object.fromEntries(parents), resources: list }));
  return project.pulumi("import", "--file", file, "--generate-code=false", "--yes");
}

async function plan(): Promise<Readonly<Record<string, string>>> {
  return plannedSteps(await succeed(project.pulumi("preview", "--json")));
}

const env = (tenant: string) => secretEnv(project.tenantry, tenant);
const listing = (key: Record<string, string>) =>
  s3For(cloud, {
    accessKeyId: key["AWS_ACCESS_KEY_ID"] ?? "",
    secretAccessKey: key["AWS_SECRET_ACCESS_KEY"] ?? "",
  }).send(new ListObjectsV2Command({ Bucket: key["BUCKET_NAME"] }));
async function select(database: Record<string, string>): Promise<unknown> {
  const client = createClient({ url: database["LIBSQL_URL"] ?? "", authToken: database["DATABASE_AUTH_TOKEN"] ?? "" });
  try {
    return (await client.execute("SELECT 1 AS one")).rows[0]?.["one"];
  } finally {
    client.close();
  }
}

describe("resources on which nothing else depends", () => {
  it(
    "are imported without any change: a machine and its addresses",
    async () => {
      const { id } = await machineOf(outside, BETA);
      await forget(urnOf("fly:Machine", "beta"), urnOf("fly:IpAssignment", "beta"));
      await succeed(importAll(["fly:Machine", "beta", `${BETA}/${id}`], ["fly:IpAssignment", "beta", BETA]));
      expect(await plan()).toEqual({});
    },
    LIMIT_MS,
  );
});

describe("a tenant that the state has forgotten (each case goes on from the one before)", () => {
  let before: Record<string, string>;

  beforeAll(async () => {
    before = await env("acme");
    await forget(urnOf("tigris:Bucket", "acme"), `${PROJECT}tenantry:turso:Group::aws-us-east-1`);
  }, LIMIT_MS);

  it(
    "is imported by the printed line, and all at once by a file; the plan then changes none of it",
    async () => {
      const [group = ""] = await groupsOf(outside);
      const { id } = await machineOf(outside, ACME);
      await succeed(project.shell(`${importLine(urnOf("tigris:Bucket", "acme"), ACME)} --yes`));
      await succeed(project.shell(`${importLine(`${PROJECT}tenantry:turso:Group::aws-us-east-1`, group)} --yes`));
      const imported = await importAll(
        ["turso:Database", "acme", ACME],
        ["fly:App", "acme", ACME],
        ["fly:IpAssignment", "acme", ACME],
        ["fly:Machine", "acme", `${ACME}/${id}`],
      );
      expect(await succeed(Promise.resolve(imported))).not.toContain("warning");
      expect(await plan()).toEqual({
        // The secrets are written anew, and the machine boots with them.
        "fly:Machine acme": "update secretsVersion",
        "fly:Secrets acme": "create",
        "tigris:AccessKey acme": "create",
        "turso:DatabaseToken acme": "create",
      });
    },
    LIMIT_MS,
  );

  it(
    "keeps its key, token and secrets to itself: their import is refused, and says what happens instead",
    async () => {
      const [key] = await keysNamed(outside, `tenantry_${ACME}_machine`);
      const refused: [urn: string, id: string, code: string, instead: string][] = [
        [
          urnOf("tigris:AccessKey", "acme"),
          key?.id ?? "",
          "TIGRIS_KEY_IMPORT",
          "creates a new one and revokes the tenant's old keys",
        ],
        [urnOf("turso:DatabaseToken", "acme"), `${ACME}/machine/x`, "TURSO_TOKEN_IMPORT", "creates a new one"],
        [urnOf("fly:Secrets", "acme"), ACME, "FLY_SECRETS_IMPORT", "writes all declared values"],
      ];
      for (const [urn, id, code, instead] of refused) {
        const { code: ended, stdout } = await project.shell(`${importLine(urn, id)} --yes`);
        expect(ended).not.toBe(0);
        expect(stdout).toContain(`${code}: `);
        expect(stdout).toContain(`The next \`up\` ${instead}`);
      }
    },
    LIMIT_MS,
  );

  it(
    "gets new ones from the next up, and the engine refuses the old key",
    async () => {
      expect(await listing(before)).toMatchObject({ $metadata: { httpStatusCode: 200 } });
      expect(await succeed(project.tenantry("up"))).toMatch(/^acme +3 created, \d updated +ok$/m);
      const now = await env("acme");
      await expect(listing(before)).rejects.toMatchObject({ name: "InvalidAccessKeyId" });
      expect(await listing(now)).toMatchObject({ $metadata: { httpStatusCode: 200 } });
      expect(await select(now)).toBe(1);
      expect(await keysNamed(outside, `tenantry_${ACME}_machine`)).toHaveLength(1);
      await succeed(project.pulumi("preview", "--expect-no-changes"));
      expect(foundByRefresh(await succeed(project.pulumi("refresh", "--preview-only", "--json")))).toEqual({});
    },
    LIMIT_MS,
  );

  it(
    "revokes the old token when its epoch is raised, as the refusal said",
    async () => {
      expect(await select(before)).toBe(1);
      project.tenant(
        "acme",
        "owner: a@example.com\nstorage: { locations: [iad, fra], snapshots: true }\nrotation: { epoch: 2 }\n",
      );
      await succeed(project.tenantry("up"));
      await expect(select(before)).rejects.toThrow();
      expect(await select(await env("acme"))).toBe(1);
      await succeed(project.pulumi("preview", "--expect-no-changes"));
    },
    LIMIT_MS,
  );
});

describe("a bucket whose name is taken, with somebody else's mark on it (each case goes on from the one before)", () => {
  let line: string;

  beforeAll(async () => {
    const s3 = s3For(cloud);
    await s3.send(new CreateBucketCommand({ Bucket: TAKEN }));
    await s3.send(new PutBucketTaggingCommand({ Bucket: TAKEN, Tagging: { TagSet: [OWNER_TAG] } }));
    await s3.send(new PutObjectCommand({ Bucket: TAKEN, Key: "notes.txt", Body: "theirs" }));
    s3.destroy();
    project.tenant("taken", "owner: t@example.com\ndatabase: { engine: none }\n");
    project.tenant("young", "owner: y@example.com\ndatabase: { engine: none }\n");
  }, LIMIT_MS);

  it(
    "is not touched; the error says who holds it and how to take it over, and other tenants come up",
    async () => {
      const { code, stdout } = await project.tenantry("up");
      expect(code).toBe(1);
      expect(stdout).toMatch(/^taken +nothing +failed$/m);
      expect(stdout).toMatch(/^young +6 created +ok$/m);
      expect(stdout).toContain(`TIGRIS_NAME_TAKEN: the name ${TAKEN} is taken: tenant globex of stack prod`);
      const lines = stdout.split("\n").filter((each) => each.trim().startsWith("pulumi import "));
      expect(lines).toHaveLength(1);
      line = lines[0]?.trim() ?? "";
      expect(await outside.s3("GET", `/${TAKEN}?tagging`)).toContain(OWNER_TAG.Value);
    },
    LIMIT_MS,
  );

  it(
    "can be imported by the line as it is printed, which warns; the mark stays, and an up still refuses it",
    async () => {
      const imported = await succeed(project.shell(`${line} --yes`));
      expect(imported).toContain("carries the mark of tenant globex of stack prod");
      expect(imported).not.toContain("bug in the");
      expect((await plan())["tigris:Bucket taken"]).toBe("update claimed locations softDeleteDays");
      const { code, stdout } = await project.tenantry("up");
      expect(code).toBe(1);
      expect(stdout).toContain("TIGRIS_NOT_OURS: tenant globex of stack prod");
      expect(await outside.s3("GET", `/${TAKEN}?tagging`)).toContain(OWNER_TAG.Value);
      expect(await outside.s3("GET", `/${TAKEN}?metadata`)).not.toContain("soft_delete");
    },
    LIMIT_MS,
  );

  it(
    "is the tenant's once a person has removed the mark, with all that is in it",
    async () => {
      await outside.s3("DELETE", `/${TAKEN}?tagging`);
      expect(await succeed(project.tenantry("up"))).toMatch(/^taken +5 created, 1 updated +ok$/m);
      expect(await outside.s3("GET", `/${TAKEN}?tagging`)).toContain("/local/taken");
      expect(await listing(await env("taken"))).toMatchObject({ Contents: [{ Key: "notes.txt" }] });
      await succeed(project.pulumi("preview", "--expect-no-changes"));
    },
    LIMIT_MS,
  );
});
