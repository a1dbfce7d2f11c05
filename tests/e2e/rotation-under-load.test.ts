import { setTimeout as sleep } from "node:timers/promises";

import { ListObjectsV2Command } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect } from "@jest/globals";
import { createClient } from "@libsql/client";

import { machinesRun } from "../container/machine.ts";
import { s3For } from "../local/tigris/clients.ts";
import type { TestCloud } from "../support/cloud.ts";
import { isDeep } from "../support/deep.ts";
import { endFleet, startFleet, up } from "../support/fleet.ts";
import { parsed, type ScratchProject } from "../support/scratch-project.ts";
import { secretEnv } from "../support/secret-env.ts";
import { itIf } from "../support/skip.ts";

const SLOW = 600_000;
const DAY_MS = 86_400_000;
/** For how long a request is tried again before it counts as failed: a machine restarts once. */
const PATIENCE_MS = 60_000;
/** How many clients read and write at a time. */
const CLIENTS = 4;
const isTried = isDeep && machinesRun;

let cloud: TestCloud;
let project: ScratchProject;

beforeAll(async () => {
  if (!isTried) return;
  ({ cloud, project } = await startFleet({ machines: "processes", verbs: "cold" }));
  project.tenant("ada");
  project.tenant("bob");
  await up(project);
}, SLOW);

afterAll(async () => {
  if (!isTried) return;
  await endFleet({ cloud, project });
}, SLOW);

type Environment = Readonly<Record<string, string>>;
const environment = async (tenant: string): Promise<Environment> => await secretEnv(project.tenantry, tenant);
const status = async (tenant: string) =>
  parsed(await project.tenantry("status", tenant, "--json")) as {
    app: string;
    machine: string;
    url: string;
    state: string;
  };

interface Load {
  /** Ends the clients, and says how it went. */
  end(): Promise<LoadResult>;
}

interface LoadResult {
  readonly requests: number;
  /** Requests that got no good answer however often they were tried within `PATIENCE_MS`. */
  readonly failed: number;
  /** Requests that were tried more than once. */
  readonly triedAgain: number;
  /** The longest request, all attempts included, and the longest time without any good answer, in ms. */
  readonly slowestMs: number;
  readonly gapMs: number;
  /** Notes whose write was answered. */
  readonly written: readonly string[];
}

/** Clients that write a note through the app, onto the mount and into the index, and read it back, without a pause. */
function load(url: string, mark: string): Load {
  const until = new AbortController();
  const written: string[] = [];
  let [requests, failed, triedAgain, slowestMs, gapMs, answeredAt] = [0, 0, 0, 0, 0, performance.now()];
  const ask = async (method: string, path: string, body?: object): Promise<boolean> => {
    const began = performance.now();
    requests += 1;
    for (let attempt = 1; performance.now() - began < PATIENCE_MS; attempt += 1) {
      const answer = await fetch(`${url}${path}`, {
        method,
        signal: AbortSignal.timeout(PATIENCE_MS),
        ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
      }).catch(() => undefined);
      await answer?.arrayBuffer().catch(() => undefined);
      if (answer?.ok === true) {
        const now = performance.now();
        if (attempt > 1) triedAgain += 1;
        slowestMs = Math.max(slowestMs, now - began);
        gapMs = Math.max(gapMs, now - answeredAt);
        answeredAt = now;
        return true;
      }
      await sleep(50);
    }
    failed += 1;
    return false;
  };
  const clients = Array.from({ length: CLIENTS }, async (_, client) => {
    for (let at = 0; !until.signal.aborted; at += 1) {
      const id = `${mark}-${client}-${at}`;
      if (await ask("PUT", `/notes/${id}`, { title: id })) written.push(id);
      await ask("GET", `/notes/${id}`);
      await ask("GET", "/search?q=none");
    }
  });
  return {
    async end() {
      until.abort();
      await Promise.all(clients);
      const rounded = { slowestMs: Math.round(slowestMs), gapMs: Math.round(gapMs) };
      return { requests, failed, triedAgain, ...rounded, written };
    },
  };
}

