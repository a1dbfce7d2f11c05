import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";

import type { BucketAccess } from "../../../operations/files/key-forms.ts";
import { keepTogether } from "../../../operations/files/live/keep-together.ts";
import { foldedName, whyNotCarried } from "../../../operations/files/sync/carried-names.ts";
import { clashes } from "../../../operations/files/sync/clashes.ts";
import { alone } from "../../../operations/files/sync/folder-lock.ts";
import type { Pair } from "../../../operations/files/sync/planned-sync.ts";
import { processStart } from "../../../operations/files/sync/process-start.ts";
import { sdkEngine } from "../../../operations/files/sync/sdk-engine.ts";
import { carryOut, look, memoryOf, planned } from "../../../operations/files/sync/sync.ts";
import { conflictPath, type Direction } from "../../../operations/files/sync/sync-plan.ts";
import type { Listing } from "../../../operations/files/sync/version.ts";
import { itIf } from "../../support/skip.ts";
import { type MemoryBucket, memoryBucket } from "./memory-bucket.ts";

let bucket: MemoryBucket;
let pair: Pair;
beforeEach(() => {
  bucket = memoryBucket();
  const access = { tenant: "acme", key: { bucket: "bucket", name: "bob" } } as BucketAccess;
  const dir = mkdtempSync(join(tmpdir(), "tenantry-cases-"));
  const engine = sdkEngine(bucket.client, "bucket");
  pair = { dir, access, client: bucket.client, engine, onProgress: () => undefined };
});
afterEach(() => {
  rmSync(pair.dir, { recursive: true, force: true });
});

const at = (path: string) => join(pair.dir, path);
const write = (path: string, text: string) => {
  writeFileSync(at(path), text);
};
const here = (path: string) => readFileSync(at(path), "utf8");
const there = (key: string) => bucket.objects.get(key)?.body.toString();
const memory = () => at(".tenantry/bucket.json");

/** One command. */
async function run(direction: Direction, { deleting = false } = {}) {
  return alone(pair.dir, async () => {
    const base = memoryOf(pair);
    const found = await planned(pair, await look(pair, base), direction, { dryRun: false });
    const problems = await carryOut(pair, found, { deleting });
    base.flush();
    const refused = Object.fromEntries(found.plan.refused.map(({ path, reason }) => [path, reason]));
    const conflicts = found.plan.conflicts.map(({ as }) => as);
    return { refused, conflicts, gone: found.plan.gone, problems: Object.fromEntries(problems), damage: base.damage };
  });
}

/** Both sides hold `old`, then each changes it. */
async function conflict(path: string): Promise<void> {
  bucket.put(path, "old");
  await run("pull");
  write(path, "mine");
  bucket.put(path, "the app's");
}

describe("a file that cannot be placed", () => {
  it.each([
    ["a file where its folder would be", () => write("m", "a file"), () => renameSync(at("m"), at("m.old"))],
    ["a link where its folder would be", () => symlinkSync(tmpdir(), at("m")), () => rmSync(at("m"))],
    [
      "a folder with something in it where it would be",
      () => mkdirSync(at("m/x.md/kept"), { recursive: true }),
      () => rmSync(at("m"), { recursive: true }),
    ],
  ])("does not make another file's conflict count as seen: %s", async (_, block, free) => {
    await conflict("both.md");
    bucket.put("m/x.md", "below");
    block();
    const first = await run("pull");
    expect({ ...first.refused, ...first.problems }).toHaveProperty(["m/x.md"]);
    expect(first.conflicts.map(here)).toEqual(["the app's"]);
    free();
    expect(await run("pull")).toMatchObject({ refused: {}, problems: {} });
    await run("push");
    expect(here("m/x.md")).toBe("below");
    expect([...bucket.objects.values()].map(({ body }) => body.toString())).toEqual(
      expect.arrayContaining(["mine", "the app's"]),
    );
  });

  it.each([
    ["download", "GetObject"],
    ["upload", "PutObject"],
  ])("is no conflict that was seen, when the %s of the copy fails", async (kind, failing) => {
    const [direction, back] = kind === "download" ? (["pull", "push"] as const) : (["push", "pull"] as const);
    await conflict("both.md");
    bucket.fate = (operation) => (operation === failing ? "refused" : "done");
    expect(Object.keys((await run(direction)).problems)).toEqual(["both.md"]);
    bucket.fate = () => "done";
    expect((await run(back)).conflicts).toHaveLength(1);
    expect([here("both.md"), there("both.md")]).toEqual(["mine", "the app's"]);
  });
});

