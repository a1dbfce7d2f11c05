import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "@jest/globals";
import { DeleteObjectCommand } from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";

import { testLines } from "../../../cli/verify-restore.ts";
import type { Cut } from "../../../operations/history/entry.ts";
import { snapshotErrors } from "../../../operations/snapshots/errors.ts";
import { EtagCheck } from "../../../operations/snapshots/etag-check.ts";
import { removeEndedScratch } from "../../../operations/snapshots/scratch.ts";
import { rowFaults, testRestore } from "../../../operations/snapshots/tested.ts";
import { printable } from "../../../output/printable.ts";
import { newRunId, runLedger } from "../../../stack/run-ledger.ts";
import { CALM, contentOf, type GivenTenant } from "../handover/handover-room.ts";
import { FLEET_ID, SLOW, snapshotRoom } from "./snapshot-room.ts";

const MIB = 2 ** 20;

const here = snapshotRoom();
const { tigris, tenant } = here;
const cutOf = (given: GivenTenant): Promise<Cut> => here.cutOf(given, { countMs: 60_000 });
const whoseOf = ({ holdings }: GivenTenant) => ({
  ...holdings,
  tigris: tigris(),
  owner: { fleetId: FLEET_ID, stack: "local", tenant: holdings.bucket },
});
const test = (given: GivenTenant, cut: Cut, { run = newRunId(new Date()) }: { run?: string | undefined } = {}) =>
  testRestore({ ...whoseOf(given), run }, cut, CALM);
/** A copy of the tenant's database, as a test makes one. */
const copyOf = (name: string) =>
  ({ name, group: "main", seed: { type: "database", name: name.replace(/--.*/, "") } }) as const;
/** Everything at the vendors that is a copy made for a test. */
const scratch = async () =>
  [...(await tigris().buckets.names({})), ...(await here.room.databases())].filter((name) => name.includes("--verify"));
/** The file in which the embedded Tigris keeps the content of an object. */
function contentFile(bucket: string, text: string): string {
  const folder = join(here.room.cloud.home, "cloud");
  const found = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.parentPath.includes(`/${bucket}`))
    .map(({ parentPath, name }) => join(parentPath, name))
    .filter((path) => readFileSync(path, "latin1") === text);
  expect(found).toHaveLength(1);
  return found[0] ?? "";
}

async function givenTenant(id: string): Promise<GivenTenant> {
  const given = await tenant(id);
  await given.sql.executeMultiple(
    "CREATE TABLE notes(id INTEGER PRIMARY KEY, body TEXT); CREATE TABLE other(n);" +
      "INSERT INTO notes SELECT value, 'note ' || value FROM generate_series(1, 300); INSERT INTO other VALUES (1)",
  );
  await given.put("notes/one & more", `first of ${id}`);
  await given.put("empty", "");
  return given;
}

