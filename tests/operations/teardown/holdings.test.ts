import { createServer, type Server } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";

import {
  AbortMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { createClient } from "@libsql/client";

import { MIGRATIONS } from "../../../container/app/index/migrations.ts";
import { TenantryError } from "../../../errors/tenantry-error.ts";
import type { StoredResource } from "../../../operations/engine/stack-state.ts";
import { teardownErrors } from "../../../operations/teardown/errors.ts";
import { type Holding, holdingsOf, refuseHolders } from "../../../operations/teardown/holdings.ts";
import { tigrisClient } from "../../../provider/tigris/client.ts";
import { tursoClient } from "../../../provider/turso/client.ts";
import { libsqlUrl } from "../../../provider/turso/data-url.ts";
import { s3For } from "../../local/tigris/clients.ts";
import { startCloud, type TestCloud } from "../../support/cloud.ts";

const SERVING = { tenant: "acme" };
let cloud: TestCloud;
let accounts: Parameters<typeof holdingsOf>[0];
let s3: ReturnType<typeof s3For>;

beforeAll(async () => {
  cloud = await startCloud({ vendors: ["tigris", "turso"] });
  accounts = { ...cloud.descriptor, tigris: { ...cloud.descriptor.tigris, machineEndpoint: "" } };
  s3 = s3For(cloud);
  await tursoClient(cloud.descriptor.turso).createGroup({ name: "here", location: "aws-us-east-1" }, SERVING);
});
afterAll(async () => {
  s3.destroy();
  await cloud.dispose();
});

const stored = (type: string, id: string) => ({ type, id, urn: "", inputs: {}, outputs: {} }) satisfies StoredResource;
const bucket = (name: string) => stored("tenantry:tigris:Bucket", name);
const database = (name: string) => stored("tenantry:turso:Database", name);

async function only(...resources: StoredResource[]): Promise<Holding | undefined> {
  const found = await holdingsOf(accounts, "acme", resources);
  expect(found.length).toBeLessThan(2);
  return found[0];
}

describe("what a bucket holds", () => {
  const Bucket = "held";

  it("is nothing in a new one, and of one that is not there nothing is said", async () => {
    await s3.send(new CreateBucketCommand({ Bucket }));
    expect(await only(bucket(Bucket))).toEqual({ kind: "bucket", name: Bucket, holds: [], besides: [] });
    expect(await only(bucket("never-made"))).toBeUndefined();
  });

  it("includes an unfinished upload, which a plain list does not show", async () => {
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key: "big.bin" }));
    expect((await only(bucket(Bucket)))?.holds).toEqual(["1 unfinished upload, like big.bin"]);
    await s3.send(new AbortMultipartUploadCommand({ Bucket, Key: "big.bin", UploadId }));
    await s3.send(new PutObjectCommand({ Bucket, Key: "a\u202eb.md", Body: "x" }));
    await s3.send(new PutObjectCommand({ Bucket, Key: "b.md", Body: "x" }));
    expect((await only(bucket(Bucket)))?.holds).toEqual(["2 files, like a\\u202eb.md"]);
    for (const Key of ["a\u202eb.md", "b.md"]) await s3.send(new DeleteObjectCommand({ Bucket, Key }));
    expect((await only(bucket(Bucket)))?.holds).toEqual([]);
  });

  it("is nothing in a new one that keeps snapshots", async () => {
    const { buckets } = tigrisClient(cloud.descriptor.tigris);
    await buckets.create("snapped", { "X-Tigris-Enable-Snapshot": "true" }, SERVING);
    expect((await only(bucket("snapped")))?.holds).toEqual([]);
  });
});

describe("what Tigris keeps of files that are gone", () => {
  let tigris: Server;
  let lists: Record<string, string>;
  beforeAll(async () => {
    // The engine of the embedded cloud keeps neither versions nor deleted objects: these answers are Tigris' own form.
    tigris = createServer((request, response) => {
      const isDeleted = request.headers["x-tigris-soft-delete"] === "true";
      const query = request.url ?? "";
      const list = query.includes("uploads")
        ? "uploads"
        : query.includes("versions")
          ? "versions"
          : isDeleted
            ? "deleted"
            : "live";
      response.setHeader("content-type", "application/xml");
      response.end(`<Result><IsTruncated>${list === "deleted"}</IsTruncated>${lists[list] ?? ""}</Result>`);
    }).listen(0, "127.0.0.1");
    await once(tigris, "listening");
  });
  afterAll(() => void tigris.close());

  it("is found by its own lists, with or without versions", async () => {
    lists = {
      versions:
        "<Version><Key>now</Key><IsLatest>true</IsLatest></Version><Version><Key>old</Key></Version><DeleteMarker><Key>gone</Key></DeleteMarker>",
      deleted: "<Contents><Key>undo.md</Key></Contents>",
    };
    const { port } = tigris.address() as AddressInfo;
    const { buckets } = tigrisClient({ ...cloud.descriptor.tigris, endpoint: `http://127.0.0.1:${port}` });
    expect(await buckets.contents("any", { keepsVersions: true }, SERVING)).toEqual([
      { kind: "version", count: 2, more: false, first: "old" },
      { kind: "deleted file", count: 1, more: true, first: "undo.md" },
    ]);
    expect((await buckets.contents("any", { keepsVersions: false }, SERVING)).map(({ kind }) => kind)).toEqual([
      "deleted file",
    ]);
  });
});

