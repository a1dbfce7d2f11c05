import { createHash } from "node:crypto";

import { describe, expect, it } from "@jest/globals";
import { DeleteObjectCommand, GetObjectCommand } from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";
import { createClient } from "@libsql/client";

import { switchedLines } from "../../../cli/restore.ts";
import type { Cut } from "../../../operations/history/entry.ts";
import { chained, EMPTY } from "../../../operations/history/entry.ts";
import { switchesIn } from "../../../operations/history/switches-under-way.ts";
import { snapshotErrors } from "../../../operations/snapshots/errors.ts";
import { objectsIn } from "../../../operations/snapshots/objects-as-of.ts";
import { undoOf } from "../../../operations/snapshots/switch-tenant.ts";
import { compareWhole, type Switched, switchHoldings } from "../../../operations/snapshots/switched.ts";
import { printable } from "../../../output/printable.ts";
import { isDeep } from "../../support/deep.ts";
import { CALM, contentOf, type GivenTenant } from "../handover/handover-room.ts";
import { SLOW, snapshotRoom } from "./snapshot-room.ts";

const here = snapshotRoom();
const { cutOf } = here;
const CLOSED = { block_reads: true, block_writes: true };
const OPEN = { block_reads: false, block_writes: false };

const md5 = (content: string | Uint8Array) => createHash("md5").update(content).digest("hex");
/** Bytes that tell their place. */
const bytes = (length: number) => new Uint8Array(length).map((_, at) => (at * 31) % 251);

const SCHEMA = `
  CREATE TABLE notes(id INTEGER PRIMARY KEY AUTOINCREMENT, body TEXT, raw BLOB, half REAL);
  CREATE TABLE tags(note INTEGER REFERENCES notes(id), tag TEXT, PRIMARY KEY (note, tag)) WITHOUT ROWID;
  CREATE INDEX by_body ON notes(body);
  CREATE VIRTUAL TABLE found USING fts5(body, content='notes', content_rowid='id');
  CREATE TRIGGER notes_found AFTER INSERT ON notes BEGIN INSERT INTO found(rowid, body) VALUES (new.id, new.body); END;
  CREATE VIEW long AS SELECT * FROM notes WHERE length(body) > 7;
  INSERT INTO notes(body, raw, half) SELECT 'note ' || value, randomblob(9), value / 2.0 FROM generate_series(1, 700);
  INSERT INTO tags SELECT id, 'tag ' || (id % 5) FROM notes WHERE id % 3 = 0;`;
/** What is done to it afterwards: rows and tables that change, go and come. */
const DAMAGE = `
  DROP VIEW long; DROP TABLE tags;
  DELETE FROM notes WHERE id > 600; UPDATE notes SET body = 'mine' WHERE id = 1;
  INSERT INTO notes(body) VALUES ('later');
  CREATE TABLE later(n); INSERT INTO later VALUES (1);
  CREATE VIEW latest AS SELECT * FROM later; CREATE VIRTUAL TABLE later_found USING fts5(body);`;

/** A tenant with files and rows of every kind, a cut of it, and then changed in every way and suspended. */
async function givenDamaged(id: string): Promise<{ given: GivenTenant; cut: Cut; then: unknown; damaged: unknown }> {
  const given = await here.tenant(id);
  const { s3, bucket } = given.holdings;
  await given.sql.executeMultiple(SCHEMA);
  await given.put("notes/gone & more", "gone", { ContentType: "text/x-odd", Metadata: { mode: "33188" } });
  await given.put("notes/changed", "then");
  await given.put("kept", "same");
  await given.put("empty", "");
  // In parts of 8 MiB, as other clients write: what is brought back has parts of another size, and another ETag.
  const params = { Bucket: bucket, Key: "large", Body: bytes(9 * 2 ** 20) };
  await new Upload({ client: s3, params, partSize: 8 * 2 ** 20 }).done();
  const then = await all(given);
  const cut = await cutOf(given);
  for (const key of ["notes/gone & more", "large", "empty"]) await remove(given, key);
  await given.put("notes/changed", "now");
  await given.put("added/later", "new");
  await given.sql.executeMultiple(DAMAGE);
  const damaged = await all(given);
  expect(damaged).not.toEqual(then);
  await given.holdings.turso.configure(id, CLOSED, {});
  return { given, cut, then, damaged };
}

