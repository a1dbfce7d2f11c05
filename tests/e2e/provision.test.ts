import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { createClient } from "@libsql/client";
import * as z from "zod";

import type { VerifyReport } from "../../operations/verify/report.ts";
import { keptDeployment } from "../../operations/engine/state-file.ts";
import { openStack } from "../../stack/context.ts";
import { secretEnv } from "../support/secret-env.ts";
import type { TestCloud } from "../support/cloud.ts";
import { endFleet, startFleet } from "../support/fleet.ts";
import { parsed, type Ran, type ScratchProject } from "../support/scratch-project.ts";

let cloud: TestCloud;
let project: ScratchProject;
let firstUp: Ran;

beforeAll(async () => {
  ({ cloud, project } = await startFleet());
  project.tenant("acme");
  project.tenant(
    "beta",
    "owner: b@example.com\nregion: fra\nstorage: { snapshots: true }\naccess: [{ name: laptop, mode: read-only }]\n",
  );
  project.tenant("gamma", "owner: g@example.com\ndatabase: { engine: none }\nmachine: { ingress: none }\n");
  firstUp = await project.tenantry("up");
}, 600_000);

afterAll(() => endFleet({ cloud, project }), 60_000);

type Environment = Record<string, string>;

const environment = (tenant: string): Promise<Environment> => secretEnv(project.tenantry, tenant);

function bucketOf(env: Environment): { client: S3Client; Bucket: string } {
  const client = new S3Client({
    endpoint: env["AWS_ENDPOINT_URL_S3"] ?? "",
    region: "auto",
    forcePathStyle: true,
    maxAttempts: 1,
    credentials: { accessKeyId: env["AWS_ACCESS_KEY_ID"] ?? "", secretAccessKey: env["AWS_SECRET_ACCESS_KEY"] ?? "" },
  });
  return { client, Bucket: env["BUCKET_NAME"] ?? "" };
}

/** As much of a state as what it is made of shows. */
const stored = z.object({
  resources: z.array(
    z.looseObject({
      urn: z.string(),
      outputs: z.looseObject({ fleet: z.record(z.string(), z.unknown()).optional() }).optional(),
      dependencies: z.array(z.string()).optional(),
      propertyDependencies: z.record(z.string(), z.array(z.string()).nullable()).optional(),
    }),
  ),
});

const denied = { name: "AccessDenied" };

describe("a fleet of three tenants that differ", () => {
  it("comes up in one go, and a plain preview afterwards finds no change", async () => {
    expect({ code: firstUp.code, said: firstUp.stdout }).toMatchObject({
      code: 0,
      said: expect.stringContaining("acme") as unknown,
    });
    const preview = await project.pulumi("preview", "--expect-no-changes");
    expect({ code: preview.code, stderr: preview.stderr }).toEqual({ code: 0, stderr: "" });
  }, 600_000);

  it("has a state that is read from its file just as Pulumi exports it", async () => {
    const { deployment } = parsed(await project.pulumi("stack", "export")) as { deployment: { resources: object[] } };
    expect(deployment.resources.length).toBeGreaterThan(20);
    expect(keptDeployment({ ...openStack("local", project.dir), home: cloud.home })).toEqual(deployment);
  });

  it("has a state of less than 10 KB a tenant, which names each dependency once", () => {
    const { resources } = stored.parse(keptDeployment({ ...openStack("local", project.dir), home: cloud.home }));
    const own = resources.filter(({ urn }) => urn.endsWith("::acme"));
    const record = resources.flatMap(({ outputs }) => (outputs?.fleet === undefined ? [] : [outputs.fleet["acme"]]));
    const bytes = JSON.stringify([...own, ...record]).length;
    expect(own).toHaveLength(9);
    expect(record).toHaveLength(1);
    // With a name of twelve letters, as a benchmark has them, it is 350 more.
    expect(bytes).toBeLessThan(9_650);
    const twice = own.flatMap(({ dependencies = [], propertyDependencies = {} }) => {
      const named = [...dependencies, ...Object.values(propertyDependencies).flatMap((urns) => urns ?? [])];
      return named.filter((urn, at) => named.indexOf(urn) !== at);
    });
    expect(twice).toEqual([]);
  });

  it("has a state that is read although a kill has cut off what Pulumi notes beside it", async () => {
    writeFileSync(join(cloud.home, "state/.pulumi/stacks/tenantry/local.json.attrs"), "");
    expect((await project.pulumi("stack", "export")).stderr).toContain("EOF");
    expect((await environment("acme"))["BUCKET_NAME"]).toBe("tst-local-acme");
    expect((await project.pulumi("stack", "export")).code).toBe(0);
  });

  it("is listed with what exists of each tenant", async () => {
    const ran = await project.tenantry("list", "--json");
    const listed = z.array(
      z.object({ id: z.string(), exists: z.object({ bucket: z.string(), databaseUrl: z.string().optional() }) }),
    );
    const tenants = listed.parse(parsed(ran));
    expect(tenants.map(({ id, exists }) => [id, exists.bucket, exists.databaseUrl === undefined])).toEqual([
      ["acme", "tst-local-acme", false],
      ["beta", "tst-local-beta", false],
      ["gamma", "tst-local-gamma", true],
    ]);
  });

  it("is known to the verbs from its resources just as the stack's outputs say", async () => {
    const outputs = parsed(await project.pulumi("stack", "output", "fleet", "--json")) as Record<string, object>;
    const listed = parsed(await project.tenantry("list", "--json")) as { id: string; exists: object }[];
    expect(Object.keys(outputs)).toEqual(listed.map(({ id }) => id));
    // What no other stack needs is only with the resources.
    expect(listed).toMatchObject(Object.entries(outputs).map(([id, record]) => ({ id, exists: record })));
  });

  it("lets a tenant write a file and a row with its own credentials", async () => {
    const { code, stdout } = await project.tenantry("demo", "--tenant", "acme");
    expect(code).toBe(0);
    expect(stdout).toContain("tst-local-acme/hello.txt: hello from acme");
    expect(stdout).toContain("(row 1)");
  });

  it("gives a tenant without database no database settings", async () => {
    const names = Object.keys(await environment("gamma"));
    expect(names.filter((name) => /SQL|DATABASE/.test(name))).toEqual([]);
  });
});