describe("what a database holds", () => {
  let run: (...statements: string[]) => Promise<void>;

  beforeAll(async () => {
    const turso = tursoClient(cloud.descriptor.turso);
    const { hostname } = await turso.createDatabase({ name: "held", group: "here" }, SERVING);
    const authToken = await turso.mint("held", { expiration: "1h", authorization: "full-access" }, SERVING);
    const client = createClient({ url: libsqlUrl(cloud.descriptor.turso.endpoint, hostname), authToken });
    run = async (...statements) => {
      for (const sql of statements) await client.execute(sql);
    };
  });

  it("is nothing in a new one, in one that is not there, and in the tables that the reference app makes", async () => {
    expect(await only(database("held"))).toEqual({ kind: "database", name: "held", holds: [], besides: [] });
    expect(await only(database("never-made"))).toBeUndefined();
    await run(
      "CREATE TABLE schema_migrations (number INTEGER PRIMARY KEY, name TEXT)",
      "INSERT INTO schema_migrations VALUES (1, 'notes'), (2, 'full text')",
      ...MIGRATIONS.flatMap(({ statements }) => statements),
    );
    expect(await only(database("held"))).toMatchObject({
      holds: [],
      besides: [expect.stringMatching(/^2 rows in table schema_migrations, a migration tool's own list \(tenantry's/)],
    });
  });

  it("is a row of any table, of an index with a text of its own, and none of indexes that are empty", async () => {
    await run(
      "CREATE TABLE counters (id INTEGER PRIMARY KEY AUTOINCREMENT, n INTEGER)",
      "INSERT INTO counters (n) VALUES (1)",
      "DELETE FROM counters",
      "CREATE VIRTUAL TABLE words USING fts5(text)",
      "CREATE VIRTUAL TABLE spots USING rtree(id, a, b)",
      'CREATE TABLE "odd ""name" (x)',
    );
    expect((await only(database("held")))?.holds).toEqual([]);
    await run("INSERT INTO words VALUES ('only here')", "INSERT INTO spots VALUES (1, 2, 3)");
    await run('INSERT INTO "odd ""name" VALUES (1), (2)');
    expect((await only(database("held")))?.holds).toEqual([
      '2 rows in table odd "name',
      "1 row in table spots_rowid",
      "1 row in table words_content",
      "1 row in table words_docsize",
    ]);
  });

  it("is counted up to a thousand rows, and read by a token that can write nothing", async () => {
    await run(
      "CREATE TABLE many AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1500) SELECT i FROM n",
    );
    expect((await only(database("held")))?.holds).toContain("more than 1000 rows in table many");
    const turso = tursoClient(cloud.descriptor.turso);
    const { hostname = "" } = (await turso.database("held", SERVING)) ?? {};
    const token = await turso.mint("held", { expiration: "5m", authorization: "read-only" }, SERVING);
    await expect(turso.query(hostname, token, ["DELETE FROM many"], SERVING)).rejects.toThrow(/403/);
    await expect(turso.query(hostname, token, ["SELECT * FROM nowhere"], SERVING)).rejects.toThrow(
      /TURSO_QUERY_REFUSED: .*nowhere/,
    );
    await expect(turso.query(hostname, "not-a-token", ["SELECT 1"], SERVING)).rejects.toThrow();
  });
});

describe("a tenant that holds something", () => {
  const holding = (holds: string[]): Holding => ({ kind: "bucket", name: "tst-acme", holds, besides: ["2 rows"] });

  it("is not dropped, and told what is where; one that holds nothing is", () => {
    const refusal = (() => {
      try {
        refuseHolders("acme", [holding([]), holding(["2 files, like a", "1 older version, like b"])]);
        return undefined;
      } catch (error) {
        return error;
      }
    })();
    expect(TenantryError.is(refusal, teardownErrors.DROP_HOLDS_DATA)).toBe(true);
    expect(String(refusal)).toContain("bucket tst-acme holds 2 files, like a; 1 older version, like b");
    expect(() => refuseHolders("acme", [holding([])])).not.toThrow();
  });
});