const remove = ({ holdings: { s3, bucket } }: GivenTenant, Key: string) =>
  s3.send(new DeleteObjectCommand({ Bucket: bucket, Key }));

/** Everything that the tenant has: files with type, metadata and content, schema and rows. */
async function all(given: GivenTenant, sql = given.sql): Promise<unknown> {
  const { s3, bucket } = given.holdings;
  const files: unknown[] = [];
  for await (const { key } of objectsIn({ s3, bucket }, "")) {
    const { Body, ContentType, Metadata } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    files.push([key, ContentType, Metadata, md5((await Body?.transformToByteArray()) ?? "")]);
  }
  const counters = await sql.execute("SELECT name, seq FROM sqlite_sequence ORDER BY name");
  return { files, ...((await contentOf(sql)) as object), counters: counters.rows.map((row) => [row[0], row[1]]) };
}

/** The same of a tenant that is closed, with a token that is minted for it. */
async function allOfClosed(given: GivenTenant): Promise<unknown> {
  const { turso, database, urlOf } = given.holdings;
  const { name = "", hostname = "" } = database ?? {};
  await turso.configure(name, OPEN, {});
  const authToken = await turso.mint(name, { expiration: "1h", authorization: "full-access" }, {});
  const sql = createClient({ url: urlOf(hostname), authToken, intMode: "bigint" });
  try {
    return await all(given, sql);
  } finally {
    sql.close();
    await turso.configure(name, CLOSED, {});
  }
}

interface Switching {
  readonly undo?: Cut;
  readonly rotate?: () => void;
  readonly tell?: (what: string) => void;
  readonly signal?: AbortSignal;
}

/** Switches, and tells of the cut that was taken before. */
async function switched(
  given: GivenTenant,
  cut: Cut,
  { undo, rotate = () => undefined, tell = CALM.tell, signal = CALM.signal }: Switching = {},
): Promise<{ readonly done: Promise<Switched>; readonly undo: () => Cut | undefined }> {
  let taken = undo;
  const begin = async () => (taken ??= await cutOf(given));
  const done = switchHoldings(given.holdings, cut, { rotate, begin }, { tell, signal });
  await done.catch(() => undefined);
  return { done, undo: () => taken };
}