describe("isolation, enforced by the engines", () => {
  it("withstands every attempt that verify knows, twice alike", async () => {
    const first = await project.tenantry("verify", "--json", "--seed", "one");
    const report = parsed(first) as VerifyReport;
    expect(report.rows.flatMap(({ cases, id }) => cases.map(({ said }) => `${id}: ${said}`))).toEqual([]);
    expect({ code: first.code, ...report }).toMatchObject({ code: 0, through: 0, unclear: 0, left: [] });
    expect(report.tenants).toEqual(["acme", "beta", "gamma"]);
    expect(new Set(report.rows.map(({ who }) => who))).toEqual(
      new Set(["machine", "reader", "database", "deploy", "neighbour", "nobody"]),
    );
    const { code, stdout } = await project.tenantry("verify");
    expect(code).toBe(0);
    expect(stdout).toContain("no difference to the last run");
    expect(stdout).toMatch(/0 got through, 0 unclear$/m);
  }, 120_000);

  it("denies a tenant's key everything but the objects of its own bucket", async () => {
    const [acme, beta] = [await environment("acme"), await environment("beta")];
    const { client, Bucket } = bucketOf(acme);
    const other = beta["BUCKET_NAME"];
    await client.send(new PutObjectCommand({ Bucket, Key: "own", Body: "x" }));
    await expect(client.send(new ListObjectsV2Command({ Bucket: other }))).rejects.toMatchObject(denied);
    await expect(client.send(new GetObjectCommand({ Bucket: other, Key: "own" }))).rejects.toMatchObject(denied);
    await expect(client.send(new PutObjectCommand({ Bucket: other, Key: "own", Body: "x" }))).rejects.toMatchObject(
      denied,
    );
    await expect(client.send(new CreateBucketCommand({ Bucket: "tst-mine" }))).rejects.toMatchObject(denied);
    await expect(client.send(new DeleteBucketCommand({ Bucket }))).rejects.toMatchObject(denied);
    client.destroy();
  });

  it("denies a tenant's key the IAM calls, by which it could mint itself another", async () => {
    const { createAccessKey } = await import("@tigrisdata/iam");
    const acme = await environment("acme");
    const answer = await createAccessKey("stolen", {
      config: {
        accessKeyId: acme["AWS_ACCESS_KEY_ID"] ?? "",
        secretAccessKey: acme["AWS_SECRET_ACCESS_KEY"] ?? "",
        iamEndpoint: cloud.descriptor.tigris.iamEndpoint,
        organizationId: "any",
      },
    });
    expect(answer.data).toBeUndefined();
    expect(answer.error).toBeDefined();
  });

  it("refuses a tenant's token at another tenant's database", async () => {
    const [acme, beta] = [await environment("acme"), await environment("beta")];
    const own = createClient({ url: acme["LIBSQL_URL"] ?? "", authToken: acme["DATABASE_AUTH_TOKEN"] ?? "" });
    const foreign = createClient({ url: beta["LIBSQL_URL"] ?? "", authToken: acme["DATABASE_AUTH_TOKEN"] ?? "" });
    expect((await own.execute("SELECT 1 AS one")).rows[0]?.["one"]).toBe(1);
    await expect(foreign.execute("SELECT 1")).rejects.toThrow();
    own.close();
    foreign.close();
  });
});