describe("a restore for a test", () => {
  it(
    "reads every file to the end and counts every row beside the living tenant, which it leaves alone, and removes all of it",
    async () => {
      const given = await givenTenant("tested");
      const { s3, bucket, turso } = given.holdings;
      const large = new Uint8Array(6 * MIB).map((_, at) => (at * 31) % 251);
      await new Upload({ client: s3, params: { Bucket: bucket, Key: "large", Body: large } }).done();
      const cut = await cutOf(given);
      expect(cut.holds).toMatchObject({ files: 3, rows: { notes: 300, other: 1 } });
      await given.put("later", "not in it");
      await given.sql.execute("DELETE FROM notes WHERE id > 5");
      const living = async () => [
        await contentOf(given.sql),
        await tigris().buckets.inventory(bucket, { keepsVersions: true }, {}).next(),
        await tigris().buckets.tags(bucket, {}),
        await turso.configuration("tested", {}),
        await turso.database("tested", {}),
      ];
      const before = await living();
      expect(await test(given, cut)).toMatchObject({
        files: 3,
        bytes: 6 * MIB + "first of tested".length,
        bySizeOnly: 0,
        rows: { notes: 300, other: 1 },
        isCounted: true,
        faults: [],
      });
      expect(await living()).toEqual(before);
      expect(await scratch()).toEqual([]);
    },
    SLOW,
  );

  it("finds a file that is damaged, and one that the snapshot has lost, and names both", async () => {
    const given = await givenTenant("damaged");
    await given.put("lost", "will be lost");
    const cut = await cutOf(given);
    writeFileSync(contentFile("damaged", "first of damaged"), "FIRST of damaged");
    rmSync(contentFile("damaged", "will be lost"));
    const { faults } = await test(given, cut);
    expect(faults).toEqual(
      expect.arrayContaining([
        { kind: "file", name: "notes/one & more", said: expect.stringContaining("is damaged") as unknown },
        {
          kind: "list of files",
          name: "",
          said: expect.stringContaining("3 files when it was taken; now 2") as unknown,
        },
      ]),
    );
    expect(await scratch()).toEqual([]);
  });

  it("finds a file that the snapshot lists and that cannot be read", async () => {
    const given = await givenTenant("unreadable");
    const cut = await cutOf(given);
    await here.room.cloud.faults({ operation: "^GetObject$", kind: "error", status: 403 });
    const { faults } = await test(given, cut);
    expect(faults.map(({ kind, name }) => `${kind} ${name}`).sort()).toEqual(["file empty", "file notes/one & more"]);
    expect(faults[0]?.said).toMatch(/^cannot be read: /);
  });

  it("reads again what broke off on the way: that is no damage", async () => {
    const given = await givenTenant("broke-off");
    const cut = await cutOf(given);
    await here.room.cloud.faults({ operation: "^GetObject$", kind: "cut", times: 1 });
    expect((await test(given, cut)).faults).toEqual([]);
  });

  it("finds a table with fewer rows than it had when the snapshot was taken, and one that is gone", async () => {
    const given = await givenTenant("fewer");
    const { holds } = await cutOf(given);
    await given.sql.executeMultiple("DELETE FROM notes WHERE id = 7; DROP TABLE other");
    const lossy = { ...(await cutOf(given)), ...(holds === undefined ? {} : { holds }) };
    const { faults, rows } = await test(given, lossy);
    expect(rows).toEqual({ notes: 299 });
    expect(faults).toEqual([
      { kind: "table", name: "notes", said: "300 rows when it was taken, 299 restored" },
      { kind: "table", name: "other", said: "1 row when it was taken, no table restored" },
    ]);
    expect(await scratch()).toEqual([]);
  });

  it("finds no fault in a table of nothing, and one in a table that came from nowhere", () => {
    expect(rowFaults({ a: 0 }, { a: 0 })).toEqual([]);
    expect(rowFaults({}, { a: 2 })).toEqual([
      { kind: "table", name: "a", said: "no rows when it was taken, 2 restored" },
    ]);
  });

  it("says that rows were not counted where the line in the history is older than the count", async () => {
    const given = await givenTenant("older");
    const { holds, ...older } = await cutOf(given);
    expect(holds).toBeDefined();
    const found = await test(given, older);
    expect(found).toMatchObject({ isCounted: false, faults: [], rows: { notes: 300 } });
    expect(testLines("older", found).join("\n")).toContain("nobody counted when it was taken");
  });

  it("removes what it has made when it is broken off; what a run that was killed has left the next one removes, and no other's", async () => {
    const given = await givenTenant("broken-off");
    const cut = await cutOf(given);
    const until = new AbortController();
    const breakOff = { tell: () => until.abort(), signal: until.signal };
    await expect(testRestore({ ...whoseOf(given), run: newRunId(new Date()) }, cut, breakOff)).rejects.toThrow();
    expect(await scratch()).toEqual([]);

    // As after a kill -9: none of what removes it gets through.
    const [killed, other, living] = [1, 2, 3].map(() => newRunId(new Date()));
    const folder = join(here.room.folder(), "restore-tests");
    const ledger = runLedger(folder, 3_600_000, () => new Date());
    for (const run of [killed, other, living]) {
      ledger.enter(run ?? "");
      await here.room.cloud.faults(
        { operation: "^DeleteBucket$", kind: "error", status: 403 },
        { operation: "^DELETE .*/databases/", kind: "error", status: 403, times: 1 },
      );
      await expect(test(given, cut, { run })).rejects.toThrow();
      await here.room.cloud.faults({ operation: "^DeleteBucket$", kind: "error", status: 403 });
      await expect(test(given, cut, { run })).rejects.toThrow();
      await here.room.cloud.faults();
    }
    const dead = String(spawnSync("true").pid);
    for (const run of [killed, other]) writeFileSync(join(folder, run ?? ""), dead);
    await given.holdings.turso.createDatabase(copyOf(`broken-off--verify-${killed ?? ""}`), {});
    expect(await scratch()).toHaveLength(4);
    const left = { tigris: tigris(), turso: given.holdings.turso, ledger };
    await removeEndedScratch({ ...left, buckets: ["another"], databases: ["another"] }, {});
    expect(await scratch()).toHaveLength(4);
    await removeEndedScratch({ ...left, buckets: ["broken-off"], databases: ["broken-off"] }, {});
    expect(await scratch()).toEqual([`broken-off--verify-${living ?? ""}`]);
    await removeEndedScratch({ ...left, buckets: ["broken-off"], databases: ["broken-off"] }, {});
    expect([killed, other, living].map((run) => ledger.isOver(run ?? ""))).toEqual([false, false, false]);
    expect(ledger.cutOff()).toEqual([]);
    expect((await test(given, cut)).faults).toEqual([]);
    writeFileSync(join(folder, living ?? ""), dead);
    await removeEndedScratch({ ...left, buckets: ["broken-off"], databases: ["broken-off"] }, {});
    expect(await scratch()).toEqual([]);
  });

  it("leaves another one alone that is under way: two at once of one tenant both find all of it", async () => {
    const given = await givenTenant("at-once");
    const cut = await cutOf(given);
    const found = await Promise.all([test(given, cut), test(given, cut), test(given, cut)]);
    expect(found.map(({ files, faults }) => [files, faults])).toEqual([1, 2, 3].map(() => [2, []]));
    expect(await scratch()).toEqual([]);
  });

  it("leaves alone a bucket and a database of its name that are no copies of the tenant's", async () => {
    const given = await givenTenant("taken");
    const cut = await cutOf(given);
    const run = newRunId(new Date());
    const name = `taken--verify-${run}`;
    const other = await tenant(name);
    await other.put("theirs", "1");
    await expect(test(given, cut, { run })).rejects.toThrow(name);
    await given.holdings.turso.deleteDatabase(name, {});
    await expect(test(given, cut, { run })).rejects.toMatchObject({ code: snapshotErrors.VERIFY_SCRATCH_TAKEN.code });
    const ledger = runLedger(here.room.folder(), -1, () => new Date(Date.now() + 120_000));
    expect(ledger.isOver(run)).toBe(true);
    const left = { tigris: tigris(), turso: given.holdings.turso, ledger };
    await removeEndedScratch({ ...left, buckets: ["taken"], databases: ["taken"] }, {});
    expect(await tigris().buckets.isEmpty(name, {})).toBe(false);
    await other.holdings.s3.send(new DeleteObjectCommand({ Bucket: name, Key: "theirs" }));
  });

  it("says that it cannot be restored where Turso does not reach back so far, or Tigris has the snapshot no longer", async () => {
    const given = await givenTenant("forgotten");
    const cut = await cutOf(given);
    await expect(test(given, { ...cut, version: "12345" })).rejects.toMatchObject({ status: 404 });
    await here.room.cloud.switches({ "turso.retentionHours": 0 });
    await expect(test(given, cut)).rejects.toMatchObject({ code: snapshotErrors.RESTORE_TOO_OLD.code });
    expect((await scratch()).filter((name) => name.startsWith("forgotten"))).toEqual([]);
  });

  it("prints names of files and tables escaped, so that none begins a line or colours one", () => {
    const evil = "evil\n::error::pwn\u001b[31m\u202e";
    const cut: Cut = {
      at: "2026-11-27T08:00:00.000Z",
      bucket: "b",
      version: "1",
      bytes: 1,
      database: null,
      fencedMs: 0,
    };
    const faults = [{ kind: "file" as const, name: evil, said: evil }];
    const found = { cut, files: 1, bytes: 1, bySizeOnly: 1, rows: null, isCounted: true, faults };
    const lines = testLines("acme", found);
    expect(lines.filter((line) => line.includes("evil"))).toHaveLength(1);
    expect(lines.filter((line) => printable(line) !== line)).toEqual([]);
  });
});