describe("a switch to a snapshot", () => {
  it(
    "makes files, tables and all that belongs to them as they were, and another one brings back how it was before",
    async () => {
      const { given, cut, then, damaged } = await givenDamaged("switched");
      const { turso } = given.holdings;
      const { done } = await switched(given, cut);
      const found = await done;
      expect(found).toMatchObject({
        files: {
          added: ["added/later"],
          changed: ["notes/changed"],
          gone: ["empty", "large", "notes/gone & more"],
          same: 1,
        },
        broughtFiles: 4,
        removedFiles: 1,
        rows: { notes: 700, tags: 233 },
        failed: {},
      });
      expect(found.tables).toMatchObject({ notes: { then: 700, now: 601 }, later: { then: null, now: 1 } });
      expect(found.undo.holds).toMatchObject({ files: 3, rows: { notes: 601, later: 1 } });
      expect(await turso.configuration("switched", {})).toMatchObject({ blockReads: true, blockWrites: true });
      expect(await allOfClosed(given)).toEqual(then);
      await turso.configure("switched", OPEN, {});
      await expect(given.sql.execute("SELECT 1")).rejects.toThrow(/401|unauthorized|token/i);
      await turso.configure("switched", CLOSED, {});
      expect(await here.room.databases()).not.toContain("switched--restore");

      await (
        await switched(given, found.undo)
      ).done;
      expect(await allOfClosed(given)).toEqual(damaged);
      expect(switchedLines("acme", found)).toContain(
        `to take that back: npx tenantry restore acme --at ${found.undo.at} --switch`,
      );
    },
    SLOW,
  );

  it(
    "that broke off, wherever that was, ends the same when it goes on, and can be taken back as well",
    async () => {
      const { given, cut, then, damaged } = await givenDamaged("broke-off");
      const { turso } = given.holdings;
      let undo: Cut | undefined;
      // One step further each time: nothing is done twice by a run that goes on, so that all of them are passed.
      const stops = isDeep ? Array.from({ length: 40 }, (_, at) => at + 1) : [2, 6];
      for (const stop of stops) {
        const until = new AbortController();
        let steps = 0;
        const tell = () => {
          if ((steps += 1) === stop) until.abort();
        };
        const run = await switched(given, cut, { tell, signal: until.signal, ...(undo === undefined ? {} : { undo }) });
        undo = run.undo() ?? undo;
        const hasEnded = await run.done.then(
          () => true,
          (error: unknown) => {
            if (!until.signal.aborted) throw error;
            return false;
          },
        );
        // A run that is stopped at its last step has nothing left to stop: it ends.
        expect(hasEnded && until.signal.aborted && steps > stop).toBe(false);
        expect(await turso.configuration("broke-off", {})).toMatchObject({ blockReads: true, blockWrites: true });
        if (hasEnded) break;
      }
      if (undo === undefined) throw new Error("no run has taken a cut");
      await (
        await switched(given, undo, { undo: cut })
      ).done;
      expect(await allOfClosed(given)).toEqual(damaged);
      await (
        await switched(given, cut, { undo })
      ).done;
      expect(await allOfClosed(given)).toEqual(then);
    },
    SLOW * 2,
  );

  it(
    "is done by the next run where a vendor failed: nothing is lost, and the database is closed in between",
    async () => {
      const { given, cut, then } = await givenDamaged("failed");
      let undo: Cut | undefined;
      const each = ["^PutObject$", "^DeleteObject$", "^GetObject$", "^POST .*/v2/pipeline", "^PATCH .*/configuration"];
      const operations = isDeep ? each : each.slice(-2);
      for (const operation of operations) {
        await here.room.cloud.faults({
          operation,
          kind: "error",
          status: 403,
          skip: operation.startsWith("^PATCH") ? 1 : 0,
          times: 1,
        });
        const run = await switched(given, cut, undo === undefined ? {} : { undo });
        undo = run.undo() ?? undo;
        await run.done.then(
          ({ failed }) => expect([operation, Object.keys(failed).length]).toEqual([operation, expect.any(Number)]),
          () => undefined,
        );
        await here.room.cloud.faults();
        expect(await given.holdings.turso.configuration("failed", {})).toMatchObject({ blockReads: true });
      }
      expect((await (await switched(given, cut, undo === undefined ? {} : { undo })).done).failed).toEqual({});
      expect(await allOfClosed(given)).toEqual(then);
    },
    SLOW,
  );

  it("leaves alone what somebody else has written meanwhile, and says what that is", async () => {
    const { given, cut } = await givenDamaged("written");
    const undo = await cutOf(given);
    await given.put("notes/changed", "by somebody");
    await given.put("added/by somebody", "theirs");
    const { done } = await switched(given, cut, { undo });
    expect(Object.keys((await done).failed).sort()).toEqual(["added/by somebody", "notes/changed"]);
    const { s3, bucket } = given.holdings;
    for (const [Key, text] of [
      ["notes/changed", "by somebody"],
      ["added/by somebody", "theirs"],
    ] as const) {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key }));
      expect(await Body?.transformToString()).toBe(text);
    }
  });

  it("that cannot be is refused before a credential is touched, and comparing a suspended tenant changes nothing", async () => {
    const { given, cut, damaged } = await givenDamaged("refused");
    await here.room.cloud.forgetCalls();
    const found = await compareWhole(given.holdings, cut, CALM);
    expect(found).toMatchObject({
      files: { added: ["added/later"], same: 1 },
      tables: { notes: { then: 700, now: 601 } },
    });
    const calls = (await here.room.cloud.calls()).filter(({ mutating }) => mutating);
    expect(calls.filter(({ vendor }) => vendor === "tigris")).toEqual([]);
    expect(await here.room.databases()).toEqual(expect.not.arrayContaining(["refused--restore", "refused--now"]));

    const rotated: string[] = [];
    const rotate = () => void rotated.push("rotated");
    const other = { ...cut, database: { name: "refused", dbId: "another", bytes: null } };
    for (const wrong of [other, { ...cut, database: null }])
      await expect((await switched(given, wrong, { rotate })).done).rejects.toMatchObject({
        code: snapshotErrors.RESTORE_DATABASE_REPLACED.code,
      });
    await here.room.cloud.switches({ "turso.retentionHours": 0 });
    await expect((await switched(given, cut, { rotate })).done).rejects.toMatchObject({
      code: snapshotErrors.RESTORE_TOO_OLD.code,
    });
    await here.room.cloud.resetSwitches();
    expect(rotated).toEqual([]);
    await given.holdings.turso.configure("refused", OPEN, {});
    expect(await all(given)).toEqual(damaged);
  });
});

