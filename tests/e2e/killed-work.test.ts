import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { type Client, createClient } from "@libsql/client";

import { seeded } from "../../operations/engine/seeded.ts";
import { s3For } from "../local/tigris/clients.ts";
import { startCloud, type TestCloud } from "../support/cloud.ts";
import { times } from "../support/deep.ts";
import { endFleet } from "../support/fleet.ts";
import { parsed } from "../support/scratch-project.ts";
import { secretEnv } from "../support/secret-env.ts";
import { estateOf } from "./estate.ts";
import { sideProject, type SideProject } from "./side-project.ts";

const TENANTRY = join(import.meta.dirname, "../../cli/tenantry");
const SEED = Number(process.env["KILL_SEED"] ?? Math.floor(Math.random() * 1_000_000));
const SLOW = 600_000;
const PREFIX = "kw";
const TENANT = "owner: team@example.com\nstorage: { snapshots: true }\n";
const FILES = Array.from({ length: 40 }, (_, index) => `notes/${index}.md`);
const ROWS = 200;

type Work = "export into a folder" | "export into a bucket" | "restore" | "switch" | "purge";
const KILLS: Readonly<Record<Work, number>> = {
  "export into a folder": times(1, 7),
  "export into a bucket": times(0, 5),
  restore: times(1, 7),
  switch: times(0, 4),
  purge: times(1, 7),
};

const random = seeded(SEED);
/** One moment in each part of the calls that the work makes, whatever the computer's speed. */
const moments = (Object.keys(KILLS) as Work[]).flatMap((work) =>
  Array.from({ length: KILLS[work] }, (_, part) => ({
    work,
    part,
    percent: Math.floor(((part + random()) / KILLS[work]) * 95),
  })),
);
const LEAVING = Array.from({ length: KILLS.purge + 1 }, (_, part) => `leaves-${part}`);

let cloud: TestCloud;
let project: SideProject;
let root: S3Client;
/** The instant that is restored. */
let at: string;
/** By how many calls a work is done that nothing disturbs. */
const calls = new Map<Work, number>();

beforeAll(async () => {
  cloud = await startCloud();
  root = s3For(cloud);
  project = sideProject(cloud, { prefix: PREFIX }, { verbs: "warm" });
  const { accessKeyId, secretAccessKey } = cloud.descriptor.tigris;
  Object.assign(project.env, { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey });
  await root.send(new CreateBucketCommand({ Bucket: "team-exports" }));
  for (const id of ["acme", ...LEAVING]) project.tenant(id, TENANT);
  await ends("up");
  for (const id of ["acme", ...LEAVING]) await fill(id);
  at = (parsed(await project.tenantry("snapshot", "acme", "--json")) as { at: string }).at;
  for (const id of LEAVING) await ends("offboard", id, "--reason", "contract ended");
  await ends("up");
  for (const id of LEAVING) await ends("offboard", id, "--export", join(project.dir, "left", id), "--retain", "0");
  await ends("up");
}, SLOW);

afterAll(async () => {
  root.destroy();
  await endFleet({ cloud, project });
}, 60_000);

async function ends(...words: string[]): Promise<void> {
  const { code, stdout, stderr } = await project.tenantry(...words);
  expect({ words, code, said: code === 0 ? "" : stdout + stderr }).toEqual({ words, code: 0, said: "" });
}

async function withSql<Result>(id: string, work: (sql: Client) => Promise<Result>): Promise<Result> {
  const environment = await secretEnv(project.tenantry, id);
  const url = environment["LIBSQL_URL"] ?? "";
  const sql = createClient({ url, authToken: environment["DATABASE_AUTH_TOKEN"] ?? "" });
  try {
    return await work(sql);
  } finally {
    sql.close();
  }
}

const bucketOf = (id: string) => `${PREFIX}-local-${id}`;

