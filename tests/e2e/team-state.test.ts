import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { CreateBucketCommand, DeleteObjectCommand, GetObjectCommand, ListObjectsV2Command } from "@aws-sdk/client-s3";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";

import { secretEnv } from "../support/secret-env.ts";
import { startCloud, type TestCloud } from "../support/cloud.ts";
import { endFleet } from "../support/fleet.ts";
import type { Ran } from "../support/scratch-project.ts";
import { s3Of, stateUrl, type TeamProject, teamProject } from "../support/team-project.ts";
import { estateOf } from "./estate.ts";
import { processesOf } from "./processes.ts";

const SLOW = 600_000;
const small = "owner: team@example.com\ndatabase: { engine: none }\n";
const TENANTRY = join(import.meta.dirname, "../../cli/tenantry");

let cloud: TestCloud;
let project: TeamProject;

beforeAll(async () => {
  cloud = await startCloud();
  project = await teamProject(cloud, { verbs: "warm" });
  project.tenant("acme");
}, SLOW);

afterEach(() => cloud.faults());

afterAll(() => endFleet({ cloud, project }));

/** `tenantry …` on another computer of the team, in the same checkout. */
function elsewhere(...args: string[]): Promise<Ran> {
  return project.tenantryWith(project.elsewhere(), ...args);
}

/** Starts an `up` in a process group of its own, and answers when it has begun to change something at Fly. */
async function begunUp() {
  await cloud.forgetCalls();
  await cloud.faults({ kind: "latency", vendor: "fly", mutating: true, latencyMs: 1500 });
  const child = spawn(TENANTRY, ["up"], {
    cwd: project.dir,
    env: { ...process.env, ...project.env },
    stdio: "ignore",
    detached: true,
  });
  const ended = once(child, "exit") as Promise<[number | null, string | null]>;
  await cloud.called(1, child, "fly");
  const pulumi = processesOf(project.env["TENANTRY_HOME"] ?? "").find(({ name, parent }) => {
    return name === "pulumi" && parent === child.pid;
  });
  if (pulumi === undefined) throw new Error("the up has ended too early");
  return {
    ended,
    kill: () => process.kill(-(child.pid ?? 0), "SIGKILL"),
    /** Holds the engine, which holds the lock, until the answered function is called. */
    hold() {
      process.kill(pulumi.pid, "SIGSTOP");
      return () => process.kill(pulumi.pid, "SIGCONT");
    },
  };
}

async function stateObjects(): Promise<string[]> {
  const { Contents = [] } = await s3Of(cloud).send(new ListObjectsV2Command({ Bucket: "team-state" }));
  return Contents.map(({ Key = "" }) => Key);
}

async function stateObject(key: string): Promise<string> {
  const { Body } = await s3Of(cloud).send(new GetObjectCommand({ Bucket: "team-state", Key: key }));
  return (await Body?.transformToString()) ?? "";
}

/** What `work` asks of Pulumi, but for reading its state. The project's own programs come first on PATH. */
async function askedOfPulumi(work: () => Promise<Ran>): Promise<{ ran: Ran; asked: string[] }> {
  const folder = join(project.dir, ".tenantry/bin");
  const log = join(project.dir, "pulumi.log");
  mkdirSync(folder, { recursive: true });
  writeFileSync(log, "");
  const lines = ["#!/bin/sh", `echo "$1 $2" >> "${log}"`, `PATH=\${PATH#"${folder}:"}`, 'exec pulumi "$@"'];
  writeFileSync(join(folder, "pulumi"), `${lines.join("\n")}\n`, { mode: 0o755 });
  const ran = await work();
  rmSync(join(folder, "pulumi"));
  const asked = readFileSync(log, "utf8").split("\n");
  return { ran, asked: asked.filter((line) => line !== "" && !line.startsWith("stack export")) };
}

