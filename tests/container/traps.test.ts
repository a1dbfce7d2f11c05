import { createHash } from "node:crypto";

import { GetObjectCommand, HeadObjectCommand, ListObjectsV2Command, type S3Client } from "@aws-sdk/client-s3";
import { createAccessKey } from "@tigrisdata/iam";
import { afterAll, afterEach, beforeAll, describe, expect } from "@jest/globals";

import { dataOf, iamFor, s3For } from "../local/tigris/clients.ts";
import { isDeep, times } from "../support/deep.ts";
import { itIf } from "../support/skip.ts";
import { machinesRun, whyNoMachine } from "./machine.ts";
import { type Tenant, tenants } from "./tenants.ts";

const { start, cloud, tenant, clear, dispose } = tenants();
beforeAll(start);
afterEach(clear);
afterAll(dispose);

/** For the tests that move much data; on a machine with nothing else to do each takes a tenth of it. */
const LONG_MS = 240_000;
const EVERYTHING = "tenantry: everything was flushed: all that the app wrote is in the bucket";
const inMount = (words: string) => ["sh", "-c", `cd "$MOUNT_PATH"; ${words}`];
/** The app's own lines of a machine that has ended. */
async function linesOf(one: Tenant, words: string, env: Record<string, string> = {}): Promise<string[]> {
  const machine = one.machine(inMount(words), env);
  expect([await machine.ended, machine.log()]).toEqual([0, expect.stringContaining(EVERYTHING)]);
  return machine
    .log()
    .split("\n")
    .filter((line) => line !== "" && !/^(?:\{|tenantry: )/.test(line));
}
async function metadataOf({ bucket }: Tenant, Key: string): Promise<Record<string, string> | undefined> {
  return (await s3For(cloud()).send(new HeadObjectCommand({ Bucket: bucket, Key }))).Metadata;
}

/** Every name in a bucket with its ETag: the MD5 of what was put in one request. */
async function etagsOf(s3: S3Client, Bucket: string): Promise<Map<string, string>> {
  const etags = new Map<string, string>();
  for (let ContinuationToken: string | undefined; ;) {
    const page = await s3.send(new ListObjectsV2Command({ Bucket, ContinuationToken }));
    for (const { Key = "", ETag = "" } of page.Contents ?? []) etags.set(Key, ETag.replaceAll('"', ""));
    ContinuationToken = page.NextContinuationToken;
    if (ContinuationToken === undefined) return etags;
  }
}

const sha256Of = (one: Tenant, key: string) => sumOf(one, key, "sha256");
/** What `b2sum` says: the cheapest for a file that is large. */
const blake2Of = (one: Tenant, key: string) => sumOf(one, key, "blake2b512");

async function sumOf({ bucket }: Tenant, Key: string, algorithm: string): Promise<string> {
  const { Body } = await s3For(cloud()).send(new GetObjectCommand({ Bucket: bucket, Key }));
  const hash = createHash(algorithm);
  for await (const chunk of Body as AsyncIterable<Buffer>) hash.update(chunk);
  return hash.digest("hex");
}

const partsUploaded = async () =>
  (await cloud().calls()).find(({ operation }) => operation === "UploadPart")?.count ?? 0;

/** A GiB at night. The usual one is as many times as large as the memory, and larger than what TigrisFS takes besides. */
const LARGE = isDeep
  ? { bytes: 1024 * 1024 * 1024, limitMb: 256, peakMb: 600 }
  : { bytes: 200 * 1024 * 1024, limitMb: 32, peakMb: 160 };

describe("a file that does not fit in one request", () => {
  itIf(machinesRun, whyNoMachine)("of 12 MB is uploaded in parts, and changed in place, byte for byte", async () => {
    const one = await tenant();
    await cloud().forgetCalls();
    const [made] = await linesOf(one, "head -c 12345678 /dev/urandom >f; sha256sum <f");
    expect(await partsUploaded()).toBeGreaterThan(1);
    expect(made).toBe(`${await sha256Of(one, "f")}  -`);
    const change = "printf middle | dd of=f bs=1 seek=7000000 conv=notrunc status=none; echo end >>f; sha256sum <f";
    const [changed] = await linesOf(one, change);
    expect(changed).toBe(`${await sha256Of(one, "f")}  -`);
    expect(await linesOf(one, "stat -c %s f; sha256sum <f")).toEqual(["12345682", changed]);
  });

  itIf(machinesRun, whyNoMachine)(
    "of several times TigrisFS's memory is the same through the mount and through S3, within that memory; and through a mount whose memory its read-ahead would not fit in: it is cut to an eighth of that",
    async () => {
      const one = await tenant();
      const limits = { TIGRISFS_MEMORY_LIMIT: String(LARGE.limitMb) };
      const make = `head -c ${LARGE.bytes} /dev/urandom | tee f | b2sum; sync f; for p in /proc/[0-9]*; do [ "$(cat $p/comm)" != tigrisfs ] || grep VmHWM $p/status; done`;
      const [made = "", peak = ""] = await linesOf(one, make, limits);
      expect(Number(/(\d+) kB/.exec(peak)?.[1])).toBeLessThan(LARGE.peakMb * 1024);
      const small = { TIGRISFS_MEMORY_LIMIT: "16" };
      const [read, stored] = await Promise.all([linesOf(one, "b2sum <f", small), blake2Of(one, "f")]);
      expect([read, `${stored}  -`]).toEqual([[made], made]);
    },
    LONG_MS,
  );
});

/** In folders of 100. Each costs an upload of its own. More than a page of them is for the first touch and the long listing. */
const FOLDERS = times(3, 100);

describe(`${FOLDERS * 100} small files`, () => {
  itIf(machinesRun, whyNoMachine)(
    "are the same through the mount, through another mount and through S3",
    async () => {
      const one = await tenant();
      const make = `for d in $(seq ${FOLDERS}); do mkdir d$d; for f in $(seq 100); do echo $d of $f >d$d/$f; done; done; find . -type f | wc -l; sync .`;
      const all = FOLDERS * 100;
      expect(await linesOf(one, make)).toEqual([String(all)]);
      const etags = await etagsOf(s3For(cloud()), one.bucket);
      const files = [...etags].filter(([name]) => !name.endsWith("/"));
      const md5 = (text: string) => createHash("md5").update(text).digest("hex");
      const wrong = files.filter(([name, etag]) => etag !== md5(`${name.slice(1).replace("/", " of ")}\n`));
      expect([files.length, etags.size, wrong]).toEqual([all, all + FOLDERS, []]);
      // Read through another mount: every name, and the content of every tenth.
      const [count, ...sums] = await linesOf(one, "find . -type f | wc -l; md5sum d*/*7");
      const seen = new Map(sums.map((line) => [line.slice(34), line.slice(0, 32)]));
      const tenth = files.filter(([name]) => name.endsWith("7"));
      expect([count, tenth.length, seen.size]).toEqual([String(all), all / 10, all / 10]);
      expect(tenth.filter(([name, etag]) => seen.get(name) !== etag)).toEqual([]);
    },
    LONG_MS,
  );
});

describe("what is no plain file", () => {
  itIf(machinesRun, whyNoMachine)("a symbolic link is an empty object that names its target", async () => {
    const one = await tenant();
    expect(await linesOf(one, "echo x >f; ln -s f link; readlink link; cat link")).toEqual(["f", "x"]);
    expect([await one.text("link"), await metadataOf(one, "link")]).toEqual(["", { "--symlink-target": "f" }]);
    // Only Tigris tells a listing what is a link: on the embedded cloud it comes back as an empty file.
    expect(await linesOf(one, "wc -c <link")).toEqual(["0"]);
  });

  itIf(machinesRun, whyNoMachine)("a hard link and a named pipe are refused at once", async () => {
    const one = await tenant();
    const words = "echo x >f; ln f hard 2>/dev/null || echo no link; mkfifo p 2>/dev/null || echo no pipe";
    expect(await linesOf(one, words)).toEqual(["no link", "no pipe"]);
    expect(await one.names()).toEqual(["f"]);
  });
});

describe("mode, owner and time of a file", () => {
  const words = "echo x >f; chmod 600 f && chown 7:8 f && touch -d @978307200 f && stat -c '%a %u:%g' f";

  itIf(machinesRun, whyNoMachine)("are taken without an error and forgotten, unless they are asked for", async () => {
    const one = await tenant();
    expect(await linesOf(one, words)).toEqual(["644 0:0"]);
    expect(await metadataOf(one, "f")).toEqual({});
  });

  itIf(machinesRun, whyNoMachine)("are kept with the object when they are asked for", async () => {
    const one = await tenant();
    const env = { TIGRISFS_ENABLE_PERMS: "true", TIGRISFS_ENABLE_MTIME: "true" };
    expect(await linesOf(one, words, env)).toEqual(["600 7:8"]);
    expect(await metadataOf(one, "f")).toMatchObject({ mode: "33152", uid: "7", gid: "8", mtime: "978307200" });
  });
});

describe("a key that may only read", () => {
  const app = inMount("cat f; echo y >new && echo taken; while :; do sleep 0.1; done");
  const readOnly = async (one: Tenant): Promise<Record<string, string>> => {
    await linesOf(one, "echo x >f");
    const roles = { bucketsRole: [{ bucket: one.bucket, role: "ReadOnly" as const }], config: iamFor(cloud()) };
    const { id, secret = "" } = dataOf(await createAccessKey(`${one.bucket}-read-only`, roles));
    return { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret };
  };

  itIf(machinesRun, whyNoMachine)(
    "takes a write at first; when the bucket has refused it the app is ended, with an error that names the file",
    async () => {
      const one = await tenant();
      const machine = one.machine(app, { ...(await readOnly(one)), STOP_FLUSH_SECONDS: "2" });
      expect(await machine.ended).toBe(143);
      expect(machine.log()).toMatch(/^x\n(?:.*\n)*?taken$/m);
      expect(machine.log()).toContain(
        "tenantry: the bucket refuses what this machine writes, the key may only read: new\n",
      );
      expect(machine.log()).toContain("tenantry: not in the bucket: new\n");
    },
  );

  itIf(machinesRun, whyNoMachine)(
    "does not on a mount that is read-only too: there the write fails at once",
    async () => {
      const one = await tenant();
      const machine = one.machine(app, { ...(await readOnly(one)), TIGRISFS_READ_ONLY: "true" });
      await machine.says("Read-only file system");
      machine.signal("SIGTERM");
      expect(await machine.ended).toBe(143);
      expect(machine.log()).toMatch(/^x$/m);
      expect(machine.log()).not.toMatch(/^taken$|refuses/m);
      expect(machine.log()).toContain(EVERYTHING);
    },
  );
});