async function fill(id: string): Promise<void> {
  for (const Key of FILES)
    await root.send(new PutObjectCommand({ Bucket: bucketOf(id), Key, Body: `${Key} of ${id}\n`.repeat(50) }));
  const numbers = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${ROWS})`;
  await withSql(id, (sql) =>
    sql.batch(
      ["CREATE TABLE notes(id INTEGER PRIMARY KEY, body TEXT)", `INSERT INTO notes ${numbers} SELECT i, hex(i) FROM n`],
      "write",
    ),
  );
}

/** Every second file and row is deleted by mistake. */
async function damage(): Promise<void> {
  for (const Key of FILES.filter((_, index) => index % 2 === 0))
    await root.send(new DeleteObjectCommand({ Bucket: bucketOf("acme"), Key }));
  await withSql("acme", (sql) => sql.execute("DELETE FROM notes WHERE id % 2 = 0"));
}

async function contents(): Promise<{ files: Record<string, string | undefined>; rows: unknown[] }> {
  const Bucket = bucketOf("acme");
  const { Contents = [] } = await root.send(new ListObjectsV2Command({ Bucket }));
  const files = await Promise.all(
    Contents.map(async ({ Key }) => {
      const { Body } = await root.send(new GetObjectCommand({ Bucket, Key }));
      return [Key ?? "", await Body?.transformToString()] as const;
    }),
  );
  const { rows } = await withSql("acme", (sql) => sql.execute("SELECT id, body FROM notes ORDER BY id"));
  return { files: Object.fromEntries(files), rows: rows.map(({ id, body }) => [id, body]) };
}

/** The words of the command for a work, after what it needs. */
const COMMANDS: Readonly<Record<Work, (part: number) => Promise<string[]>>> = {
  "export into a folder": (part) => Promise.resolve(["export", "acme", join(project.dir, "exports", String(part))]),
  "export into a bucket": (part) => {
    const place = ["--to", `s3://team-exports/${String(part)}`, "--endpoint", cloud.descriptor.tigris.endpoint];
    return Promise.resolve(["export", "acme", ...place]);
  },
  async restore() {
    await damage();
    return ["restore", "acme", "--at", at];
  },
  async switch() {
    await damage();
    await ends("suspend", "acme", "--apply", "--yes");
    return ["restore", "acme", "--at", at, "--switch"];
  },
  async purge(part) {
    const id = LEAVING[part] ?? "";
    await ends("offboard", id);
    return ["up", id];
  },
};

/** What has to hold once the work has ended. */
const AFTER: Readonly<Record<Work, (part: number, words: readonly string[], before: unknown) => Promise<void>>> = {
  "export into a folder": (_, words) => isWhole(words),
  "export into a bucket": (_, words) => isWhole(words),
  restore: (_, __, before) => isAsBefore(before),
  async switch(_, __, before) {
    await ends("resume", "acme", "--apply", "--yes");
    await isAsBefore(before);
  },
  purge: (part) => isGone(LEAVING[part] ?? ""),
};

async function isAsBefore(before: unknown): Promise<void> {
  expect(await contents()).toEqual(before);
}

async function isGone(id: string): Promise<void> {
  expect(await project.tenantry("offboard", id, "--json")).toMatchObject({ code: 0 });
  const left = Object.values(await estateOf(cloud, PREFIX)).flatMap((names: readonly string[]) => names);
  expect(left.filter((name) => name.startsWith(id))).toEqual([]);
}

async function isWhole(words: readonly string[]): Promise<void> {
  const verified = parsed(await project.tenantry(...words, "--verify", "--json"));
  expect(verified).toMatchObject({ tenant: "acme", objects: FILES.length, rows: { notes: ROWS } });
}

const arrived = async () => (await cloud.calls()).reduce((sum, { count }) => sum + count, 0);

/** Starts a command and kills it with all that it started once so many calls have arrived. */
async function killed(words: readonly string[], after: number): Promise<void> {
  await cloud.forgetCalls();
  const env = { ...process.env, ...project.env };
  const child = spawn(TENANTRY, words, { cwd: project.dir, env, stdio: "ignore", detached: true });
  const ended = once(child, "exit");
  while ((await arrived()) < after && child.exitCode === null) await sleep(5);
  if (child.exitCode !== null) throw new Error(`${words.join(" ")} ended before it could be killed`);
  process.kill(-(child.pid ?? 0), "SIGKILL");
  await ended;
}

describe(`work on a tenant that is killed with -9 (KILL_SEED=${SEED})`, () => {
  it.each(Object.keys(KILLS).filter((work) => KILLS[work as Work] > 0) as Work[])(
    "is known: %s",
    async (work) => {
      const before = await contents();
      const part = KILLS[work];
      const words = await COMMANDS[work](part);
      await cloud.forgetCalls();
      const { code, stdout, stderr } = await project.asProcess(...words);
      expect({ code, said: code === 0 ? "" : stdout + stderr }).toEqual({ code: 0, said: "" });
      calls.set(work, await arrived());
      await AFTER[work](part, words, before);
    },
    SLOW,
  );

  it.each(moments)(
    "ends as if nothing had been when it is done once more: $work, after $percent percent of its calls",
    async ({ work, part, percent }) => {
      const before = await contents();
      const words = await COMMANDS[work](part);
      await killed(words, Math.max(1, Math.round((percent / 100) * (calls.get(work) ?? 0))));
      await ends(...words);
      await AFTER[work](part, words, before);
      const { databases } = await estateOf(cloud, PREFIX);
      expect(databases.filter((name) => name.includes("--"))).toEqual([]);
      expect((await project.tenantry("plan")).code).toBe(0);
    },
    SLOW,
  );
});
