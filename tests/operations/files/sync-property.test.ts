import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  type Stats,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { describe, expect, it } from "@jest/globals";

import type { BucketAccess } from "../../../operations/files/key-forms.ts";
import { round } from "../../../operations/files/live/round.ts";
import { unseenPushes } from "../../../operations/files/live/unseen-pushes.ts";
import { OWN_FOLDER } from "../../../operations/files/sync/carried-names.ts";
import { alone } from "../../../operations/files/sync/folder-lock.ts";
import type { Pair } from "../../../operations/files/sync/planned-sync.ts";
import { rcloneEngine } from "../../../operations/files/sync/rclone-engine.ts";
import { sdkEngine } from "../../../operations/files/sync/sdk-engine.ts";
import { carryOut, look, memoryOf, planned } from "../../../operations/files/sync/sync.ts";
import { seeded } from "../../../operations/engine/seeded.ts";
import { times } from "../../support/deep.ts";
import { hasProgram } from "../../support/programs.ts";
import { itIf } from "../../support/skip.ts";
import { type MemoryBucket, memoryBucket } from "./memory-bucket.ts";
import { rcloneDaemon } from "./rclone-daemon.ts";
import { servedBuckets } from "./served-buckets.ts";

const STEPS = 8;
const AT_ONCE = 25;
/** So many runs have rclone as a person's pull has it, a process for each; the others share one, which costs a third. */
const BY_PROCESS = 3;

/** Names that clash, are long, are odd, or are refused, beside plain ones; some of a run are made of random bytes. */
const NAMES = [
  "a.md",
  "a.md/below.md",
  "d/b.md",
  "d",
  "d/e/c.md",
  "A.md",
  "caf\u00e9.md",
  "cafe\u0301.md",
  "-rf [x]*?{y} .md",
  "a: b.md ",
  "full／width．．",
  `${"n".repeat(237)}.md`,
  `${"\u6f22".repeat(84)}.x`,
  "a\\b.md",
  "esc\u001b.md",
  ".note.md.swp",
] as const;

interface Run {
  readonly bucket: MemoryBucket;
  readonly pair: Pair;
  readonly random: (below: number) => number;
  /** Contents that no side has replaced or deleted itself. */
  readonly current: Set<string>;
  readonly names: readonly Buffer[];
  /** What was done, for a failure. */
  readonly done: string[];
  texts: number;
  isCalm: boolean;
}

/** Sooner than a disk, which matters where everything is made durable. */
const SCRATCH = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();

function newRun(seed: number, engineOf: (bucket: MemoryBucket) => Pair["engine"], bucket = memoryBucket()): Run {
  const next = seeded(seed);
  const random = (below: number) => Math.floor(next() * below);
  const dir = mkdtempSync(join(SCRATCH, "tenantry-property-"));
  const engine = engineOf(bucket);
  const access = { tenant: "acme", key: { bucket: "bucket", name: "bob" } } as BucketAccess;
  const bytes = () =>
    Buffer.from(Array.from({ length: 1 + random(5) }, () => 1 + random(255)).map((byte) => (byte === 47 ? 48 : byte)));
  const run: Run = {
    bucket,
    random,
    current: new Set(),
    names: [...NAMES.map((name) => Buffer.from(name)), bytes(), bytes(), bytes()].filter(
      (name) => ![".", ".."].includes(name.toString()),
    ),
    done: [],
    texts: 0,
    isCalm: false,
    pair: { dir, access, client: bucket.client, onProgress: () => undefined, engine },
  };
  const meanwhile = () => {
    if (!run.isCalm && random(4) === 0) edit(run);
  };
  bucket.fate = (operation) => {
    meanwhile();
    if (run.isCalm || operation === "ListObjectsV2" || random(8) > 0) return "done";
    return random(2) === 0 ? "refused" : "lost answer";
  };
  return run;
}

const pathOf = ({ pair }: Run, name: Buffer) => Buffer.concat([Buffer.from(`${pair.dir}/`), name]);