describe("one more file", () => {
  it("brings up exactly that tenant, also with plain pulumi, and leaves the others untouched", async () => {
    project.tenant("delta");
    await cloud.forgetCalls();
    const up = await project.pulumi("up", "--yes", "--skip-preview", "--json");
    expect(up.code).toBe(0);
    const summary = up.stdout.split("\n").find((line) => line.includes('"summaryEvent"'));
    const { summaryEvent } = z
      .object({ summaryEvent: z.object({ resourceChanges: z.record(z.string(), z.number()) }) })
      .parse(JSON.parse(summary ?? "{}"));
    // A component and eight resources; the stack itself stays as it is.
    expect(summaryEvent.resourceChanges).toMatchObject({ create: 9 });
    expect(Object.keys(summaryEvent.resourceChanges).sort()).toEqual(["create", "same"]);
  }, 120_000);
});

describe("a tenant's snapshots, by the command line", () => {
  it("are taken, listed and restored from, and a clone of one comes up with what it held", async () => {
    const before = await environment("beta");
    const { client, Bucket } = bucketOf(before);
    const put = (Body: string) => client.send(new PutObjectCommand({ Bucket, Key: "kept.txt", Body }));
    const sql = createClient({ url: before["LIBSQL_URL"] ?? "", authToken: before["DATABASE_AUTH_TOKEN"] ?? "" });
    await put("then");
    await sql.executeMultiple("CREATE TABLE kept(n); INSERT INTO kept VALUES (1)");
    appendFileSync(join(project.dir, "tenants/local/beta.yaml"), "snapshots: { every: 1d }\n");
    const due = parsed(await project.tenantry("snapshot", "--due", "--json"));
    expect(due).toMatchObject({ taken: [{ tenant: "beta", cut: { bucket: Bucket } }], failed: [] });
    const cut = parsed(await project.tenantry("snapshot", "beta", "--json")) as { at: string };
    const nothing = await project.tenantry("snapshot", "--due");
    expect(nothing).toMatchObject({ code: 0, stdout: "no snapshot is due in local\n" });
    const shown = parsed(await project.tenantry("list", "beta", "--json"));
    expect(shown).toMatchObject([{ snapshots: { every: "1d", keep: "14d", last: cut.at }, due: [] }]);
    await put("now");
    await sql.executeMultiple("DELETE FROM kept");
    const listed = parsed(await project.tenantry("snapshot", "beta", "--list", "--json"));
    expect(listed).toMatchObject([
      { bucket: Bucket, isThere: true },
      { at: cut.at, bucket: Bucket, isThere: true, database: { name: Bucket } },
    ]);

    const compared = await project.tenantry("restore", "beta", "--at", cut.at, "--dry-run");
    expect(compared).toMatchObject({ code: 0, stdout: expect.stringContaining("kept: 1 row then, 0 now") as unknown });
    const one = ["restore", "beta", "--at", cut.at, "--path", "kept.txt"];
    expect(parsed(await project.tenantry(...one, "--dry-run", "--json"))).toMatchObject({
      files: { changed: ["kept.txt"] },
      broughtBeside: 0,
    });
    const restored = parsed(await project.tenantry("restore", "beta", "--at", cut.at, "--json"));
    expect(restored).toMatchObject({ broughtBeside: 1, broughtRows: { kept: 1 }, files: { changed: ["kept.txt"] } });
    const tested = await project.tenantry("verify", "--restore", "beta");
    expect(tested).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(
        /beta as of .*restored beside it.*\n.* 1 row in 1 table\nnothing is missing/s,
      ) as unknown,
    });
    const after = parsed(await project.tenantry("list", "beta", "--json"));
    expect(after).toMatchObject([{ snapshots: { last: cut.at, tested: { of: cut.at, isWhole: true } } }]);
    const seen = parsed(await project.tenantry("show", "beta", "--json"));
    expect(seen).toMatchObject({ restore: { last: cut.at, tested: { of: cut.at, isWhole: true } } });
    const early = await project.tenantry("restore", "beta", "--at", "2020-01-01");
    expect(early).toMatchObject({ code: 1, stderr: expect.stringContaining("SNAPSHOT_UNKNOWN") as unknown });

    const again = await project.tenantry("verify", "--restore", "--due", "7d", "--json");
    expect(parsed(again)).toEqual({ tested: [], failed: [] });
    const everyOne = await project.tenantry("verify", "--restore", "--all", "--json");
    expect(parsed(everyOne)).toMatchObject({ tested: [{ tenant: "beta", files: 1, faults: [] }], failed: [] });

    const scrub = join(project.dir, "scrub.sql");
    writeFileSync(scrub, "UPDATE kept SET n = 7");
    const cloned = await project.tenantry(
      "clone",
      "beta",
      "beta-copy",
      "--at",
      cut.at,
      "--ttl",
      "7d",
      "--scrub",
      scrub,
    );
    expect({ code: cloned.code, stderr: cloned.stderr }).toMatchObject({ code: 0 });
    const file = readFileSync(join(project.dir, "tenants/local/beta-copy.yaml"), "utf8");
    expect([file.includes("access"), /expires: \d{4}-\d\d-\d\d/.test(file)]).toEqual([false, true]);
    const twice = await project.tenantry("clone", "beta", "beta-copy", "--at", cut.at);
    expect(twice).toMatchObject({ code: 1, stderr: expect.stringContaining("CLONE_EXISTS") as unknown });
    const up = await project.tenantry("up", "beta-copy");
    expect({ code: up.code, stderr: up.stderr }).toMatchObject({ code: 0 });
    const copy = await environment("beta-copy");
    const theirs = bucketOf(copy);
    const found = await theirs.client.send(new GetObjectCommand({ Bucket: theirs.Bucket, Key: "kept.txt" }));
    expect(await found.Body?.transformToString()).toBe("then");
    const rows = createClient({ url: copy["LIBSQL_URL"] ?? "", authToken: copy["DATABASE_AUTH_TOKEN"] ?? "" });
    expect((await rows.execute("SELECT n FROM kept")).rows).toMatchObject([{ n: 7 }]);
    const { client: others } = bucketOf(copy);
    await expect(others.send(new ListObjectsV2Command({ Bucket }))).rejects.toMatchObject(denied);

    const refused = await project.tenantry("restore", "beta", "--at", cut.at, "--switch");
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining("RESTORE_NOT_SUSPENDED") as unknown });
    expect(await project.tenantry("suspend", "beta", "--apply", "--yes")).toMatchObject({ code: 0 });
    const switched = parsed(await project.tenantry("restore", "beta", "--at", cut.at, "--switch", "--json"));
    expect(switched).toMatchObject({ epoch: 2, files: { changed: ["kept.txt"] }, rows: { kept: 1 }, failed: {} });
    expect(await project.tenantry("resume", "beta", "--apply", "--yes")).toMatchObject({ code: 0 });
    const reopened = await environment("beta");
    const mine = bucketOf(reopened);
    const kept = await mine.client.send(new GetObjectCommand({ Bucket, Key: "kept.txt" }));
    expect(await kept.Body?.transformToString()).toBe("then");
    expect((await mine.client.send(new ListObjectsV2Command({ Bucket }))).KeyCount).toBe(1);
    const own = createClient({ url: reopened["LIBSQL_URL"] ?? "", authToken: reopened["DATABASE_AUTH_TOKEN"] ?? "" });
    expect((await own.execute("SELECT n FROM kept")).rows).toMatchObject([{ n: 1 }]);
    await expect(client.send(new ListObjectsV2Command({ Bucket }))).rejects.toMatchObject({
      name: "InvalidAccessKeyId",
    });
    await expect(sql.execute("SELECT 1")).rejects.toThrow(/401/);
    expect((await project.pulumi("preview", "--expect-no-changes")).code).toBe(0);

    const history = parsed(await project.tenantry("history", "--json")) as {
      faults: unknown[];
      entries: { kind: string }[];
    };
    const kinds = history.entries.map(({ kind }) => kind).filter((kind) => /snapshot|restor|tested|cloned/.test(kind));
    expect([history.faults, kinds]).toEqual([
      [],
      [
        ...["snapshot", "snapshot", "restoring", "restored", "tested", "tested", "cloned"],
        ...["snapshot", "restoring", "restored"],
      ],
    ]);
  }, 240_000);
});
