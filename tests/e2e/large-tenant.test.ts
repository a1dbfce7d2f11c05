import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import {
  CreateBucketCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  PutObjectCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect } from "@jest/globals";
import { type Client, createClient } from "@libsql/client";

import { s3For } from "../local/tigris/clients.ts";
import type { TestCloud } from "../support/cloud.ts";
import { isDeep } from "../support/deep.ts";
import { endFleet, startFleet, up } from "../support/fleet.ts";
import { parsed, type ScratchProject } from "../support/scratch-project.ts";
import { secretEnv } from "../support/secret-env.ts";
import { itIf } from "../support/skip.ts";

const OBJECTS = 10_000;
const ROWS = 100_000;
/** Of the command's own process: what a small runner of a CI still has beside others. */
const MOST_MB = 250;
const SLOW = 3_000_000;

let cloud: TestCloud;
let project: ScratchProject;
let folder: string;
let s3: S3Client;
let bucket: string;
let sql: Client;

beforeAll(async () => {
  if (!isDeep) return;
  ({ cloud, project } = await startFleet({ verbs: "cold" }));
  folder = mkdtempSync(join(tmpdir(), "tenantry-large-"));
  project.tenant("acme", "owner: team@example.com\nstorage: { snapshots: true }\n");
  await up(project);
  const environment = await secretEnv(project.tenantry, "acme");
  bucket = environment["BUCKET_NAME"] ?? "";
  s3 = s3For(cloud, {
    accessKeyId: environment["AWS_ACCESS_KEY_ID"] ?? "",
    secretAccessKey: environment["AWS_SECRET_ACCESS_KEY"] ?? "",
  });
  sql = createClient({
    url: environment["LIBSQL_URL"] ?? "",
    authToken: environment["DATABASE_AUTH_TOKEN"] ?? "",
  });
  await side(OBJECTS, (index) =>
    s3.send(new PutObjectCommand({ Bucket: bucket, Key: keyOf(index), Body: `# note ${index}\n`.repeat(100) })),
  );
  await sql.execute("CREATE TABLE notes(id INTEGER PRIMARY KEY, body TEXT)");
  const numbers = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${ROWS})`;
  await sql.execute(`INSERT INTO notes ${numbers} SELECT i, 'body of note ' || i || hex(zeroblob(100)) FROM n`);
}, SLOW);

afterAll(async () => {
  if (!isDeep) return;
  sql.close();
  s3.destroy();
  await endFleet({ cloud, project });
  rmSync(folder, { recursive: true });
});

const keyOf = (index: number) => `notes/${String(index % 100)}/${String(index)}.md`;

/** For each index, 32 at a time. */
async function side(count: number, act: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < count) await act(next++);
  };
  await Promise.all(Array.from({ length: 32 }, worker));
}

/** One digest of all content: of every object and every row. */
async function contents(): Promise<{ objects: string; rows: string }> {
  const sums: string[] = [];
  await side(OBJECTS, async (index) => {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: keyOf(index) }));
    sums[index] = sumOf((await Body?.transformToString()) ?? "");
  });
  const rows = createHash("sha256");
  for (let from = 0; from < ROWS; from += 10_000) {
    const page = `SELECT id || ' ' || body AS line FROM notes WHERE id > ${from} AND id <= ${from + 10_000} ORDER BY id`;
    for (const { line } of (await sql.execute(page)).rows) rows.update(`${line as string}\n`);
  }
  return { objects: sumOf(sums.join("\n")), rows: rows.digest("hex") };
}
const sumOf = (text: string) => createHash("sha256").update(text).digest("hex");

/** Runs a verb, and says how much memory its process had at most. */
async function peakMb(...args: string[]): Promise<{ mb: number; said: unknown }> {
  const peaks = mkdtempSync(join(folder, "peak-"));
  const script =
    'import { writeFileSync } from "node:fs"; process.on("exit", () => ' +
    `writeFileSync(new URL(String(process.pid), ${JSON.stringify(`${pathToFileURL(peaks).href}/`)}), ` +
    "String(process.resourceUsage().maxRSS)));";
  project.env["NODE_OPTIONS"] = `--import=data:text/javascript,${encodeURIComponent(script)}`;
  const began = Date.now();
  const ran = await project.tenantry(...args, "--json");
  process.stderr.write(`${args.join(" ")}: ${Math.round((Date.now() - began) / 1000)} s\n`);
  delete project.env["NODE_OPTIONS"];
  expect({ code: ran.code, stderr: ran.code === 0 ? "" : ran.stderr }).toEqual({ code: 0, stderr: "" });
  const kilobytes = readdirSync(peaks).map((file) => Number(readFileSync(join(peaks, file), "utf8")));
  expect(kilobytes.length).toBeGreaterThan(0);
  return { mb: Math.round(Math.max(...kilobytes) / 1024), said: parsed(ran) };
}

describe("a tenant of 10 000 objects and 100 000 rows", () => {
  itIf(isDeep, "make test-deep runs it")(
    "is restored to the byte, and neither that nor an export takes more than 250 MB",
    async () => {
      const before = await contents();
      const { at } = parsed(await project.tenantry("snapshot", "acme", "--json")) as { at: string };
      const exported = await peakMb("export", "acme", join(folder, "export"));
      const { endpoint, accessKeyId, secretAccessKey } = cloud.descriptor.tigris;
      await s3For(cloud).send(new CreateBucketCommand({ Bucket: "team-exports" }));
      Object.assign(project.env, { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey });
      const place = ["--to", "s3://team-exports/acme", "--endpoint", endpoint];
      const besides = ["--to", "s3://team-exports/acme-versions", "--endpoint", endpoint];
      const streamed = await peakMb("export", "acme", ...place);
      const verified = await peakMb("export", "acme", ...place, "--verify");
      expect([streamed.said, verified.said]).toMatchObject(Array(2).fill({ objects: OBJECTS, rows: { notes: ROWS } }));
      expect(exported.said).toMatchObject({ objects: OBJECTS, rows: { notes: ROWS } });

      for (let from = 0; from < OBJECTS; from += 1000) {
        const Objects = Array.from({ length: 1000 }, (_, index) => ({ Key: keyOf(from + index) }));
        await s3.send(new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects } }));
      }
      await sql.execute("DELETE FROM notes");
      const restored = await peakMb("restore", "acme", "--at", at);
      expect(restored.said).toMatchObject({ broughtFiles: OBJECTS, broughtRows: { notes: ROWS }, failed: {} });
      expect(await contents()).toEqual(before);

      // By now each object has an older version besides, and a delete marker.
      const versions = await peakMb("export", "acme", join(folder, "versions"), "--versions");
      const versionsStreamed = await peakMb("export", "acme", ...besides, "--versions");
      expect([versions.said, versionsStreamed.said]).toMatchObject(
        Array(2).fill({ objects: OBJECTS, left: OBJECTS, rows: { notes: ROWS } }),
      );

      const peaks = {
        export: exported.mb,
        streamed: streamed.mb,
        verify: verified.mb,
        restore: restored.mb,
        versions: versions.mb,
        versionsStreamed: versionsStreamed.mb,
      };
      process.stderr.write(`MB at most: ${JSON.stringify(peaks)}\n`);
      expect(Object.entries(peaks).filter(([, mb]) => mb > MOST_MB)).toEqual([]);
    },
    SLOW,
  );
});