function newText(run: Run, old: string | undefined, side: string): string {
  if (old !== undefined) run.current.delete(old);
  const text = `${side} ${(run.texts += 1)}`;
  run.current.add(text);
  return text;
}

/** One person's edit, on either side. It replaces or deletes what that person sees. */
function edit(run: Run): void {
  const name = run.names[run.random(run.names.length)] ?? Buffer.from("x");
  if (run.random(2) === 0) editHere(run, name);
  else editThere(run, name.toString());
}

function editHere(run: Run, name: Buffer): void {
  const file = pathOf(run, name);
  const folder = file.subarray(0, file.lastIndexOf(47));
  let node: Stats | undefined;
  try {
    mkdirSync(folder, { recursive: true });
    node = lstatSync(file, { throwIfNoEntry: false });
  } catch {
    return; // A file is in the way.
  }
  if (node?.isDirectory() === true) return;
  const old = node === undefined ? undefined : readFileSync(file, "utf8");
  if (old !== undefined && run.random(4) === 0) {
    run.current.delete(old);
    rmSync(file);
    run.done.push(`delete here ${name.toString()}`);
  } else {
    const text = newText(run, old, "here");
    writeFileSync(file, text);
    run.done.push(`write here ${name.toString()}: ${text}`);
  }
}

function editThere(run: Run, key: string): void {
  const old = run.bucket.objects.get(key)?.body.toString();
  if (old !== undefined && run.random(4) === 0) {
    run.current.delete(old);
    run.bucket.objects.delete(key);
    run.done.push(`delete there ${key}`);
  } else {
    const text = newText(run, old, "there");
    run.bucket.put(key, text);
    run.done.push(`write there ${key}: ${text}`);
  }
}

/** One command, with a memory of its own as a process has it. */
async function command(run: Run): Promise<void> {
  const { pair, random } = run;
  const [direction, deleting] = [random(2) === 0 ? "pull" : "push", random(3) === 0] as const;
  const isRound = random(3) === 0;
  run.done.push(isRound ? "round of live" : `${direction}${deleting ? " --delete" : ""}`);
  await alone(pair.dir, async () => {
    const base = memoryOf(pair);
    if (isRound) {
      const memory = { base, unseen: unseenPushes(0), missing: new Set<string>() };
      for (let count = 0; count < 2; count += 1)
        await round(pair, memory, { deleting, isReadOnly: random(8) === 0 }).catch((error: unknown) => {
          if ((error as { code?: string }).code !== "LIVE_SIDE_GONE") throw error;
        });
    } else
      await carryOut(pair, await planned(pair, await look(pair, base), direction, { dryRun: false }), { deleting });
    // A killed process does not get here.
    if (random(4) > 0) base.flush();
  });
}

/** What a bad day does to what we remember. */
function damage({ pair, random, done }: Run): void {
  const file = join(pair.dir, OWN_FOLDER, "bucket.json");
  if (!existsSync(file)) return;
  const { size } = lstatSync(file);
  const kinds = [
    () => rmSync(file),
    () => truncateSync(file, 0),
    () => truncateSync(file, random(size)),
    () => writeFileSync(file, Buffer.concat([readFileSync(file).subarray(0, random(size)), Buffer.from([0, 255])])),
    () => writeFileSync(join(pair.dir, OWN_FOLDER, "incoming.json"), "{"),
    () => writeFileSync(join(pair.dir, OWN_FOLDER, "busy"), ""),
  ];
  const kind = random(kinds.length);
  done.push(`damage ${kind}`);
  kinds[kind]?.();
}

/** All contents of both sides: whatever lies in a file of the folder or in an object. */
function contents({ pair, bucket }: Run): Set<string> {
  const found = new Set([...bucket.objects.values()].map(({ body }) => body.toString()));
  const collect = (folder: Buffer) => {
    for (const entry of readdirSync(folder, { withFileTypes: true, encoding: "buffer" })) {
      const path = Buffer.concat([folder, Buffer.from("/"), entry.name]);
      if (entry.name.toString() === OWN_FOLDER) continue;
      if (entry.isDirectory()) collect(path);
      else found.add(readFileSync(path, "utf8"));
    }
  };
  collect(Buffer.from(pair.dir));
  return found;
}