describe("the name of a conflict's copy", () => {
  it.each([
    ["a name of 240 bytes", `${"n".repeat(237)}.md`],
    ["77 kanji", `${"漢".repeat(77)}.md`],
    ["a name without an extension", "n".repeat(255)],
    ["a sentence behind its last dot", `e.g. ${"words ".repeat(41)}`],
    ["a folder with a long path", `${"folder/".repeat(126)}${"n".repeat(130)}.md`],
  ])("fits the limits, and both versions are kept: %s", async (_, path) => {
    mkdirSync(at(join(path, "..")), { recursive: true });
    await conflict(path);
    const { conflicts, problems } = await run("pull");
    expect([conflicts.map((as) => whyNotCarried(as)), problems]).toEqual([[undefined], {}]);
    await run("pull");
    await run("push");
    expect([there(path), here(conflicts[0] ?? "")]).toEqual(["mine", "the app's"]);
  });

  it("holds no half of a character", () => {
    const id = "a".repeat(32);
    for (const stem of ["漢".repeat(85), "👩‍👩‍👧".repeat(14), "e\u0301".repeat(85)])
      expect(conflictPath(stem, "bob", { size: 1, id }).isWellFormed()).toBe(true);
  });
});

describe("names that are not carried", () => {
  const refused = [
    "a\\b.md",
    "esc\u001b.md",
    "tab\t.md",
    "del\u007f.md",
    "line\nbreak",
    "lost \ufffd.md",
    "next\u0085line",
  ];
  it("are the same in both directions, are named with the reason, and stop no other", async () => {
    for (const name of refused) write(name, "here");
    writeFileSync(Buffer.concat([Buffer.from(at("caf")), Buffer.from([0xe9]), Buffer.from(".md")]), "Latin-1");
    write("good.md", "good");
    expect(Object.keys((await run("push")).refused).sort()).toEqual([...refused, "caf\\xe9.md"].sort());
    expect([...bucket.objects.keys()]).toEqual(["good.md"]);
    for (const name of refused) {
      rmSync(at(name));
      bucket.put(name, "there");
    }
    for (const key of [".TENANTRY/bucket.json", "n".repeat(256), "a//b", `${"f/".repeat(449)}x`])
      bucket.put(key, "there");
    bucket.put("also good.md", "good");
    const { problems, refused: named } = await run("pull");
    expect(Object.keys(named)).toEqual(expect.arrayContaining([...refused, ".TENANTRY/bucket.json", "a//b"]));
    expect([problems, Object.keys(named).length, here("also good.md")]).toEqual([{}, refused.length + 4, "good"]);
  });

  it.each([
    ["in Latin-1", [0x63, 0x61, 0x66, 0xe9]],
    ["cut off within a character", [0x6e, 0xe6, 0xbc]],
    ["with a byte that UTF-8 never has", [0x78, 0xff]],
    ["with half of a surrogate pair in three bytes", [0x79, 0xed, 0xa0, 0x80]],
  ])("are named by push, and by live, which does not say that all is on both sides: one %s", async (_, bytes) => {
    writeFileSync(Buffer.concat([Buffer.from(`${pair.dir}/`), Buffer.from(bytes)]), "here");
    write("good.md", "good");
    const named = expect.stringMatching(/^[a-z]+(?:\\x[0-9a-f]{2})+$/) as unknown;
    expect(Object.keys((await run("push")).refused)).toEqual([named]);
    const said: string[] = [];
    const note = (line: string) => void said.push(line);
    const [tell, stopped] = [() => undefined, AbortSignal.abort()];
    const options = { everyMs: 1000, seenWithinMs: 0, deleting: false, isReadOnly: false, tell, note, stopped };
    await expect(alone(pair.dir, () => keepTogether(pair, options))).rejects.toMatchObject({
      code: "LIVE_APART",
      message: expect.stringMatching(/\\x[0-9a-f]{2}: /) as unknown,
    });
    expect(said).toEqual([expect.stringMatching(/\\x[0-9a-f]{2}: not carried, ./)]);
    expect([...bucket.objects.keys()]).toEqual(["good.md"]);
  });

  it("are of one of two names that the folder's file system takes for one; the folder's own is carried", () => {
    const sides = (local: string[], remote: string[]) => {
      const listing = (names: string[]): Listing => ({
        files: new Map(names.map((name) => [name, { size: 1, id: "" }])),
        skipped: new Map(),
        ignored: [],
      });
      return [...clashes({ local: listing(local), remote: listing(remote) }, foldedName).keys()].sort();
    };
    expect(sides([], ["A.md", "a.md"])).toEqual(["a.md"]);
    expect(sides(["a.md"], ["A.md", "a.md"])).toEqual(["A.md"]);
    expect(sides(["a.md"], ["A.md"])).toEqual(["A.md", "a.md"]);
    expect(sides([], ["caf\u00e9", "cafe\u0301"])).toEqual(["caf\u00e9"]);
    expect(sides(["Notes/a.md"], ["notes/b.md"])).toEqual(["notes/b.md"]);
    expect(sides([], ["stra\u00dfe", "STRASSE"])).toEqual(["stra\u00dfe"]);
  });
});

