import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { DeleteObjectCommand, GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";

import type { BucketAccess } from "../../../operations/files/key-forms.ts";
import { OWN_FOLDER } from "../../../operations/files/sync/carried-names.ts";
import { alone } from "../../../operations/files/sync/folder-lock.ts";
import { rcloneEngine } from "../../../operations/files/sync/rclone-engine.ts";
import { sdkEngine } from "../../../operations/files/sync/sdk-engine.ts";
import { carryOut, look, memoryOf, planned } from "../../../operations/files/sync/sync.ts";
import type { Pair, PlannedSync } from "../../../operations/files/sync/planned-sync.ts";
import type { SyncMemory } from "../../../operations/files/sync/sync-memory.ts";
import type { Direction, SyncPlan } from "../../../operations/files/sync/sync-plan.ts";
import { s3For } from "../../local/tigris/clients.ts";
import { hasProgram } from "../../support/programs.ts";
import { itIf } from "../../support/skip.ts";
import { type Laptop, laptop } from "./laptop.ts";

const LARGE = 12_000_000;
/** What rclone, left to itself, takes for other names: "／" for a slash, "．．" for the folder above, "␀" for a zero byte. */
const REWRITTEN = ["full／width", "．．", "notes/␀ and ‛", `${"long ".repeat(49)}name.md`];

let home: Laptop;
let access: BucketAccess;

beforeAll(async () => {
  home = await laptop();
  access = await home.access("bob-laptop", "read-write");
});
afterEach(() => home.cloud.faults());
afterAll(() => home.dispose());

/** One run of a verb, from the look to what is remembered. What could not be done is an error that names it. */
async function plannedAnew(pair: Pair, direction: Direction, { dryRun = false } = {}): Promise<PlannedSync> {
  mkdirSync(join(pair.dir, OWN_FOLDER), { recursive: true });
  return planned(pair, await look(pair, memoryOf(pair)), direction, { dryRun });
}
async function carried(pair: Pair, found: PlannedSync, { deleting = false } = {}): Promise<void> {
  const problems = await carryOut(pair, found, { deleting });
  (found.base as SyncMemory).flush();
  if (problems.size > 0) throw new Error([...problems].map(([path, reason]) => `${path}: ${reason}`).join("\n"));
}

const put = (Key: string, text: string) =>
  home.s3.send(new PutObjectCommand({ Bucket: home.bucket, Key, Body: Buffer.from(text) }));
const putInParts = (Key: string, Body: Buffer) =>
  new Upload({ client: home.s3, params: { Bucket: home.bucket, Key, Body } }).done();
const remove = (Key: string) => home.s3.send(new DeleteObjectCommand({ Bucket: home.bucket, Key }));

async function names(Prefix = ""): Promise<string[]> {
  const { Contents = [] } = await home.s3.send(new ListObjectsV2Command({ Bucket: home.bucket, Prefix }));
  return Contents.map(({ Key = "" }) => Key);
}

describe.each([
  ["rclone", hasProgram("rclone")],
  ["the AWS SDK", true],
])("pull and push by %s", (courier, isThere) => {
  let pair: Pair;
  beforeAll(async () => {
    for (const name of await names()) await remove(name);
    const client = s3For(home.cloud, { accessKeyId: access.key.keyId, secretAccessKey: access.key.secret });
    const by =
      courier === "rclone"
        ? rcloneEngine(access, process.env, sdkEngine(client, home.bucket))
        : sdkEngine(client, home.bucket);
    pair = { dir: join(home.dir, courier), access, client, engine: by, onProgress: () => undefined };
    mkdirSync(pair.dir);
  });

  /** What a run did, shortened to what is not empty. */
  async function sync(
    direction: Direction,
    { deleting = false } = {},
  ): Promise<Partial<Record<keyof SyncPlan, string[]>>> {
    const found = await plannedAnew(pair, direction);
    await carried(pair, found, { deleting });
    const { same: _, ...rest } = found.plan;
    const paths = Object.entries(rest).map(
      ([kind, files]) =>
        [kind, files.map((file) => (typeof file === "string" ? file : "as" in file ? file.as : file.path))] as const,
    );
    return Object.fromEntries(paths.filter(([, files]) => files.length > 0));
  }
  const here = (path: string) => readFileSync(join(pair.dir, path), "utf8");
  const write = (path: string, text: string | Buffer) => {
    writeFileSync(join(pair.dir, path), text);
  };

  itIf(isThere, `there is no ${courier} on PATH`)(
    "bring everything over once and nothing twice, whatever its name is",
    async () => {
      const odd = ["-rf", "notes/ünï cödé.md", "notes/[a]*{b}?.md", "empty", " leading and trailing ", ...REWRITTEN];
      for (const name of odd) await put(name, name === "empty" ? "" : name);
      await putInParts("large.bin", Buffer.alloc(LARGE, "large"));
      const { created = [] } = await sync("pull");
      expect(created.sort()).toEqual([...odd, "large.bin"].sort());
      expect(odd.map(here)).toEqual(odd.map((name) => (name === "empty" ? "" : name)));
      expect(here("large.bin")).toBe("large".repeat(LARGE / 5));
      expect([await sync("pull"), await sync("push")]).toEqual([{}, {}]);
      for (const name of odd) write(name, "mine");
      expect((await sync("push")).updated?.sort()).toEqual([...odd].sort());
      expect(await sync("pull")).toEqual({});
    },
  );

  itIf(isThere, `there is no ${courier} on PATH`)(
    "see that an object in parts was changed, though its size is the same and its ETag no checksum",
    async () => {
      await putInParts("large.bin", Buffer.alloc(LARGE, "other"));
      expect(await sync("pull")).toEqual({ updated: ["large.bin"] });
      expect(here("large.bin")).toBe("other".repeat(LARGE / 5));
      rmSync(join(pair.dir, ".tenantry"), { recursive: true });
      expect(await sync("pull")).toEqual({});
      write("large.bin", Buffer.alloc(LARGE, "third"));
      expect([await sync("push"), await sync("pull")]).toEqual([{ updated: ["large.bin"] }, {}]);
    },
  );

  itIf(isThere, `there is no ${courier} on PATH`)(
    "overwrite nobody: a change on both sides arrives beside, and then who has seen both decides",
    async () => {
      await put("both.md", "first");
      await sync("pull");
      await put("both.md", "the app's");
      write("both.md", "mine");
      const [mine = ""] = (await sync("push")).conflicts ?? [];
      expect(mine).toMatch(/^both\.conflict-bob-laptop-[0-9a-f]{8}\.md$/);
      expect(await names("both")).toEqual([mine, "both.md"]);
      expect(await sync("pull")).toEqual({ created: [mine], updated: ["both.md"] });
      expect([here("both.md"), here(mine)]).toEqual(["the app's", "mine"]);

      await put("both.md", "the app's second");
      write("both.md", "my second");
      const [theirs = ""] = (await sync("pull")).conflicts ?? [];
      expect([here("both.md"), here(theirs)]).toEqual(["my second", "the app's second"]);
      expect(await sync("pull")).toEqual({});
      expect(await sync("push")).toEqual({ created: [theirs], updated: ["both.md"] });
      expect(await sync("pull")).toEqual({});
    },
  );

  itIf(isThere, `there is no ${courier} on PATH`)(
    "delete only when told to, and only what both sides had and nobody has changed since",
    async () => {
      for (const name of ["old", "kept"]) await put(name, name);
      await sync("pull");
      for (const name of ["old", "kept"]) rmSync(join(pair.dir, name));
      await put("kept", "changed since");
      await put("only-there", "new");
      expect(await sync("push")).toEqual({ gone: ["old"], kept: ["kept"] });
      expect(await names("old")).toEqual(["old"]);
      await sync("push", { deleting: true });
      expect([await names("old"), await names("kept"), await names("only-there")]).toEqual([
        [],
        ["kept"],
        ["only-there"],
      ]);
      await sync("pull");
      await remove("only-there");
      expect(await sync("push")).toEqual({ deletedThere: ["only-there"] });
      await sync("pull", { deleting: true });
      expect(existsSync(join(pair.dir, "only-there"))).toBe(false);
    },
  );

  itIf(isThere, `there is no ${courier} on PATH`)(
    "place what has arrived, name what has not, and bring just that by the next run",
    async () => {
      for (const name of ["one", "two", "three"]) await put(`more/${name}`, name);
      await home.cloud.faults({ vendor: "tigris", operation: "^GetObject$", kind: "error", status: 403, skip: 2 });
      await expect(sync("pull")).rejects.toThrow(/^more\/\w+: did not arrive: /);
      const first = readdirSync(join(pair.dir, "more"));
      expect(first).toHaveLength(2);
      await home.cloud.faults();
      await home.cloud.forgetCalls();
      expect((await sync("pull")).created).toEqual(
        ["one", "three", "two"].filter((name) => !first.includes(name)).map((name) => `more/${name}`),
      );
      expect(["one", "two", "three"].map((name) => here(`more/${name}`))).toEqual(["one", "two", "three"]);
      const fetched = (await home.cloud.calls()).find(({ operation }) => operation === "GetObject");
      expect(fetched?.count).toBe(1);
    },
  );

  itIf(isThere, `there is no ${courier} on PATH`)(
    "leave a file alone that changes while it is being pulled",
    async () => {
      await put("meanwhile", "there");
      const found = await plannedAnew(pair, "pull");
      write("meanwhile", "here");
      await expect(carried(pair, found, { deleting: true })).rejects.toThrow("meanwhile: changed here meanwhile");
      expect(here("meanwhile")).toBe("here");
      expect(Object.keys(await sync("pull"))).toEqual(["conflicts"]);
    },
  );

  itIf(isThere, `there is no ${courier} on PATH`)("follow no link out of the folder, and carry none", async () => {
    const outside = join(home.dir, `outside ${courier}`);
    mkdirSync(outside);
    symlinkSync(outside, join(pair.dir, "way-out"));
    await put("way-out/file", "must not leave");
    expect(await sync("pull")).toEqual({ refused: ["way-out/file"] });
    expect(readdirSync(outside)).toEqual([]);
    await remove("way-out/file");
    expect(JSON.stringify(await sync("push"))).not.toContain("way-out");
  });

  itIf(isThere, `there is no ${courier} on PATH`)(
    "name what the bucket calls by control characters, and bring all others",
    async () => {
      const odd = ["a\u0001b.md", "end\u001f", "esc\u001b[2J.md", "line\nend\r"];
      for (const name of [...odd, "beside.md"]) await put(name, "there");
      const { created, refused } = await sync("pull");
      expect([created, refused?.sort()]).toEqual([["beside.md"], odd.sort()]);
      expect(here("beside.md")).toBe("there");
      for (const name of odd) await remove(name);
    },
  );

  itIf(isThere, `there is no ${courier} on PATH`)("say when the key opens nothing any more", async () => {
    const key = { ...access.key, secret: "tsec_no" };
    const client = s3For(home.cloud, { accessKeyId: key.keyId, secretAccessKey: key.secret });
    const stranger = plannedAnew({ ...pair, client, access: { ...access, key } }, "pull", { dryRun: true });
    await expect(stranger).rejects.toMatchObject({ code: "SYNC_REFUSED" });
  });
});

describe("what comes into the bucket between the look and the push", () => {
  let pair: Pair;
  beforeAll(async () => {
    for (const name of await names()) await remove(name);
    const client = s3For(home.cloud, { accessKeyId: access.key.keyId, secretAccessKey: access.key.secret });
    const courier = sdkEngine(client, home.bucket);
    pair = { dir: join(home.dir, "between"), access, client, engine: courier, onProgress: () => undefined };
    mkdirSync(pair.dir);
  });
  const write = (path: string, text: string | Buffer) => {
    writeFileSync(join(pair.dir, path), text);
  };
  const pushed = async (meanwhile: () => Promise<unknown>, { deleting = false } = {}) => {
    const found = await plannedAnew(pair, "push");
    await meanwhile();
    await carried(pair, found, { deleting });
    return found.plan;
  };
  const text = async (Key: string) =>
    (await home.s3.send(new GetObjectCommand({ Bucket: home.bucket, Key }))).Body?.transformToString();

  it.each([
    ["new", undefined, "mine"],
    ["changed", "first", "mine"],
    ["changed-in-parts", Buffer.alloc(LARGE, "first"), Buffer.alloc(LARGE, "other")],
  ])("is not overwritten by a file that is %s, and the next run keeps both", async (name, first, mine) => {
    if (first !== undefined) {
      write(name, first);
      await pushed(() => Promise.resolve());
    }
    write(name, mine);
    await expect(pushed(() => put(name, "the app's"))).rejects.toThrow(`${name}: changed in the bucket meanwhile`);
    expect(await text(name)).toBe("the app's");
    const { conflicts } = await pushed(() => Promise.resolve());
    expect(await text(conflicts[0]?.as ?? "")).toBe(mine.toString());
    expect(await text(name)).toBe("the app's");
  });

  it("is not deleted", async () => {
    await put("going", "first");
    await carried(pair, await plannedAnew(pair, "pull"), { deleting: false });
    rmSync(join(pair.dir, "going"));
    const deleted = pushed(() => put("going", "the app's"), { deleting: true });
    await expect(deleted).rejects.toThrow("going: changed in the bucket meanwhile");
    expect(await text("going")).toBe("the app's");
  });

  it("is not forgotten when the copy of a conflict could not be uploaded: the file here counts as changed still", async () => {
    write("both", "first");
    await pushed(() => Promise.resolve());
    await put("both", "the app's");
    write("both", "mine");
    const failing = { vendor: "tigris", operation: "^PutObject$", kind: "error", status: 403 } as const;
    await expect(pushed(() => home.cloud.faults(failing))).rejects.toThrow("both: was not uploaded");
    await home.cloud.faults();
    await carried(pair, await plannedAnew(pair, "pull"), { deleting: false });
    expect(readFileSync(join(pair.dir, "both"), "utf8")).toBe("mine");
  });
});

describe("two runs on one folder", () => {
  it("do not mix; what a killed one has left is taken over", async () => {
    const dir = join(home.dir, "alone");
    const inside = alone(dir, () => alone(dir, () => Promise.resolve("both")));
    await expect(inside).rejects.toMatchObject({ code: "SYNC_BUSY" });
    writeFileSync(join(dir, ".tenantry/busy"), "999999999");
    expect(await alone(dir, () => Promise.resolve("one"))).toBe("one");
    expect(existsSync(join(dir, ".tenantry/busy"))).toBe(false);
  });
});