function lost(run: Run): string[] {
  const there = contents(run);
  return [...run.current].filter((text) => !there.has(text));
}

async function oneRun(seed: number, engineOf: (bucket: MemoryBucket) => Pair["engine"], bucket?: MemoryBucket) {
  const run = newRun(seed, engineOf, bucket);
  try {
    for (let step = 0; step < STEPS && lost(run).length === 0; step += 1) {
      for (let count = 1 + run.random(3); count > 0; count -= 1) edit(run);
      if (run.random(6) === 0) damage(run);
      await command(run);
    }
    const gone = lost(run);
    if (gone.length > 0) return { seed, gone, done: run.done };
    run.isCalm = true;
    const apart = await settle(run);
    return apart.length > 0 || lost(run).length > 0 ? { seed, gone: lost(run), apart, done: run.done } : undefined;
  } finally {
    rmSync(run.pair.dir, { recursive: true, force: true });
  }
}

/** Without failures both sides come together, but for what is refused by name. Returns what still differs. */
async function settle({ pair, bucket }: Run): Promise<string[]> {
  return alone(pair.dir, async () => {
    const memory = { base: memoryOf(pair), unseen: unseenPushes(0), missing: new Set<string>() };
    const options = { deleting: false, isReadOnly: false };
    let last: string[] = [];
    for (let count = 0; count < 10; count += 1) {
      const { events, refused } = await round(pair, memory, options);
      last = events.map((event) => JSON.stringify(event));
      if (events.some(({ what }) => what !== "problem") || (last.length > 0 && count < 9)) continue;
      const { local, remote } = await look(pair, memory.base);
      const named = new Set([...refused, ...events].map(({ path }) => path));
      return [...local.files].flatMap(([path, { id }]) => {
        const there = remote.files.get(path);
        if (there?.id === id || named.has(path) || there === undefined) return [];
        return [`${path}: ${id} here, ${there.id} there (${String(bucket.objects.size)} objects)`];
      });
    }
    return ["it does not come to rest", ...last];
  });
}

async function sweep(count: number, one: (seed: number) => Promise<unknown>): Promise<unknown[]> {
  const failures: unknown[] = [];
  const seeds = Array.from({ length: count }, (_, index) => index + 1).values();
  const worker = async () => {
    for (const seed of seeds) {
      const failure = await one(seed).catch((error: unknown) => ({
        seed,
        error: String(error),
        stack: (error as Error).stack,
      }));
      if (failure !== undefined) failures.push(failure);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return failures;
}

describe("whatever is edited, fails, or is damaged while folder and bucket are synchronised", () => {
  it(
    "no content that was on either side is gone from both, unless its own side replaced or deleted it (the AWS SDK)",
    async () => {
      const failures = await sweep(times(30, 2000), (seed) =>
        oneRun(seed, ({ client }) => sdkEngine(client, "bucket")),
      );
      expect(failures).toEqual([]);
    },
    times(120_000, 3_600_000),
  );

  itIf(hasProgram("rclone"), "there is no rclone on PATH")(
    "no content that was on either side is gone from both, unless its own side replaced or deleted it (rclone)",
    async () => {
      const [buckets, daemon] = [await servedBuckets(), rcloneDaemon()];
      const failures = await sweep(times(30, 2000), async (seed) => {
        const bucket = memoryBucket();
        const served = buckets.serve(`bucket-${seed}`, bucket);
        const beside = sdkEngine(bucket.client, "bucket");
        const copy = seed <= BY_PROCESS ? undefined : daemon.copy;
        const failure = await oneRun(seed, () => rcloneEngine(served.access, process.env, beside, copy), bucket);
        served.close();
        return failure;
      });
      await Promise.all([buckets.close(), daemon.close()]);
      expect(failures).toEqual([]);
      // What rclone has not brought, the SDK brings: nothing else shows that rclone has brought anything.
      expect(buckets.fetched).toBeGreaterThan(times(30, 2000));
    },
    times(120_000, 3_600_000),
  );
});