describe("what cannot be looked at", () => {
  itIf(process.getuid?.() === 0, "only root can become another user for a moment")(
    "is named, does not count as deleted, and stops no other: a folder and a file of somebody else's",
    async () => {
      for (const path of ["closed/in.md", "file.md", "open.md"]) bucket.put(path, path);
      await run("pull");
      chmodSync(at("closed"), 0);
      chmodSync(at("file.md"), 0);
      write("new.md", "new");
      for (const path of ["", "closed", "file.md", "open.md", "new.md", ".tenantry", ".tenantry/bucket.json"])
        chownSync(at(path), 65_534, 65_534);
      chmodSync(at("open.md"), 0o644);
      utimes();
      process.seteuid?.(65_534);
      try {
        const { refused, gone } = await run("push", { deleting: true });
        expect([Object.keys(refused), gone]).toEqual([["closed", "file.md"], []]);
      } finally {
        process.seteuid?.(0);
      }
      expect([...bucket.objects.keys()].sort()).toEqual(["closed/in.md", "file.md", "new.md", "open.md"]);
    },
  );
  itIf(process.getuid?.() === 0, "only root can become another user for a moment")(
    "is named for what it is: a folder that cannot be listed, one that cannot be entered, one that takes no new file",
    async () => {
      const paths = ["unlisted/in.md", "unentered/in.md", "full/in.md"];
      for (const path of paths) bucket.put(path, path);
      await run("pull");
      const own = ["", "unlisted", "unentered", "full", ".tenantry", ".tenantry/bucket.json"];
      for (const path of [...own, ...paths]) chownSync(at(path), 65_534, 65_534);
      chmodSync(at("unlisted"), 0o300);
      chmodSync(at("unentered"), 0o400);
      chmodSync(at("full"), 0o500);
      bucket.put("full/new.md", "new");
      bucket.put("open.md", "new");
      process.seteuid?.(65_534);
      try {
        const pushed = await run("push", { deleting: true });
        expect([Object.keys(pushed.refused).sort(), pushed.gone]).toEqual([["unentered/in.md", "unlisted"], []]);
        const pulled = await run("pull");
        const unread = "it cannot be read here (EACCES)";
        expect(pulled).toMatchObject({
          refused: { "unentered/in.md": unread, "unlisted/in.md": unread },
          problems: { "full/new.md": "cannot be written here: EACCES" },
        });
      } finally {
        process.seteuid?.(0);
      }
      expect(readFileSync(at("open.md"), "utf8")).toBe("new");
      expect([...bucket.objects.keys()].sort()).toEqual([...paths, "full/new.md", "open.md"].sort());
    },
  );
  // A file whose node has changed is read again.
  const utimes = () => {
    writeFileSync(at("file.md"), "changed");
  };

  it("does not count as deleted: a folder in whose place is a link to it", async () => {
    bucket.put("notes/a.md", "a");
    await run("pull");
    renameSync(at("notes"), `${pair.dir}-moved`);
    symlinkSync(`${pair.dir}-moved`, at("notes"));
    expect((await run("push", { deleting: true })).gone).toEqual([]);
    expect(there("notes/a.md")).toBe("a");
    rmSync(`${pair.dir}-moved`, { recursive: true });
  });
});

