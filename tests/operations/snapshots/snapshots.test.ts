import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "@jest/globals";
import { DeleteObjectCommand, GetObjectCommand } from "@aws-sdk/client-s3";
import { createClient } from "@libsql/client";

import { Quiet } from "../../../container/app/quiet.ts";
import { quantile } from "../../../operations/engine/quantile.ts";
import { withPassingCopy } from "../../../operations/handover/passing-copy.ts";
import type { Cut } from "../../../operations/history/entry.ts";
import { cloneHoldings } from "../../../operations/snapshots/clone.ts";
import { snapshotErrors } from "../../../operations/snapshots/errors.ts";
import { cutAt } from "../../../operations/snapshots/ledger.ts";
import { readObject } from "../../../operations/snapshots/objects-as-of.ts";
import { restoreCut } from "../../../operations/snapshots/restore.ts";
import { httpErrors } from "../../../provider/http/errors.ts";
import { tigrisErrors } from "../../../provider/tigris/errors.ts";
import { isDeep, times } from "../../support/deep.ts";
import { CALM, contentOf, type GivenTenant } from "../handover/handover-room.ts";
import { FLEET_ID, SLOW, snapshotRoom } from "./snapshot-room.ts";

const { signal } = CALM;

const here = snapshotRoom();
const { tigris, tenant } = here;
const cutOf = (given: GivenTenant, flush?: (seconds: number) => Promise<void>): Promise<Cut> =>
  here.cutOf(given, { flush });
const textOf = async ({ holdings: { s3, bucket } }: GivenTenant, key: string) =>
  (await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }))).Body?.transformToString();
const remove = ({ holdings: { s3, bucket } }: GivenTenant, key: string) =>
  s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
const restore = (given: GivenTenant, cut: Cut, wish: { prefix?: string; tables?: string[]; dryRun?: boolean } = {}) =>
  restoreCut(given.holdings, cut, { prefix: "", tables: [], dryRun: false, ...wish }, CALM);
const OWNER = { fleetId: FLEET_ID, stack: "local" };

/** What a database held at a cut. */
async function rowsAt(given: GivenTenant, cut: Cut, sql: string) {
  const { database } = given.holdings;
  if (database === undefined) throw new Error("no database");
  const copied = { ...given.holdings, database, mark: "--look", timestamp: cut.at };
  return withPassingCopy(copied, { tenant: "t", signal }, async (copy) => (await copy.execute(sql)).rows);
}