/** Whether credentials still open what they were for. */
async function opens(env: Environment): Promise<{ readonly bucket: boolean; readonly database: boolean }> {
  const { AWS_ACCESS_KEY_ID: accessKeyId = "", AWS_SECRET_ACCESS_KEY: secretAccessKey = "" } = env;
  const s3 = s3For(cloud, { accessKeyId, secretAccessKey });
  const sql = createClient({ url: env["LIBSQL_URL"] ?? "", authToken: env["DATABASE_AUTH_TOKEN"] ?? "" });
  const is = (asked: Promise<unknown>) =>
    asked.then(
      () => true,
      () => false,
    );
  try {
    const [bucket, database] = await Promise.all([
      is(s3.send(new ListObjectsV2Command({ Bucket: env["BUCKET_NAME"] }))),
      is(sql.execute("SELECT 1")),
    ]);
    return { bucket, database };
  } finally {
    s3.destroy();
    sql.close();
  }
}

/** What was answered as written is there. */
async function missing(url: string, ids: readonly string[]): Promise<string[]> {
  const lost: string[] = [];
  for (const id of ids) if ((await fetch(`${url}/notes/${id}`)).status !== 200) lost.push(id);
  return lost;
}

function tell(what: string, { written, ...figures }: LoadResult): void {
  process.stderr.write(`${what}: ${JSON.stringify({ ...figures, written: written.length })}\n`);
}

describe("a client that reads and writes the whole time", () => {
  itIf(isTried, "make test-deep runs it, where machines can run")(
    "sees no request fail when credentials are replaced by age, and the old key opens nothing afterwards",
    async () => {
      const { url } = await status("ada");
      const before = await environment("ada");
      const clients = load(url, "planned");
      project.env["TENANTRY_NOW"] = new Date(Date.now() + 91 * DAY_MS).toISOString();
      const ran = await project.tenantry("rotate", "--due", "--apply");
      const result = await clients.end();
      tell("planned rotation", result);
      expect({ code: ran.code, stderr: ran.code === 0 ? "" : ran.stderr }).toEqual({ code: 0, stderr: "" });
      expect(result.failed).toBe(0);
      expect(result.requests).toBeGreaterThan(20);
      // A token cannot be revoked alone: the old one lives on until it ends by itself.
      expect(await opens(before)).toEqual({ bucket: false, database: true });
      expect(await opens(await environment("ada"))).toEqual({ bucket: true, database: true });
      expect(await missing(url, result.written)).toEqual([]);
    },
    SLOW,
  );

  itIf(isTried, "make test-deep runs it, where machines can run")(
    "is cut off for as long as the machine takes to start when the epoch is raised, and every old credential is refused",
    async () => {
      const { url } = await status("ada");
      const before = await environment("ada");
      expect(await opens(before)).toEqual({ bucket: true, database: true });
      const clients = load(url, "incident");
      const ran = await project.tenantry("rotate", "ada", "--apply", "--yes");
      const result = await clients.end();
      tell("epoch", result);
      expect({ code: ran.code, stderr: ran.code === 0 ? "" : ran.stderr }).toMatchObject({ code: 0 });
      expect(result.failed).toBe(0);
      expect(await opens(before)).toEqual({ bucket: false, database: false });
      expect(await opens(await environment("ada"))).toEqual({ bucket: true, database: true });
      expect(await missing(url, result.written)).toEqual([]);
    },
    SLOW,
  );

  itIf(isTried, "make test-deep runs it, where machines can run")(
    "wakes a machine that was stopped and stayed so through a rotation, and finds it with the new credentials",
    async () => {
      const { endpoint, token } = cloud.descriptor.fly;
      const headers = { authorization: `Bearer ${token}` };
      const { app, machine, url } = await status("bob");
      await fetch(`${endpoint}/v1/apps/${app}/machines/${machine}/stop`, { method: "POST", headers, body: "{}" });
      await fetch(`${endpoint}/v1/apps/${app}/machines/${machine}/wait?state=settled&timeout=60`, { headers });
      expect((await status("bob")).state).toBe("stopped");
      const before = await environment("bob");
      const ran = await project.tenantry("rotate", "bob", "--apply", "--yes");
      expect({ code: ran.code, stderr: ran.code === 0 ? "" : ran.stderr }).toMatchObject({ code: 0 });
      expect((await status("bob")).state).toBe("stopped");
      expect(await opens(before)).toEqual({ bucket: false, database: false });
      const written = await fetch(`${url}/notes/after`, {
        method: "PUT",
        body: JSON.stringify({ title: "after" }),
        headers: { "content-type": "application/json" },
      });
      expect(written.status).toBe(201);
      expect(await missing(url, ["after"])).toEqual([]);
    },
    SLOW,
  );
});
