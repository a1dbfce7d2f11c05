import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFile, chmod, type FileHandle, open, readdir, readFile, rename, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";

import {
  CompleteMultipartUploadCommand,
  type CompletedPart,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  PutObjectCommand,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect } from "@jest/globals";

import * as mounted from "../../operations/files/mounted.ts";
import { type Laptop, laptop } from "../operations/files/laptop.ts";
import { itIf } from "../support/skip.ts";
import { machinesRun, whyNoMachine } from "./machine.ts";

const KB = 1024;
const MB = 1024 * KB;
/** Of the C library: Node has no name for it. */
const ESTALE = 116;
/** Above what TigrisFS reads ahead, so that not all of it is in memory. */
const LARGE = 6 * MB;
/** No look-up asks the bucket anew while a test runs. */
const LONG = { TIGRISFS_STAT_CACHE_TTL: "1h" };
/** Sizes of a file that is changed elsewhere, before and after. */
const CHANGES = [
  ["longer", 100, 5_000],
  ["shorter", 5_000, 100],
  ["as long as before", 5_000, 5_000],
  ["much longer", 100, 300_000],
  ["much shorter", 300_000, 100],
  ["longer than what is read ahead", 100, LARGE],
  ["empty", 5_000, 0],
] as const;
/** What is in the bucket before anything is mounted, by its length: a long cache misses new names too. */
const FIRST: Readonly<Record<string, number>> = {
  ...Object.fromEntries(CHANGES.map(([what, before]) => [`changed/${what}`, before])),
  "changed/removed": 5_000,
  "changed/anew": 5_000,
  "listed/empty": 0,
  "listed/file": 5_000,
  "open/small": 300_000,
  "open/mapped": 300_000,
  "open/large": LARGE,
  "own/unsaved": 300_000,
  "own/log": 100,
};
const MMAP = `
import mmap, sys
with open(sys.argv[1], "rb") as f:
    pages = mmap.mmap(f.fileno(), 0, prot=mmap.PROT_READ)
print(pages[:4096].hex(), flush=True)
sys.stdin.readline()
print(pages[:].hex(), flush=True)
`;

let home: Laptop;
/** As `tenantry mount --read-only` has it, but with a long cache; and one that writes; and one that soon looks again. */
let reader: string;
let writer: string;
let brief: string;
const places: mounted.MountPlace[] = [];

beforeAll(async () => {
  if (!machinesRun) return;
  home = await laptop();
  await Promise.all(Object.entries(FIRST).map(([name, size]) => put(name, version(1, size))));
  await Promise.all(["changed/in-parts", "own/first"].map((name) => putInParts(name, version(1, LARGE))));
  const [alice, bob] = await Promise.all([home.access("alice", "read-only"), home.access("bob", "read-write")]);
  const mount = async (name: string, access: typeof alice, env: Record<string, string>) => {
    const place = mounted.mountPlace(home.cloud.home, join(home.dir, name));
    const readOnly = access.key.mode === "read-only";
    await mounted.mount(access, place, { readOnly, env: { ...process.env, ...env } });
    places.push(place);
    return place.dir;
  };
  [reader, writer, brief] = await Promise.all([
    mount("reader", alice, LONG),
    mount("writer", bob, { ...LONG, TIGRISFS_ENABLE_PERMS: "true" }),
    mount("brief", alice, { TIGRISFS_STAT_CACHE_TTL: "1s" }),
  ]);
}, 60_000);
afterAll(async () => {
  if (!machinesRun) return;
  await Promise.all(places.map(mounted.unmount));
  await home.dispose();
}, 60_000);

/** A version by which one knows whether it is whole: each line has the version and the number of the line. */
function version(of: number, size: number): Buffer {
  const lines = Array.from({ length: Math.ceil(size / 16) }, (_, n) => `${of} ${n}`.padEnd(15, ".") + "\n");
  return Buffer.from(lines.join("").slice(0, size));
}

const put = (Key: string, Body: Buffer) => home.s3.send(new PutObjectCommand({ Bucket: home.bucket, Key, Body }));
const remove = (Key: string) => home.s3.send(new DeleteObjectCommand({ Bucket: home.bucket, Key }));

async function putInParts(Key: string, body: Buffer): Promise<void> {
  const { s3, bucket: Bucket } = home;
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key }));
  const Parts: CompletedPart[] = [];
  for (let at = 0; at < body.length; at += 5 * MB) {
    const PartNumber = Parts.length + 1;
    const part = { Bucket, Key, UploadId, PartNumber, Body: body.subarray(at, at + 5 * MB) };
    const { ETag } = await s3.send(new UploadPartCommand(part));
    Parts.push({ PartNumber, ETag });
  }
  await s3.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } }));
}