describe("a switch that has begun", () => {
  const cut = (version: string): Cut => ({
    at: `2026-11-2${version}T10:00:00.000Z`,
    bucket: "b",
    version,
    bytes: 0,
    database: null,
    fencedMs: 0,
  });
  const line = (kind: "restoring" | "restored", tenant: string, to: Cut, undo?: Cut) => ({
    kind,
    tenant,
    cut: to,
    ...(undo === undefined ? {} : { undo }),
    time: "2026-11-27T10:00:00.000Z",
    stack: "local",
    run: "6f1c1c0a-6c3b-4a0e-9a53-0f6a4c1d2e3f",
    actor: "ada",
    from: "here",
  });

  it("is under way until it has ended, for as long as that takes; what only brings files back is none", () => {
    const [to, undo] = [cut("1"), cut("2")];
    const begun = [line("restoring", "acme", to, undo), line("restoring", "beta", to)];
    expect(Object.fromEntries(switchesIn(chained(EMPTY, begun)))).toEqual({ acme: { to, undo } });
    // A plain restore that ends says nothing of the switch.
    expect([...switchesIn(chained(EMPTY, [...begun, line("restored", "acme", to)])).keys()]).toEqual(["acme"]);
    expect(switchesIn(chained(EMPTY, [...begun, line("restored", "acme", to, undo)])).size).toBe(0);
  });

  it("goes on or is taken back, and goes nowhere else", () => {
    const open = { to: cut("1"), undo: cut("2") };
    expect(undoOf(open.to, open, "acme")).toEqual(open.undo);
    expect(undoOf(open.undo, open, "acme")).toEqual(open.to);
    expect(undoOf(cut("3"), undefined, "acme")).toBeUndefined();
    expect(() => undoOf(cut("3"), open, "acme")).toThrow(`restore acme --at ${open.undo.at} --switch`);
  });

  it("is reported with the names of files and tables escaped, so that none starts a line or colours one", () => {
    const evil = "evil\n::error::pwn\u001b[31m\u202e";
    const files = { added: [evil], changed: [evil], gone: [evil], same: 0 };
    const counts = { broughtFiles: 2, removedFiles: 1, rows: { [evil]: 1 }, failed: {} };
    const found = { cut: cut("1"), undo: cut("2"), files, tables: { [evil]: { then: 1, now: 2 } }, ...counts };
    const lines = switchedLines("acme", found);
    expect(lines.filter((each) => each.includes("evil"))).toHaveLength(4);
    expect(lines.filter((each) => printable(each) !== each)).toEqual([]);
  });
});