describe("a state in a bucket (each case goes on from the one before)", () => {
  it(
    "has to be made on purpose, and a place that nobody named is asked for",
    async () => {
      expect(await project.tenantry("plan")).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/^STACK_NOT_MADE: .*\n {2}next: .*pulumi stack init/) as unknown,
      });
      const { PULUMI_BACKEND_URL: place = "" } = project.env;
      delete project.env["PULUMI_BACKEND_URL"];
      const unnamed = await project.asProcess("plan");
      project.env["PULUMI_BACKEND_URL"] = place;
      expect(unnamed).toMatchObject({ code: 1, stderr: expect.stringMatching(/^STATE_LOGIN: /) as unknown });
      expect(await project.pulumi("stack", "init", "--secrets-provider", "passphrase")).toMatchObject({ code: 0 });
    },
    SLOW,
  );

  it(
    "is the same for every computer of the team, and keeps its secrets encrypted",
    async () => {
      expect(await project.tenantry("up")).toMatchObject({ code: 0 });
      expect(await elsewhere("plan")).toMatchObject({
        code: 0,
        stdout: expect.stringContaining("no change") as unknown,
      });
      const { AWS_SECRET_ACCESS_KEY: key = "", DATABASE_AUTH_TOKEN: token = "" } = await secretEnv(elsewhere, "acme");
      const texts = await Promise.all((await stateObjects()).map(stateObject));
      expect([key.length > 20, token.length > 20]).toEqual([true, true]);
      expect(texts.filter((text) => text.includes(key) || text.includes(token))).toEqual([]);
    },
    SLOW,
  );

  it(
    "has beside it which tenants are settled, so that no computer of the team looks at them again, and all do when that is lost",
    async () => {
      const key = (await stateObjects()).find((each) => each.endsWith(".tenantry/history/.settled/dev.json")) ?? "";
      const { tenants } = JSON.parse(await stateObject(key)) as { tenants: Record<string, unknown> };
      expect(Object.keys(tenants)).toEqual(["acme"]);
      const settled = await askedOfPulumi(() => elsewhere("plan", "--no-refresh"));
      expect([settled.ran.code, settled.asked]).toEqual([0, []]);
      await s3Of(cloud).send(new DeleteObjectCommand({ Bucket: "team-state", Key: key }));
      const lost = await askedOfPulumi(() => elsewhere("plan", "--no-refresh"));
      expect([lost.ran.code, lost.asked]).toEqual([0, [expect.stringMatching(/^preview /)]]);
    },
    SLOW,
  );

  it(
    "is kept as each up left it, and an earlier one can be put back",
    async () => {
      project.tenant("bolt", small);
      expect(await project.tenantry("up")).toMatchObject({ code: 0 });
      const checkpoints = (await stateObjects()).filter((key) => key.endsWith(".checkpoint.json")).sort();
      expect(checkpoints).toHaveLength(2);
      const before = JSON.parse(await stateObject(checkpoints[0] ?? "")) as {
        version: number;
        checkpoint: { latest: unknown };
      };
      const { version, checkpoint } = before;
      const deployment = JSON.stringify({ version, deployment: checkpoint.latest });
      const put = await project.shell(`pulumi stack import --stack dev <<'EOF'\n${deployment}\nEOF`);
      expect(put).toMatchObject({ code: 0 });
      expect(await project.tenantry("plan")).toMatchObject({
        code: 2,
        stdout: expect.stringContaining("1 of 2 tenants unchanged") as unknown,
      });
      // What exists already is found by its marks, not made again.
      expect(await project.tenantry("up")).toMatchObject({ code: 0 });
      expect((await estateOf(cloud, "team", "dev")).buckets).toEqual(["acme", "bolt"]);
    },
    SLOW,
  );

  it(
    "moves to another bucket",
    async () => {
      await s3Of(cloud).send(new CreateBucketCommand({ Bucket: "moved-state" }));
      const moved = stateUrl(cloud, "moved-state");
      const line = [
        "pulumi stack export --stack dev --file exported.json",
        `export PULUMI_BACKEND_URL='${moved}'`,
        "pulumi stack init dev --secrets-provider passphrase --non-interactive",
        "pulumi stack import --stack dev --file exported.json",
      ].join(" && ");
      expect(await project.shell(line)).toMatchObject({ code: 0 });
      const there = { ...project.elsewhere(), PULUMI_BACKEND_URL: moved };
      expect(await project.tenantryWith(there, "plan")).toMatchObject({ code: 0 });
    },
    SLOW,
  );
});

describe("the lock of a state in a bucket (each case goes on from the one before)", () => {
  it(
    "refuses a second up and says who holds it; a plan may go on",
    async () => {
      project.tenant("cork", small);
      const { ended, hold } = await begunUp();
      const goOn = hold();
      const [second, plan] = [await elsewhere("up"), await elsewhere("plan", "--no-refresh")];
      await cloud.faults();
      goOn();
      expect(second).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/^STACK_LOCKED: process \d+ holds dev since \S+\n {2}next: Wait/m) as unknown,
      });
      expect(plan).toMatchObject({ code: 2 });
      expect(await ended).toEqual([0, null]);
    },
    SLOW,
  );

  it(
    "stays when its up was killed; the advised command removes it, and the next up makes good what was begun",
    async () => {
      project.tenant("dune", small);
      const { ended, kill } = await begunUp();
      kill();
      await ended;
      await cloud.faults();
      const refused = await project.tenantry("up");
      expect(refused).toMatchObject({ code: 1, stderr: expect.stringMatching(/no such process any more/) as unknown });
      const advised = /`(pulumi cancel [^`]*)`/.exec(refused.stderr)?.[1] ?? "";
      expect(await project.shell(advised)).toMatchObject({ code: 0 });
      expect(await project.tenantry("up")).toMatchObject({ code: 0 });
      expect(await elsewhere("plan")).toMatchObject({ code: 0 });
      expect((await estateOf(cloud, "team", "dev")).buckets).toEqual(["acme", "bolt", "cork", "dune"]);
    },
    SLOW,
  );
});