async function object(Key: string): Promise<Buffer> {
  const { Body } = await home.s3.send(new GetObjectCommand({ Bucket: home.bucket, Key }));
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
}

async function piece(handle: FileHandle, at: number, size: number): Promise<Buffer> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(size), 0, size, at);
  return buffer.subarray(0, bytesRead);
}

/** Uploads what the mount has written of a file. */
async function sync(file: string): Promise<void> {
  const handle = await open(file, "r");
  await handle.sync();
  await handle.close();
}

/** Whether they are the same, without printing megabytes where they are not. */
const isSame = (one: Buffer, other: Buffer) => one.equals(other);
const said = (body: Buffer) => `${body.length} bytes from ${JSON.stringify(body.subarray(0, 16).toString())}`;

async function until(what: () => Promise<boolean>): Promise<void> {
  while (!(await what())) await sleep(20);
}

describe("a file that is changed elsewhere while it is known to a mount", () => {
  describe("is read whole and new by who opens it then", () => {
    for (const [what, before, after] of CHANGES)
      itIf(machinesRun, whyNoMachine)(`when it is ${what}`, async () => {
        const name = `changed/${what}`;
        expect((await stat(join(reader, name))).size).toBe(before);
        await put(name, version(2, after));
        const found = await readFile(join(reader, name));
        expect(said(found)).toBe(said(version(2, after)));
        expect(isSame(found, version(2, after))).toBe(true);
        expect((await stat(join(reader, name))).size).toBe(after);
      });
  });

  itIf(machinesRun, whyNoMachine)("and uploaded in parts is read whole, before and after", async () => {
    const name = "changed/in-parts";
    expect(isSame(await readFile(join(reader, name)), version(1, LARGE))).toBe(true);
    await putInParts(name, version(2, LARGE + 1));
    const found = await readFile(join(reader, name));
    expect([1, 2].some((of) => isSame(found, version(of, LARGE + of - 1)))).toBe(true);
  });

  itIf(machinesRun, whyNoMachine)(
    "is gone for who opens it then, when it was removed; and whole when it was made anew",
    async () => {
      for (const name of ["changed/removed", "changed/anew"]) {
        await stat(join(reader, name));
        await remove(name);
      }
      await put("changed/anew", version(2, 7_000));
      await expect(readFile(join(reader, "changed/removed"))).rejects.toMatchObject({ code: "ENOENT" });
      expect(isSame(await readFile(join(reader, "changed/anew")), version(2, 7_000))).toBe(true);
    },
  );

  itIf(machinesRun, whyNoMachine)(
    "is shown by a listing with its new length, and read whole, once the cache has ended; and whole until then",
    async () => {
      const files = [
        { name: "listed/empty", sizes: [0, 300_000] },
        { name: "listed/file", sizes: [5_000, 6_000] },
      ] as const;
      const versions = new Map(
        files.map(({ name, sizes }) => [name, sizes.map((size, n) => said(version(n + 1, size)))]),
      );
      const readNow = async (name: string) => said(await readFile(join(brief, name)));
      for (const { name } of files) expect(await readNow(name)).toBe(versions.get(name)?.[0]);
      for (const { name, sizes } of files) await put(name, version(2, sizes[1]));
      await until(async () => {
        for (const { name } of files) expect(versions.get(name)).toContain(await readNow(name));
        const names = (await readdir(join(brief, "listed"))).sort();
        const sizes = await Promise.all(names.map(async (name) => (await stat(join(brief, "listed", name))).size));
        return names.join() === "empty,file" && sizes.join() === "300000,6000";
      });
      for (const { name } of files) expect(await readNow(name)).toBe(versions.get(name)?.[1]);
    },
  );

  itIf(machinesRun, whyNoMachine)(
    "and open is read on as it was by who has all of it in memory, while others already read the new one",
    async () => {
      const file = join(brief, "open/small");
      const old = version(1, 300_000);
      const handle = await open(file, "r");
      const first = await piece(handle, 0, 1_000);
      await put("open/small", version(2, 200_000));
      await until(async () => (await stat(file)).size === 200_000);
      expect(isSame(await readFile(file), version(2, 200_000))).toBe(true);
      expect((await handle.stat()).size).toBe(old.length);
      expect(isSame(Buffer.concat([first, await piece(handle, 1_000, old.length)]), old)).toBe(true);
      await handle.close();
    },
  );

  itIf(machinesRun, whyNoMachine)("and mapped into memory keeps the pages of the version that was mapped", async () => {
    const file = join(brief, "open/mapped");
    const old = version(1, 300_000);
    const child = spawn("python3", ["-c", MMAP, file], { stdio: ["pipe", "pipe", "inherit"] });
    const lines = createInterface(child.stdout);
    const line = async () => Buffer.from(String((await once(lines, "line"))[0]), "hex");
    expect(isSame(await line(), old.subarray(0, 4096))).toBe(true);
    await put("open/mapped", version(2, 400_000));
    await until(async () => (await stat(file)).size === 400_000);
    expect(isSame(await readFile(file), version(2, 400_000))).toBe(true);
    const pages = line();
    child.stdin.end("\n");
    expect(isSame(await pages, old)).toBe(true);
    await once(child, "close");
  });

  itIf(machinesRun, whyNoMachine)(
    "and open, but too large for the memory, is an error for who reads on, never a mixture",
    async () => {
      const file = join(reader, "open/large");
      const handle = await open(file, "r");
      expect(isSame(await piece(handle, 0, 1_000), version(1, 1_000))).toBe(true);
      await put("open/large", version(2, LARGE));
      await expect(piece(handle, LARGE - 1_000, 1_000)).rejects.toMatchObject({ errno: -ESTALE });
      expect(isSame(await readFile(file), version(2, LARGE))).toBe(true);
      // The old one does not become the new one by that.
      await expect(piece(handle, LARGE - 2_000, 1_000)).rejects.toMatchObject({ errno: -ESTALE });
      await handle.close();
    },
  );
});