describe("content held against its ETag", () => {
  const md5 = (...parts: Uint8Array[]) => parts.reduce((hash, part) => hash.update(part), createHash("md5")).digest();
  const content = new Uint8Array(11 * MIB).map((_, at) => at % 253);
  const part = (at: number, size: number) => content.subarray(at * size, (at + 1) * size);
  const etagOf = (size: number, count: number) =>
    `${md5(...Array.from({ length: count }, (_, at) => md5(part(at, size)))).toString("hex")}-${count}`;
  const check = (etag: string, bytes: Uint8Array, piece = 700_001) => {
    const made = new EtagCheck(etag, bytes.length);
    for (let from = 0; from < bytes.length; from += piece) made.update(bytes.subarray(from, from + piece));
    return made.verdict();
  };
  const damaged = Uint8Array.from(content);
  damaged[5_000_000] = (damaged[5_000_000] ?? 0) ^ 1;

  it("is the same only if every byte is, uploaded in one piece, in parts, or in a single part", () => {
    const plain = md5(content).toString("hex");
    expect([check(plain, content), check(plain, damaged)]).toEqual([true, false]);
    expect([check(etagOf(5 * MIB, 3), content), check(etagOf(8 * MIB, 2), content)]).toEqual([true, true]);
    expect([check(etagOf(11 * MIB, 1), content), check(etagOf(11 * MIB, 1), damaged)]).toEqual([true, false]);
    expect([check(md5().toString("hex"), new Uint8Array()), check(plain, new Uint8Array())]).toEqual([true, false]);
  });

  it("cannot be told where the parts are of no usual size, or the ETag is none of MD5", () => {
    expect(check(etagOf(5 * MIB, 3), damaged)).toBeUndefined();
    expect(check(etagOf(7 * MIB, 2), content)).toBeUndefined();
    expect(check("0123-abc", content)).toBeUndefined();
  });
});
