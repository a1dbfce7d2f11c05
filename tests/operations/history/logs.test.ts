import { randomUUID } from "node:crypto";
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command } from "@aws-sdk/client-s3";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";

import { bucketLog } from "../../../operations/history/bucket-log.ts";
import { checkHistory } from "../../../operations/history/check.ts";
import { chained, type HistoryEvent } from "../../../operations/history/entry.ts";
import { historyErrors } from "../../../operations/history/errors.ts";
import { fileLog } from "../../../operations/history/file-log.ts";
import type { HistoryLog } from "../../../operations/history/log.ts";
import { startCloud, type TestCloud } from "../../support/cloud.ts";
import { s3Of } from "../../support/team-project.ts";

const BUCKET = "team-history";
let cloud: TestCloud;
let dir: string;

function event(actor: string): HistoryEvent {
  return { kind: "begun", time: new Date().toISOString(), stack: "dev", run: randomUUID(), actor, from: "here" };
}

/** Adds a line as `up` does: until it is there. */
async function add(log: HistoryLog, actor: string): Promise<void> {
  for (;;) {
    const tail = await log.tail();
    if (await log.append(tail, chained(tail, [event(actor), event(actor)]))) return;
  }
}

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "tenantry-history-"));
  cloud = await startCloud({ vendors: ["tigris"] });
  await s3Of(cloud).send(new CreateBucketCommand({ Bucket: BUCKET }));
  process.env["AWS_ACCESS_KEY_ID"] = cloud.descriptor.tigris.accessKeyId;
  process.env["AWS_SECRET_ACCESS_KEY"] = cloud.descriptor.tigris.secretAccessKey;
});

afterEach(() => cloud.faults());

afterAll(async () => {
  delete process.env["AWS_ACCESS_KEY_ID"];
  delete process.env["AWS_SECRET_ACCESS_KEY"];
  rmSync(dir, { recursive: true });
  await cloud.dispose();
});

function inBucket(prefix: string): HistoryLog {
  const { endpoint } = cloud.descriptor.tigris;
  return bucketLog(`s3://${BUCKET}/${prefix}?endpoint=${endpoint}&region=auto&s3ForcePathStyle=true`, "dev");
}

describe("a history in a file", () => {
  it("grows line by line, and only its owner can read it", async () => {
    const path = join(dir, "grows", "dev.jsonl");
    const log = fileLog(path, false);
    expect(await log.lines()).toEqual([]);
    await add(log, "ada");
    await add(log, "ben");
    expect(checkHistory(await log.lines())).toMatchObject({ faults: [], entries: { length: 4 } });
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it("refuses lines that follow another tail than its own", async () => {
    const log = fileLog(join(dir, "refuses.jsonl"), false);
    const tail = await log.tail();
    await add(log, "ada");
    expect(await log.append(tail, chained(tail, [event("ben")]))).toBe(false);
  });

  it("goes on after a line that a crash has cut off, and tells which", async () => {
    const path = join(dir, "cut.jsonl");
    const log = fileLog(path, false);
    await add(log, "ada");
    appendFileSync(path, '{"line":3,"previous":"ab');
    await add(log, "ben");
    expect(readFileSync(path, "utf8").split("\n")).toHaveLength(6);
    const { faults, entries } = checkHistory(await log.lines());
    expect(faults).toEqual([{ line: 3, what: expect.stringContaining("cut off") as unknown }]);
    expect(entries).toHaveLength(4);
  });
});

describe("a history in a bucket", () => {
  it("is one chain, although many add to it at the same time", async () => {
    const names = ["ada", "ben", "cyd", "dan", "eva", "fay"];
    await Promise.all(names.map((name) => add(inBucket("many"), name)));
    const { faults, entries } = checkHistory(await inBucket("many").lines());
    expect(faults).toEqual([]);
    expect(entries.map(({ actor }) => actor).sort()).toEqual(names.flatMap((name) => [name, name]));
  });

  it("holds a line once, also when the answer to its writing was lost", async () => {
    await cloud.faults({ kind: "reset", operation: "PutObject", when: "after", times: 1 });
    await add(inBucket("lost"), "ada");
    expect(checkHistory(await inBucket("lost").lines())).toMatchObject({ faults: [], entries: { length: 2 } });
  });

  it("keeps the logs of stacks apart, each line in an object that nothing overwrites", async () => {
    await add(inBucket("apart"), "ada");
    await add(inBucket("apart"), "ben");
    const { Contents = [] } = await s3Of(cloud).send(new ListObjectsV2Command({ Bucket: BUCKET, Prefix: "apart/" }));
    const keys = Contents.map(({ Key = "" }) => Key);
    expect(keys).toEqual(["apart/dev/0000000001.jsonl", "apart/dev/0000000003.jsonl"]);
    const { Body } = await s3Of(cloud).send(new GetObjectCommand({ Bucket: BUCKET, Key: keys[0] }));
    expect(await Body?.transformToString()).toContain("ada");
    const empty = { count: 0, hash: null };
    expect(await inBucket("apart").append(empty, chained(empty, [event("eve")]))).toBe(false);
  });

  it("says so when it can't be reached", async () => {
    await expect(
      bucketLog("s3://no-such-bucket?endpoint=http://127.0.0.1:9&region=auto", "dev").lines(),
    ).rejects.toMatchObject({
      kind: historyErrors.HISTORY_UNREACHABLE,
    });
    expect(() => bucketLog("s3://", "dev")).toThrow("HISTORY_PLACE");
  });
});