describe("a mount's own changes", () => {
  itIf(machinesRun, whyNoMachine)(
    "of names and of metadata are not taken for somebody else's, also of what was uploaded in parts",
    async () => {
      const body = version(1, LARGE);
      const handle = await open(join(writer, "own/first"), "r+");
      expect(isSame(await piece(handle, 0, 1_000), body.subarray(0, 1_000))).toBe(true);
      await rename(join(writer, "own/first"), join(writer, "own/second"));
      await sync(join(writer, "own/second"));
      await remove("own/first");
      const at = LARGE - 1_000;
      expect(isSame(await piece(handle, at, 1_000), body.subarray(at))).toBe(true);
      await chmod(join(writer, "own/second"), 0o640);
      await sync(join(writer, "own/second"));
      const middle = 5.5 * MB;
      expect(isSame(await piece(handle, middle, 1_000), body.subarray(middle, middle + 1_000))).toBe(true);
      await handle.write("changed", middle);
      await handle.sync();
      expect((await piece(handle, middle, 7)).toString()).toBe("changed");
      await handle.close();
      const expected = Buffer.from(body);
      expected.write("changed", middle);
      expect(isSame(await readFile(join(writer, "own/second")), expected)).toBe(true);
      expect(isSame(await object("own/second"), expected)).toBe(true);
    },
  );

  itIf(machinesRun, whyNoMachine)(
    "are kept until they are uploaded, though the file is changed elsewhere",
    async () => {
      const file = join(writer, "own/unsaved");
      const handle = await open(file, "r+");
      await handle.write("mine", 0);
      await put("own/unsaved", version(2, 300_000));
      expect((await readFile(file)).subarray(0, 4).toString()).toBe("mine");
      await handle.sync();
      await handle.close();
      expect((await object("own/unsaved")).subarray(0, 4).toString()).toBe("mine");
    },
  );

  itIf(machinesRun, whyNoMachine)(
    "at the end of a file are put at the end that it has now, when it was changed elsewhere before",
    async () => {
      const file = join(writer, "own/log");
      expect((await stat(file)).size).toBe(100);
      await put("own/log", version(2, 5_000));
      await appendFile(file, "mine\n");
      await sync(file);
      const expected = Buffer.concat([version(2, 5_000), Buffer.from("mine\n")]);
      expect(isSame(await object("own/log"), expected)).toBe(true);
    },
  );

  itIf(machinesRun, whyNoMachine)(
    "that replace a file by a rename leave the old one whole for who reads it",
    async () => {
      const file = join(writer, "own/note");
      await writeFile(file, version(1, 300_000));
      await sync(file);
      const handle = await open(file, "r");
      const first = await piece(handle, 0, 1_000);
      await writeFile(join(writer, "own/.note.tmp"), version(2, 200_000));
      await rename(join(writer, "own/.note.tmp"), file);
      await sync(file);
      expect(isSame(await readFile(file), version(2, 200_000))).toBe(true);
      expect((await handle.stat()).size).toBe(300_000);
      expect(isSame(Buffer.concat([first, await piece(handle, 1_000, 300_000)]), version(1, 300_000))).toBe(true);
      await handle.close();
    },
  );
});