describe("a cut", () => {
  it(
    "holds files and rows of one instant: a writer that counts in both is at most one write apart in it",
    async () => {
      const given = await tenant("counting");
      await given.sql.batch(["CREATE TABLE counter(n INTEGER)", "INSERT INTO counter VALUES (0)"], "write");
      await given.put("counter", "0");
      const cuts = times(5, 100);
      const seen: { file: number; row: number; fencedMs: number }[] = [];
      const until = new AbortController();
      const stalls: number[] = [];
      let [n, blocked] = [0, 0];
      const writing = (async () => {
        while (!until.signal.aborted) {
          await given.put("counter", String(n + 1));
          let since: number | undefined;
          for (;;) {
            try {
              await given.sql.execute({ sql: "UPDATE counter SET n = ?", args: [n + 1] });
              break;
            } catch (error) {
              if (!String(error).includes("BLOCKED")) throw error;
              since ??= performance.now();
              blocked += 1;
            }
          }
          if (since !== undefined) stalls.push(Math.round(performance.now() - since));
          n += 1;
        }
      })();
      try {
        for (let at = 0; at < cuts; at += 1) {
          const before = n;
          const cut = await cutOf(given);
          const { Body } = await readObject({ ...given.holdings, version: cut.version }, "counter");
          const file = Number(await Body?.transformToString());
          const row = Number((await rowsAt(given, cut, "SELECT n FROM counter"))[0]?.[0]);
          expect(row).toBeGreaterThanOrEqual(before);
          seen.push({ file, row, fencedMs: cut.fencedMs });
        }
      } finally {
        until.abort();
        await writing;
      }
      expect(seen.filter(({ file, row }) => file !== row && file !== row + 1)).toEqual([]);
      expect(seen.every(({ fencedMs }) => fencedMs > 0)).toBe(true);
      expect({ n: n > cuts, blocked: blocked > 0 }).toEqual({ n: true, blocked: true });
      // One writer: no more stalls than fences, and each is over with its fence.
      expect(stalls.length).toBeLessThanOrEqual(cuts);
      const fences = seen.map(({ fencedMs }) => fencedMs);
      if (isDeep)
        process.stdout.write(
          `${cuts} cuts, ${n} writes, ${blocked} refused: fence ${quantile(fences, 0.5)} ms, at most ${Math.max(...fences)}; ` +
            `the writer was stopped ${stalls.length} times, for ${quantile(stalls, 0.5)} ms, at most ${Math.max(...stalls)}\n`,
        );
      // Beside other tests a computer may be too busy for any limit.
      const limit = times(Infinity, 2000);
      expect([...fences, ...stalls].filter((ms) => ms >= limit)).toEqual([]);
    },
    isSlow(20),
  );

  it(
    "of an app with a hook of its own holds a file and its row, never one without the other, and no write is refused",
    async () => {
      const given = await tenant("quiet");
      await given.sql.batch(["CREATE TABLE counter(n INTEGER)", "INSERT INTO counter VALUES (0)"], "write");
      await given.put("counter", "0");
      const quiet = new Quiet();
      const until = new AbortController();
      const refused: unknown[] = [];
      let n = 0;
      const write = async () => {
        await given.put("counter", String(n + 1));
        await given.sql.execute({ sql: "UPDATE counter SET n = ?", args: [n + 1] });
        n += 1;
      };
      const writing = (async () => {
        while (!until.signal.aborted) await quiet.write(write).catch((error: unknown) => refused.push(error));
      })();
      const answered = async (is: boolean | Promise<boolean>) => {
        if (!(await is)) throw new Error("not quiet");
      };
      const quiesce = {
        begin: () => answered(quiet.begin({ drainMs: SLOW, holdMs: SLOW })),
        end: () => answered(quiet.end()),
      };
      const seen: unknown[] = [];
      const cuts = times(5, 100);
      try {
        for (let at = 0; at < cuts; at += 1) {
          const cut = await here.cutOf(given, { quiesce });
          const { Body } = await readObject({ ...given.holdings, version: cut.version }, "counter");
          const file = Number(await Body?.transformToString());
          const row = Number((await rowsAt(given, cut, "SELECT n FROM counter"))[0]?.[0]);
          seen.push([file - row, cut.quiescedMs !== undefined && cut.quiescedMs >= cut.fencedMs]);
        }
      } finally {
        until.abort();
        await writing;
      }
      expect(seen).toEqual(Array.from({ length: cuts }, () => [0, true]));
      expect([refused, n > cuts]).toEqual([[], true]);
    },
    isSlow(20),
  );

  it("is taken behind the fence alone where the hook fails, which is told, and the app is told to go on in any case", async () => {
    const given = await tenant("hook-fails");
    const told: string[] = [];
    const ended: string[] = [];
    const hook = (begin?: string, end?: string) => {
      const fails = (why?: string) => (why === undefined ? Promise.resolve() : Promise.reject(new Error(why)));
      const quiesce = { begin: () => fails(begin), end: () => fails(end).finally(() => ended.push("ended")) };
      return { quiesce, tell: (why: string) => void told.push(why) };
    };
    const cuts = [
      await here.cutOf(given, hook("exit code 1")),
      await here.cutOf(given, hook(undefined, "it was over before")),
      await here.cutOf(given, hook("no answer", "no answer")),
    ];
    expect(cuts.map(({ quiescedMs, fencedMs }) => [quiescedMs, fencedMs > 0])).toEqual(
      cuts.map(() => [undefined, true]),
    );
    expect(told).toEqual(["begin: exit code 1", "end: it was over before", "begin: no answer"]);
    const flush = () => Promise.reject(new Error("still uploading"));
    await expect(
      here.cutOf(given, { ...hook(), flush: (seconds) => (seconds < 10 ? flush() : Promise.resolve()) }),
    ).rejects.toThrow("still uploading");
    expect(ended).toHaveLength(4);
    await given.sql.execute("CREATE TABLE takes_writes(n)");
  });

  it("lets the database take writes again, also where the snapshot fails, and leaves a suspended one as it is", async () => {
    const given = await tenant("reopened");
    await given.sql.execute("CREATE TABLE t(n)");
    const busy = (seconds: number) => (seconds < 10 ? Promise.reject(new Error("still uploading")) : Promise.resolve());
    await expect(cutOf(given, busy)).rejects.toThrow("still uploading");
    await given.sql.execute("INSERT INTO t VALUES (1)");
    const { turso } = given.holdings;
    await turso.configure("reopened", { block_writes: true, block_reads: true }, {});
    expect((await cutOf(given)).fencedMs).toBe(0);
    expect(await turso.configuration("reopened", {})).toMatchObject({ blockWrites: true, blockReads: true });
  });

  it("is refused where the bucket keeps no snapshots", async () => {
    const given = await here.room.tenant("no-snapshots");
    await expect(cutOf(given)).rejects.toMatchObject({ code: tigrisErrors.TIGRIS_NO_SNAPSHOTS.code });
    await given.sql.execute("CREATE TABLE takes_writes(n)");
  });

  it("is named by a time: the youngest that is not after it", () => {
    const cut = (at: string): Cut => ({ at, bucket: "b", version: "1", bytes: 0, database: null, fencedMs: 0 });
    const cuts = ["2026-11-25T10:00:00.000Z", "2026-11-26T10:00:00.000Z"].map(cut);
    expect(cutAt(cuts, "acme", new Date("2026-11-26T09:59:59Z"))).toBe(cuts[0]);
    expect(cutAt(cuts, "acme", new Date("2026-11-26T10:00:00Z"))).toBe(cuts[1]);
    expect(() => cutAt(cuts, "acme", new Date("2026-11-24"))).toThrow(snapshotErrors.SNAPSHOT_UNKNOWN.code);
  });
});