describe("the memory of what both sides held", () => {
  it.each([
    ["is empty", () => ""],
    ["is cut in its middle", (text: string) => text.slice(0, text.length / 2)],
    ["holds something else", () => '{"both.md": 1}\n'],
    ["has a line that is none", (text: string) => `${text}x\n["both.md"]\n`],
  ])("leads to comparing when it %s, and nothing is overwritten", async (_, damaged) => {
    await conflict("both.md");
    writeFileSync(memory(), damaged(readFileSync(memory(), "utf8")));
    const { damage, conflicts } = await run("push");
    expect([damage === undefined, conflicts.length]).toEqual([false, 1]);
    expect([there("both.md"), there(conflicts[0] ?? "")]).toEqual(["the app's", "mine"]);
    expect((await run("pull")).damage).toBeUndefined();
  });

  it("holds all but a last line that was not written to its end", async () => {
    for (const name of ["one", "two", "three"]) bucket.put(name, name);
    await run("pull");
    writeFileSync(memory(), `${readFileSync(memory(), "utf8")}["one",{"loc`);
    expect(memoryOf(pair)).toMatchObject({ damage: undefined });
    expect(memoryOf(pair).get("one")).toHaveProperty("local");
  });
});

describe("the lock of a folder", () => {
  const lock = (holder: object | string) => {
    mkdirSync(at(".tenantry"), { recursive: true });
    writeFileSync(at(".tenantry/busy"), typeof holder === "string" ? holder : JSON.stringify(holder));
  };
  const mine = { pid: process.pid, started: processStart(process.pid) ?? null, host: hostname(), since: "2026-01-01" };
  const taken = () => alone(pair.dir, () => Promise.resolve(JSON.parse(here(".tenantry/busy")) as object));

  it.each([
    ["an empty file", ""],
    ["half a file", '{"pid":1,'],
    ["a process that is gone", { ...mine, pid: 999_999_999 }],
    ["a process whose number has another one now", { ...mine, started: "another boot 1" }],
  ])("is taken over from %s", async (_, holder) => {
    lock(holder);
    expect(await taken()).toMatchObject({ pid: process.pid, started: mine.started });
    expect(readdirSync(at(".tenantry"))).toEqual([]);
  });

  it.each([
    ["a process that is there", mine, `process ${process.pid}`],
    ["a process on another computer, of which nothing is known", { ...mine, host: "elsewhere" }, "on elsewhere"],
  ])("is left to %s, which is named", async (_, holder, words) => {
    lock(holder);
    await expect(taken()).rejects.toMatchObject({ code: "SYNC_BUSY", message: expect.stringContaining(words) });
    expect(existsSync(at(".tenantry/busy"))).toBe(true);
  });
});

describe("a file's mode", () => {
  const modeOf = (path: string) => statSync(at(path)).mode & 0o777;
  it.each(["600", "755", "444", "640", "400"])(
    "stays as it is when a newer version arrives, and its conflict's copy has it too: %s",
    async (digits) => {
      const mode = Number.parseInt(digits, 8);
      bucket.put("note.md", "old");
      await run("pull");
      chmodSync(at("note.md"), mode);
      bucket.put("note.md", "new");
      await run("pull");
      expect([here("note.md"), modeOf("note.md")]).toEqual(["new", mode]);
      chmodSync(at("note.md"), 0o644);
      await conflict("note.md");
      chmodSync(at("note.md"), mode);
      const { conflicts } = await run("pull");
      expect(conflicts.map(modeOf)).toEqual([mode]);
    },
  );
});

describe("what programs leave beside a file", () => {
  const left = [".note.md.swp", ".~lock.a.odt#", "~$a.docx", "note.md~", "#note.md#", "d/.DS_Store"];
  it("is not carried, in neither direction, unless the folder's own list says so", async () => {
    mkdirSync(at("d"));
    for (const name of [...left, "note.md", "swp.md"]) write(name, name);
    await run("push");
    expect([...bucket.objects.keys()].sort()).toEqual(["note.md", "swp.md"]);
    bucket.put("Thumbs.db", "there");
    write(".tenantry/ignore", "!note.md~\nswp.md\n");
    await run("push");
    await run("pull", { deleting: true });
    expect([there("note.md~"), existsSync(at("Thumbs.db")), existsSync(at("swp.md"))]).toEqual([
      "note.md~",
      false,
      true,
    ]);
  });
});
