import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { DeleteObjectCommand, GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from "@aws-sdk/client-s3";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";

import { clientFor } from "../../../operations/files/access-client.ts";
import type { BucketAccess } from "../../../operations/files/key-forms.ts";
import { keepTogether, type LiveOptions } from "../../../operations/files/live/keep-together.ts";
import { type SyncEvent, type Memory, round, type RoundOptions } from "../../../operations/files/live/round.ts";
import { unseenPushes } from "../../../operations/files/live/unseen-pushes.ts";
import { alone } from "../../../operations/files/sync/folder-lock.ts";
import { sdkEngine } from "../../../operations/files/sync/sdk-engine.ts";
import type { Pair } from "../../../operations/files/sync/planned-sync.ts";
import { type Laptop, laptop } from "./laptop.ts";

const SLOW = 60_000;

let home: Laptop;
let writer: BucketAccess;
let reader: BucketAccess;
let pair: Pair;
let memory: Memory;
let count = 0;

beforeAll(async () => {
  home = await laptop();
  [writer, reader] = await Promise.all([home.access("bob", "read-write"), home.access("alice", "read-only")]);
});
beforeEach(async () => {
  for (const name of await there()) await home.s3.send(new DeleteObjectCommand({ Bucket: home.bucket, Key: name }));
  count += 1;
  pair = await pairOf(writer);
  memory = { base: new Map(), unseen: unseenPushes(0), missing: new Set() };
});
afterEach(() => home.cloud.faults());
afterAll(() => home.dispose());

async function pairOf(access: BucketAccess): Promise<Pair> {
  const client = await clientFor(access);
  const dir = join(home.dir, `live-${count}`);
  mkdirSync(join(dir, ".tenantry"), { recursive: true });
  // As folder-lock.ts makes it: what a round takes the folder by.
  writeFileSync(join(dir, ".tenantry/busy"), String(process.pid));
  return { dir, access, client, engine: sdkEngine(client, access.key.bucket), onProgress: () => undefined };
}

async function there(): Promise<string[]> {
  const { Contents = [] } = await home.s3.send(new ListObjectsV2Command({ Bucket: home.bucket }));
  return Contents.map(({ Key = "" }) => Key);
}
const put = (Key: string, text: string) =>
  home.s3.send(new PutObjectCommand({ Bucket: home.bucket, Key, Body: Buffer.from(text) }));
const removeThere = (Key: string) => home.s3.send(new DeleteObjectCommand({ Bucket: home.bucket, Key }));
const textThere = async (Key: string) =>
  (await home.s3.send(new GetObjectCommand({ Bucket: home.bucket, Key }))).Body?.transformToString();
const write = (path: string, text: string | Buffer) => {
  writeFileSync(join(pair.dir, path), text);
};
const here = () => readdirSync(pair.dir).filter((name) => name !== ".tenantry");
const textHere = (path: string) => readFileSync(join(pair.dir, path), "utf8");

/** What the files of both sides hold, by name: the same on both, or this fails. */
async function both(): Promise<Record<string, string>> {
  const texts = here().map((name) => [name, textHere(name)] as const);
  const others = await Promise.all((await there()).map(async (name) => [name, await textThere(name)] as const));
  expect(Object.fromEntries(others)).toEqual(Object.fromEntries(texts));
  return Object.fromEntries(texts);
}

async function rounds(options: Partial<RoundOptions> = {}): Promise<string[]> {
  const { events } = await round(pair, memory, { deleting: false, isReadOnly: false, ...options });
  return events.map(({ what, path }: SyncEvent) => `${what} ${path}`);
}

describe("a round of live", () => {
  it("brings each side's changes to the other, and then has nothing to do", async () => {
    write("mine", "mine");
    await put("theirs", "theirs");
    expect(await rounds()).toEqual(["pushed mine", "pulled theirs"]);
    write("theirs", "changed here");
    await put("mine", "changed there");
    expect(await rounds()).toEqual(["pushed theirs", "pulled mine"]);
    expect(await rounds()).toEqual([]);
    expect(await both()).toEqual({ mine: "changed there", theirs: "changed here" });
  });

  it("settles a change on both sides: the bucket's has the path, the local one lies beside it, on both sides", async () => {
    write("note.md", "first");
    await rounds();
    write("note.md", "mine");
    await put("note.md", "the app's");
    expect(await rounds()).toEqual([
      "conflict note.md",
      expect.stringMatching(/^pulled note\.conflict-bob-/),
      "pulled note.md",
    ]);
    expect(await rounds()).toEqual([]);
    expect(Object.values(await both()).sort()).toEqual(["mine", "the app's"]);
    expect(textHere("note.md")).toBe("the app's");
  });

  it("keeps beside what a machine has overwritten that cannot have seen it yet, or has deleted so", async () => {
    memory = { ...memory, unseen: unseenPushes(60_000) };
    write("note.md", "first");
    write("gone.md", "first");
    await rounds();
    write("note.md", "mine");
    write("gone.md", "mine too");
    await rounds();
    await put("note.md", "of a machine that knew the first");
    await removeThere("gone.md");
    expect((await rounds({ deleting: true })).filter((line) => !line.startsWith("pulled"))).toEqual([
      "pushed gone.md",
      "conflict note.md",
    ]);
    expect(Object.values(await both()).sort()).toEqual(["mine", "mine too", "of a machine that knew the first"]);
  });

  it.each(["in the round that pushes it", "after it was saved once more while it was pushed"])(
    "keeps beside what such a machine overwrites %s",
    async (when) => {
      memory = { ...memory, unseen: unseenPushes(60_000) };
      write("note.md", "first");
      await rounds();
      const ofMachine = () => put("note.md", "of a machine that knew the first");
      const isAtOnce = when === "in the round that pushes it";
      const { engine } = pair;
      const upload: typeof engine.upload = async (...args) => {
        if (!isAtOnce) write("note.md", "mine");
        const landed = await engine.upload(...args);
        if (isAtOnce) await ofMachine();
        return landed;
      };
      write("note.md", isAtOnce ? "mine" : "mine, almost");
      pair = { ...pair, engine: { ...engine, upload } };
      await rounds();
      pair = { ...pair, engine };
      await rounds();
      if (!isAtOnce) await ofMachine();
      while ((await rounds()).length > 0);
      expect(Object.values(await both()).sort()).toEqual(["mine", "of a machine that knew the first"]);
    },
  );

  it("takes a later change of a machine for what it is: by then it has seen ours", async () => {
    write("note.md", "mine");
    await rounds();
    await put("note.md", "mine, and the app's");
    expect(await rounds()).toEqual(["pulled note.md"]);
    expect(await both()).toEqual({ "note.md": "mine, and the app's" });
  });

  it("deletes nothing unless told to, and brings nothing back that was deleted", async () => {
    for (const name of ["here", "there"]) write(name, name);
    await rounds();
    rmSync(join(pair.dir, "here"));
    await removeThere("there");
    expect([await rounds(), await rounds()]).toEqual([[], []]);
    expect([here(), await there()]).toEqual([["there"], ["here"]]);
    await put("here", "changed since");
    expect(await rounds()).toEqual(["pulled here"]);
  });

  it("deletes with --delete what is missing twice and has not changed since", async () => {
    for (const name of ["here", "there", "moment"]) write(name, name);
    await rounds();
    rmSync(join(pair.dir, "here"));
    rmSync(join(pair.dir, "moment"));
    await removeThere("there");
    const deleting = { deleting: true };
    expect(await rounds(deleting)).toEqual(["deleted here there"]);
    write("moment", "back, as an editor does it");
    expect(await rounds(deleting)).toEqual(["pushed moment", "deleted there here"]);
    expect(await both()).toEqual({ moment: "back, as an editor does it" });
  });

  it("waits for a large file until it is left alone", async () => {
    write("large.bin", Buffer.alloc(6_000_000));
    expect(await rounds()).toEqual([]);
    expect(await rounds({ isEnding: true })).toEqual(["pushed large.bin"]);
  });

  it("with a key that may only read goes one way, and keeps what was changed here", async () => {
    pair = await pairOf(reader);
    const one = { isReadOnly: true };
    await put("note.md", "first");
    write("own.md", "own");
    expect(await rounds(one)).toEqual(["pulled note.md"]);
    write("note.md", "mine");
    await put("note.md", "the app's");
    expect(await rounds(one)).toEqual(["conflict note.md"]);
    expect(await rounds(one)).toEqual([]);
    expect(here().map(textHere).sort()).toEqual(["mine", "own", "the app's"]);
    expect(await there()).toEqual(["note.md"]);
  });

  it("takes a side that has lost everything at once for no deletion", async () => {
    for (const name of ["one", "two"]) write(name, name);
    await rounds();
    const deleting = { deleting: true };
    for (const name of ["one", "two"]) rmSync(join(pair.dir, name));
    expect(await rounds(deleting)).toEqual([]);
    await expect(rounds(deleting)).rejects.toMatchObject({ code: "LIVE_SIDE_GONE" });
    for (const name of ["one", "two"]) write(name, name);
    await rounds(deleting);
    for (const name of ["one", "two"]) await removeThere(name);
    await expect(rounds(deleting)).rejects.toMatchObject({ code: "LIVE_SIDE_GONE" });
    expect(here()).toEqual(["one", "two"]);
  });

  it("takes a folder that is gone, say with its disk, for no deletion", async () => {
    write("note.md", "first");
    await rounds();
    rmSync(pair.dir, { recursive: true });
    const gone = async () => [await rounds({ deleting: true }), await rounds({ deleting: true })];
    await expect(gone()).rejects.toMatchObject({ code: "LIVE_SIDE_GONE" });
    expect(await there()).toEqual(["note.md"]);
  });
});

/** Live in the background, with all it says. */
function together(options: Partial<LiveOptions> = {}) {
  rmSync(join(pair.dir, ".tenantry/busy"));
  const [end, said, done] = [new AbortController(), [] as string[], [] as string[]];
  const defaults = { everyMs: 1000, seenWithinMs: 2000, deleting: false, isReadOnly: false, stopped: end.signal };
  const tell = ({ what, path }: SyncEvent) => void done.push(`${what} ${path}`);
  const running = alone(pair.dir, () =>
    keepTogether(pair, { ...defaults, tell, note: (line) => void said.push(line), ...options }),
  );
  running.catch(() => undefined);
  const until = async (isSo: () => boolean) => {
    while (!isSo()) await Promise.race([sleep(20), running.then(() => Promise.reject(new Error("has ended")))]);
  };
  return { said, done, until, end: () => (end.abort(), running) };
}

describe("live", () => {
  it(
    "carries what changes in a new folder, too, and ends with everything on both sides",
    async () => {
      const live = together();
      await put("from-there", "there");
      await live.until(() => live.done.includes("pulled from-there"));
      mkdirSync(join(pair.dir, "new"));
      write("new/from-here", "here");
      await live.until(() => live.done.includes("pushed new/from-here"));
      write("last", "written at the very end");
      expect(await live.end()).toEqual([]);
      expect(await textThere("last")).toBe("written at the very end");
      expect(existsSync(join(pair.dir, ".tenantry/busy"))).toBe(false);
    },
    SLOW,
  );

  it(
    "says once that the network is lost and once that it is back, and loses nothing over it",
    async () => {
      const live = together();
      write("before", "1");
      await live.until(() => live.done.includes("pushed before"));
      await home.cloud.kill();
      write("meanwhile", "2");
      await live.until(() => live.said.some((line) => line.includes("retrying")));
      await sleep(1500);
      await home.cloud.restart();
      await live.until(() => live.done.includes("pushed meanwhile"));
      await live.end();
      expect(live.said).toEqual([expect.stringContaining("does not answer correctly"), "connected again"]);
    },
    SLOW,
  );

  it(
    "says at the end what is not on both sides",
    async () => {
      const live = together();
      write("arrives", "1");
      await live.until(() => live.done.includes("pushed arrives"));
      await home.cloud.faults({ vendor: "tigris", operation: "^PutObject$", kind: "error", status: 403 });
      write("does-not", "2");
      await live.until(() => live.done.includes("problem does-not"));
      await expect(live.end()).rejects.toThrow(/LIVE_APART: (?:.*: )?does-not/);
    },
    SLOW,
  );

  it("ends when its key opens nothing any more", async () => {
    const key = { ...writer.key, secret: "tsec_no" };
    pair = await pairOf({ ...writer, key });
    const live = together();
    await expect(live.until(() => false)).rejects.toMatchObject({ code: "SYNC_REFUSED" });
  });

  it("is alone in its folder", async () => {
    const live = together();
    await expect(alone(pair.dir, () => Promise.resolve())).rejects.toMatchObject({ code: "SYNC_BUSY" });
    await live.end();
  });
});