describe("a restore", () => {
  it(
    "leaves alone which migrations the database has had: one that was taken back since does not count again",
    async () => {
      const given = await tenant("taken-back");
      const ledger = "CREATE TABLE _tenantry_migrations (number INTEGER PRIMARY KEY, name TEXT)";
      await given.sql.batch([ledger, "INSERT INTO _tenantry_migrations VALUES (1, 'notes'), (2, 'slugs')"], "write");
      const cut = await cutOf(given);
      await given.sql.execute("DELETE FROM _tenantry_migrations WHERE number = 2");
      expect(await restore(given, cut)).toMatchObject({ broughtRows: {} });
      const { rows } = await given.sql.execute("SELECT number FROM _tenantry_migrations");
      expect(rows.map((row) => row[0])).toEqual([1n]);
    },
    SLOW,
  );

  it(
    "says what has changed, and brings back what is gone to the byte, writing over nothing",
    async () => {
      const given = await tenant("restored");
      await given.sql.executeMultiple(
        "CREATE TABLE notes(id INTEGER PRIMARY KEY, body TEXT, raw BLOB); CREATE TABLE other(n);" +
          "INSERT INTO notes SELECT value, 'note ' || value, randomblob(20) FROM generate_series(1, 1200);" +
          "INSERT INTO other VALUES (1)",
      );
      const before = await given.sql.execute("SELECT * FROM notes WHERE id > 3 ORDER BY id");
      const bytes = new Uint8Array(3_000_000).map((_, at) => (at * 7) % 251);
      await given.put("notes/gone bytes", bytes, { ContentType: "text/x-odd", Metadata: { mode: "33188" } });
      await given.put("notes/changed", "then");
      await given.put("kept", "same");
      const cut = await cutOf(given);
      await remove(given, "notes/gone bytes");
      await given.put("notes/changed", "now");
      await given.put("added", "new");
      await given.sql.executeMultiple(
        "DELETE FROM notes WHERE id > 3; UPDATE notes SET body = 'mine' WHERE id = 1; DROP TABLE other",
      );

      const calls = await mutating(() => restore(given, cut, { dryRun: true }));
      const { files, tables } = calls.result;
      expect(files).toEqual({ added: ["added"], changed: ["notes/changed"], gone: ["notes/gone bytes"], same: 1 });
      expect(tables).toEqual({ notes: { then: 1200, now: 3 }, other: { then: 1, now: null } });
      expect(calls.atTigris).toEqual([]);

      const { broughtFiles, broughtBeside, broughtRows, beside } = await restore(given, cut);
      expect({ broughtFiles, broughtBeside, broughtRows }).toEqual({
        broughtFiles: 1,
        broughtBeside: 1,
        broughtRows: { notes: 1197, other: 1 },
      });
      const { s3, bucket } = given.holdings;
      const back = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: "notes/gone bytes" }));
      expect(Buffer.compare((await back.Body?.transformToByteArray()) ?? new Uint8Array(), bytes)).toBe(0);
      expect([back.ContentType, back.Metadata]).toEqual(["text/x-odd", { mode: "33188" }]);
      expect([await textOf(given, "notes/changed"), await textOf(given, `${beside}notes/changed`)]).toEqual([
        "now",
        "then",
      ]);
      const after = await given.sql.execute("SELECT * FROM notes WHERE id > 3 ORDER BY id");
      expect(after.rows).toEqual(before.rows);
      expect((await given.sql.execute("SELECT body FROM notes WHERE id = 1")).rows[0]?.[0]).toBe("mine");
      expect(await here.room.databases()).not.toContain("restored--restore");
    },
    SLOW,
  );

  it("brings back no half of a file whose second half did not arrive, and all of it the next time", async () => {
    const given = await tenant("halved");
    await given.put("one", "all of it");
    const cut = await cutOf(given);
    await remove(given, "one");
    await here.room.cloud.faults({ operation: "^GetObject$", kind: "cut", times: 1 });
    const { broughtFiles, failed } = await restore(given, cut);
    expect([broughtFiles, failed]).toEqual([0, { one: expect.stringContaining(httpErrors.VENDOR_UNREACHABLE.code) }]);
    await expect(textOf(given, "one")).rejects.toMatchObject({ name: "NoSuchKey" });
    await restore(given, cut);
    expect(await textOf(given, "one")).toBe("all of it");
  });

  it("takes only what is below a path, and only the named tables; nothing where one of them is unknown", async () => {
    const given = await tenant("partly");
    await given.sql.executeMultiple(
      "CREATE TABLE a(n); CREATE TABLE b(n); INSERT INTO a VALUES (1); INSERT INTO b VALUES (1)",
    );
    await given.put("in/one", "1");
    await given.put("out/two", "2");
    const cut = await cutOf(given);
    await remove(given, "in/one");
    await remove(given, "out/two");
    await given.sql.executeMultiple("DELETE FROM a; DELETE FROM b");
    for (const dryRun of [true, false])
      await expect(restore(given, cut, { prefix: "in/", tables: ["b", "typo"], dryRun })).rejects.toMatchObject({
        code: snapshotErrors.RESTORE_NO_SUCH_TABLE.code,
      });
    const { files, broughtRows } = await restore(given, cut, { prefix: "in/", tables: ["b"] });
    expect([files.gone, broughtRows]).toEqual([["in/one"], { b: 1 }]);
    await expect(textOf(given, "out/two")).rejects.toMatchObject({ name: "NoSuchKey" });
    expect((await given.sql.execute("SELECT count(*) FROM a")).rows[0]?.[0]).toBe(0n);
  });

  it("brings back all others where one file cannot be, and says which and why", async () => {
    const given = await tenant("one-fails");
    const names = ["a.md", "b.md", "c.md"];
    for (const name of names) await given.put(name, name);
    const cut = await cutOf(given);
    for (const name of names) await remove(given, name);
    await here.room.cloud.faults({ operation: "^GetObject$", kind: "error", status: 403, times: 1 });
    const { broughtFiles, failed } = await restore(given, cut);
    await here.room.cloud.faults();
    const [missed = "", ...others] = Object.keys(failed);
    expect([broughtFiles, others]).toEqual([2, []]);
    for (const name of names.filter((each) => each !== missed)) expect(await textOf(given, name)).toBe(name);
    expect((await restore(given, cut)).broughtFiles).toBe(1);
    expect(await textOf(given, missed)).toBe(missed);
  });

  it("says that Turso does not reach back so far, and brings back no file then", async () => {
    const given = await tenant("too-old");
    await given.sql.execute("CREATE TABLE t(n)");
    await given.put("one", "1");
    const cut = await cutOf(given);
    await remove(given, "one");
    await here.room.cloud.switches({ "turso.retentionHours": 0 });
    await expect(restore(given, cut)).rejects.toMatchObject({ code: snapshotErrors.RESTORE_TOO_OLD.code });
    await expect(textOf(given, "one")).rejects.toMatchObject({ name: "NoSuchKey" });
    const other = { ...cut, database: { name: "too-old", dbId: "another", bytes: null } };
    await expect(restore(given, other)).rejects.toMatchObject({ code: snapshotErrors.RESTORE_DATABASE_REPLACED.code });
  });
});

describe("a clone", () => {
  const clone = (given: GivenTenant, name: string, cut: Cut, scrub?: string) => {
    const owner = { ...OWNER, tenant: name };
    const wish = { owner, names: { bucket: name, database: name }, cut, scrub };
    return cloneHoldings({ ...given.holdings, tigris: tigris() }, wish, signal);
  };
  const look = async (name: string) => {
    const { turso, urlOf } = (await here.room.tenant(`looks-at-${name}`)).holdings;
    const database = await turso.database(name, {});
    const authToken = await turso.mint(name, { expiration: "1h", authorization: "read-only" }, {});
    const client = createClient({ url: urlOf(database?.hostname ?? ""), authToken, intMode: "bigint" });
    return { client, dbId: database?.dbId ?? "" };
  };

  it(
    "that was scrubbed holds none of 1000 planted personal strings, not even in a free page of its file",
    async () => {
      const given = await tenant("personal");
      const planted = Array.from(
        { length: 1000 },
        (_, at) => `person-${at}-${(at * 7919).toString(36)}@private.example`,
      );
      await given.sql.batch(
        [
          "CREATE TABLE people(id INTEGER PRIMARY KEY, mail TEXT)",
          "CREATE INDEX by_mail ON people(mail)",
          "CREATE VIRTUAL TABLE found USING fts5(mail)",
          ...planted.flatMap((mail) => [
            { sql: "INSERT INTO people(mail) VALUES (?)", args: [mail] },
            { sql: "INSERT INTO found VALUES (?)", args: [mail] },
          ]),
        ],
        "write",
      );
      await given.put("notes/one", "1");
      const cut = await cutOf(given);
      await given.put("notes/one", "later");
      await clone(given, "scrubbed", cut, "UPDATE people SET mail = 'x' || id; DELETE FROM found;");
      const { client, dbId } = await look("scrubbed");
      expect((await client.execute("SELECT count(*), min(mail) FROM people")).rows[0]).toMatchObject({
        0: 1000n,
        1: "x1",
      });
      client.close();
      const folder = join(here.room.cloud.home, "cloud");
      const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter(
        (path) => path.includes(dbId) && /\/(?:data|data-wal|wallog)$/.test(path),
      );
      expect(files.length).toBeGreaterThanOrEqual(2);
      const text = files.map((path) => readFileSync(join(folder, path), "latin1")).join();
      expect(text).toContain("x1000");
      expect(planted.filter((mail) => text.includes(mail) || text.includes(mail.split("@")[0] ?? mail))).toEqual([]);
      const { s3 } = given.holdings;
      const file = await s3.send(new GetObjectCommand({ Bucket: "scrubbed", Key: "notes/one" }));
      expect(await file.Body?.transformToString()).toBe("1");
      expect(await here.room.databases()).not.toContain("personal--clone");
    },
    SLOW,
  );

  it("begins with the same rows and files, and keeps the two apart; made again it is the same", async () => {
    const given = await tenant("original");
    await given.sql.executeMultiple("CREATE TABLE t(n); INSERT INTO t VALUES (1), (2)");
    await given.put("one", "1");
    const cut = await cutOf(given);
    const before = await contentOf(given.sql);
    await given.sql.execute("DELETE FROM t");
    await clone(given, "copied", cut);
    await clone(given, "copied", cut);
    const { client } = await look("copied");
    expect(await contentOf(client)).toEqual(before);
    client.close();
    expect(await tigris().buckets.tags("copied", {})).toMatchObject({
      tags: { "tenantry-owner": `${OWNER.fleetId}/local/copied` },
    });
  });

  it("takes no name that another has, and leaves that as it is", async () => {
    const given = await tenant("taken-from");
    await given.sql.execute("CREATE TABLE t(n)");
    const other = await tenant("taken");
    await other.sql.execute("CREATE TABLE theirs(n)");
    await other.put("theirs", "1");
    const cut = await cutOf(given);
    await expect(clone(given, "taken", cut)).rejects.toMatchObject({ code: snapshotErrors.CLONE_EXISTS.code });
    expect([await textOf(other, "theirs"), await contentOf(other.sql)]).toMatchObject(["1", { rows: { theirs: [] } }]);
  });

  it("that was scrubbed is left as it is when it is made again, also when only the last answer was lost", async () => {
    const given = await tenant("begun");
    await given.sql.executeMultiple("CREATE TABLE t(secret); INSERT INTO t VALUES ('s')");
    const cut = await cutOf(given);
    const scrub = "UPDATE t SET secret = ''";
    // The second mark on the bucket says that the clone is whole.
    await here.room.cloud.faults({
      operation: "^PutBucketTagging$",
      kind: "error",
      status: 400,
      when: "after",
      skip: 1,
    });
    await expect(clone(given, "begun-again", cut, scrub)).rejects.toThrow();
    await here.room.cloud.faults();
    const before = await given.holdings.turso.database("begun-again", {});
    await clone(given, "begun-again", cut, scrub);
    expect(await given.holdings.turso.database("begun-again", {})).toEqual(before);
    await expect(clone(given, "begun-again", cut, "DELETE FROM t")).rejects.toMatchObject({
      code: snapshotErrors.CLONE_EXISTS.code,
    });
  });

  it("that broke off goes on only as of the instant at which it began, and says which that is", async () => {
    const given = await tenant("two-cuts");
    await given.sql.executeMultiple("CREATE TABLE t(n); INSERT INTO t VALUES (1)");
    const [first, second] = [await cutOf(given), await cutOf(given)];
    await here.room.cloud.faults({ operation: "^POST .*/databases$", kind: "error", status: 400 });
    await expect(clone(given, "of-two-cuts", first)).rejects.toThrow();
    await here.room.cloud.faults();
    await expect(clone(given, "of-two-cuts", second)).rejects.toThrow(`--at ${first.at}`);
    await clone(given, "of-two-cuts", first);
    expect(await here.room.databases()).toContain("of-two-cuts");
  });

  it("is not made where the scrub fails, and can be made afterwards", async () => {
    const given = await tenant("badly-scrubbed");
    await given.sql.executeMultiple("CREATE TABLE t(secret); INSERT INTO t VALUES ('s')");
    const cut = await cutOf(given);
    await expect(clone(given, "tried-twice", cut, "UPDATE nowhere SET a = 1")).rejects.toMatchObject({
      code: snapshotErrors.CLONE_SCRUB_FAILED.code,
    });
    expect(await here.room.databases()).not.toContain("tried-twice");
    await clone(given, "tried-twice", cut, "UPDATE t SET secret = ''");
    const { client } = await look("tried-twice");
    expect((await client.execute("SELECT secret FROM t")).rows[0]?.[0]).toBe("");
    client.close();
  });
});

/** What a step has changed at Tigris, besides its result. */
async function mutating<Result>(work: () => Promise<Result>): Promise<{ result: Result; atTigris: string[] }> {
  await here.room.cloud.forgetCalls();
  const result = await work();
  const calls = await here.room.cloud.calls();
  return {
    result,
    atTigris: calls.filter(({ vendor, mutating }) => vendor === "tigris" && mutating).map(({ operation }) => operation),
  };
}

/** Longer where more is tried. */
function isSlow(seconds: number): number {
  return times(seconds, seconds * 20) * 1000 + SLOW;
}
