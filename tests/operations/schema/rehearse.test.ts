import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { bringForward, type Bringing, type Brought } from "../../../operations/schema/bring.ts";
import type { StoredResource } from "../../../operations/engine/stack-state.ts";
import { waitingForImage } from "../../../operations/schema/of-stack.ts";
import {
  CLONE_MARK,
  deliberate,
  firstOf,
  MOST_CLONES,
  rehearse,
  whatIsWrong,
} from "../../../operations/schema/rehearse.ts";
import { broughtDocument, planDocument, planText, rehearsalLines } from "../../../operations/schema/shown.ts";
import { type SchemaState, surveyed } from "../../../operations/schema/survey.ts";
import { checkProblem } from "../../../operations/schema/own-check.ts";
import { copyName } from "../../../operations/handover/passing-copy.ts";
import type { Tenant } from "../../../tenants/model/tenant.ts";
import { schemaErrors } from "../../../tenants/schemas/errors.ts";
import { parseFolder } from "../../../tenants/schemas/parse-folder.ts";
import { NO_MIGRATOR } from "./no-migrator.ts";
import { times } from "../../support/deep.ts";
import { failureOf } from "../../provider/turso/platform.ts";
import { openSchemaRoom, type SchemaDatabase, type SchemaRoom } from "../../provider/turso/schema-room.ts";

const SLOW = 120_000;
let room: SchemaRoom;
beforeAll(async () => {
  room = await openSchemaRoom();
}, SLOW);
afterAll(() => room.dispose());

const signal = new AbortController().signal;
const calm = { tell: () => undefined, signal, now: () => new Date() };
const bringing: Bringing = { ...calm, waits: new Set(), paceOf: () => Promise.resolve(undefined), revision: "" };
const NOTES = "CREATE TABLE notes (id INTEGER PRIMARY KEY, slug TEXT)";

/** Databases at version 1, some of them with two notes of one slug. */
async function fleet(prefix: string, count: number, isBad: (place: number) => boolean, from: string) {
  const names = Array.from({ length: count }, (_, place) => `${prefix}-${String(place).padStart(3, "0")}`);
  const databases: SchemaDatabase[] = [];
  for (const [place, name] of names.entries()) {
    const database = await room.database(name);
    databases.push(database);
    await database.sql.batch(
      ["CREATE TABLE own (n INTEGER)", "INSERT INTO own VALUES (1)", NOTES.replace("notes", "seed")],
      "write",
    );
    await bringForward(room.access, await room.survey([name], from, 1), bringing);
    await database.sql.execute(`INSERT INTO notes (slug) VALUES ('a'), ('${isBad(place) ? "a" : "b"}')`);
  }
  return { names, databases };
}

const remaining = async () =>
  (await room.access.turso.databases({})).map(({ name }) => name).filter((name) => name.endsWith(CLONE_MARK));

describe("a migration that fails on the data of some", () => {
  it(
    "is found on clones: no living database is changed, and no clone is left; another one that copes then reaches all",
    async () => {
      const count = times(5, 200);
      await room.cloud.switches({ "turso.network": "same-region" });
      const from = room.folder({
        "0001_notes.sql": NOTES,
        "0002_slugs.sql": "CREATE UNIQUE INDEX slugs ON notes (slug)",
      });
      const { names, databases } = await fleet("planted", count, (place) => place % 5 < 2, from);
      const standings = await room.survey(names, from, 2);
      expect(standings.every(({ is, found }) => is === "due" && found === 1)).toBe(true);
      const failure = await failureOf(rehearse(room.access, standings, calm));
      expect(failure).toMatchObject({ code: schemaErrors.SCHEMA_REHEARSAL_FAILED.code });
      expect(String(failure)).toMatch(/planted-\d+: SCHEMA_MIGRATION_FAILED: .*0002_slugs\.sql:1: .*UNIQUE/);
      for (const database of databases) {
        expect(await database.ledger()).toEqual([1]);
        expect(await database.column("SELECT name FROM sqlite_schema WHERE name = 'slugs'")).toEqual([]);
      }
      expect(await remaining()).toEqual([]);
      // No database has had it, so it may become another.
      writeFileSync(join(room.projectDir, from, "0002_slugs.sql"), "CREATE INDEX slugs ON notes (slug)");
      const again = await room.survey(names, from, 2);
      expect(await rehearse(room.access, again, calm)).toHaveLength(Math.min(count, MOST_CLONES));
      const brought = await bringForward(room.access, again, bringing);
      expect(brought.filter(({ result }) => result !== "brought")).toEqual([]);
      for (const database of databases) expect(await database.ledger()).toEqual([1, 2]);
      await room.cloud.resetSwitches();
    },
    times(SLOW, 10 * SLOW),
  );

  it(
    "leaves the others be where it reaches living databases: each tells what ran, what did not, and why",
    async () => {
      const from = room.folder({
        "0001_notes.sql": NOTES,
        "0002_more.sql": "ALTER TABLE notes ADD COLUMN text TEXT",
        "0003_slugs.sql": "CREATE UNIQUE INDEX slugs ON notes (slug)",
      });
      const { names } = await fleet("apart", 3, (place) => place === 1, from);
      const brought = await bringForward(room.access, await room.survey(names, from, 3), bringing);
      expect(brought.map(broughtDocument)).toMatchObject([
        { tenant: "apart-000", result: "brought", ran: [{ step: "0002_more" }, { step: "0003_slugs" }], open: [] },
        {
          tenant: "apart-001",
          result: "failed",
          ran: [{ step: "0002_more", statements: 1 }],
          open: ["0003_slugs"],
          error: expect.stringContaining("SCHEMA_MIGRATION_FAILED"),
        },
        { tenant: "apart-002", result: "brought" },
      ]);
      // Once the data is right it goes on where it stopped.
      const again = await room.survey(names, from, 3);
      expect(again.map(({ is }) => is)).toEqual(["current", "due", "current"]);
      expect(planDocument(again)).toMatchObject([
        { tenants: ["apart-001"], found: 2, version: 3, steps: [{ migration: "0003_slugs", noWayBack: true }] },
      ]);
    },
    SLOW,
  );
});

describe("a run that is broken off", () => {
  it(
    "tells of each tenant that it was through with, and of the one that it was at, what has run there",
    async () => {
      const from = room.folder({
        "0001_notes.sql": NOTES,
        "0002_more.sql": "ALTER TABLE notes ADD COLUMN text TEXT",
        "0003_slugs.sql": "CREATE INDEX slugs ON notes (slug)",
      });
      const { names, databases } = await fleet("broken", 2, () => false, from);
      const [done, at] = [await room.survey(names.slice(0, 1), from, 3), await room.survey(names.slice(1), from, 3)];
      const controller = new AbortController();
      const told: Brought[] = [];
      const onBrought = (each: Brought) => void told.push(each);
      await bringForward(room.access, done, { ...bringing, onBrought });
      // As Ctrl-C does, between its first migration and its second.
      let steps = 0;
      const now = () => {
        if ((steps += 1) === 2) controller.abort();
        return new Date();
      };
      const run = bringForward(room.access, at, { ...bringing, onBrought, now, signal: controller.signal });
      await expect(run).rejects.toMatchObject({ name: "AbortError" });
      expect(told.map(broughtDocument)).toMatchObject([
        { tenant: "broken-000", result: "brought", open: [] },
        { tenant: "broken-001", result: "interrupted", ran: [{ step: "0002_more" }], open: ["0003_slugs"] },
      ]);
      expect(await databases[1]?.ledger()).toEqual([1, 2]);
    },
    SLOW,
  );
});

describe("a migration whose image goes first", () => {
  it(
    "is left, and that is said, until the image is there",
    async () => {
      const from = room.folder({ "0001_notes.sql": NOTES, "0002_slugs.sql": "CREATE INDEX slugs ON notes (slug)" });
      const { names, databases } = await fleet("first", 2, () => false, from);
      const standings = await room.survey(names, from, 2);
      const brought = await bringForward(room.access, standings, { ...bringing, waits: new Set(names.slice(0, 1)) });
      expect(brought).toMatchObject([
        { tenant: "first-000", result: "left", ran: [], error: expect.stringContaining("SCHEMA_IMAGE_FIRST") },
        { tenant: "first-001", result: "brought" },
      ]);
      expect(await databases[0]?.ledger()).toEqual([1]);
      const again = await bringForward(room.access, await room.survey(names, from, 2), bringing);
      expect(again.map(({ result }) => result)).toEqual(["brought", "current"]);
    },
    SLOW,
  );

  it("waits for the image that the file names, and for nothing where the schema goes first", () => {
    const tenant = (id: string, order: "image-first" | "schema-first") =>
      ({
        id,
        machine: { image: "app:2" },
        database: { engine: "turso", schema: { from: "m", version: 1, order } },
      }) as unknown as Tenant;
    const machine = (id: string, image: string) =>
      ({
        urn: `urn:pulumi:dev::tenantry::tenantry:index:Tenant$tenantry:fly:Machine::${id}`,
        type: "tenantry:fly:Machine",
        inputs: { config: { image } },
      }) as unknown as StoredResource;
    const tenants = [tenant("old", "image-first"), tenant("there", "image-first"), tenant("other", "schema-first")];
    const stored = [machine("old", "app:1"), machine("there", "app:2"), machine("other", "app:1")];
    expect([...waitingForImage(tenants, stored)]).toEqual(["old"]);
    expect([...waitingForImage([tenant("new", "image-first")], stored)]).toEqual(["new"]);
  });
});

describe("a rehearsal that is killed", () => {
  it(
    "leaves its clone to the next one, which deletes it and goes through",
    async () => {
      const from = room.folder({ "0001_notes.sql": NOTES, "0002_slugs.sql": "CREATE INDEX slugs ON notes (slug)" });
      const { names } = await fleet("killed", 1, () => false, from);
      const task = { account: room.cloud.descriptor.turso, projectDir: room.projectDir, from, names };
      const script = join(import.meta.dirname, "rehearsal-to-kill.ts");
      const rehearsal = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", script], {
        env: { ...process.env, TASK: JSON.stringify(task) },
        stdio: ["ignore", "pipe", "inherit"],
      });
      const ended = once(rehearsal, "exit");
      const [said] = (await Promise.race([once(rehearsal.stdout, "data"), ended])) as [unknown];
      expect(String(said)).toBe("the clone is there\n");
      rehearsal.kill("SIGKILL");
      expect(await ended).toEqual([null, "SIGKILL"]);
      expect(await remaining()).toEqual([copyName("killed-000", room.access.turso.longestName, CLONE_MARK)]);
      expect(await rehearse(room.access, await room.survey(names, from, 2), calm)).toHaveLength(1);
      expect(await remaining()).toEqual([]);
    },
    SLOW,
  );
});

describe("a rehearsal that goes well", () => {
  it(
    "tells how long it took, and deletes what a killed run has left, of its own copies only",
    async () => {
      const from = room.folder({ "0001_notes.sql": NOTES, "0002_slugs.sql": "CREATE INDEX slugs ON notes (slug)" });
      const { names } = await fleet("well", 2, () => false, from);
      const { turso } = room.access;
      const [one = "", other = ""] = names;
      const copy = (name: string) => copyName(name, turso.longestName, CLONE_MARK);
      const seed = { type: "database", name: one } as const;
      // `other` has nothing due any more: the clone of it that is left goes all the same.
      await bringForward(room.access, await room.survey([other], from, 2), bringing);
      await turso.createDatabase({ name: copy(one), group: "main", seed }, {});
      await turso.createDatabase({ name: copy(other), group: "main", seed: { ...seed, name: other } }, {});
      const rehearsals = await rehearse(room.access, await room.survey(names, from, 2), calm);
      expect(rehearsals).toMatchObject([{ tenant: one, rows: 3, ran: [{ statements: 1 }] }]);
      expect(rehearsalLines(rehearsals)).toEqual([
        expect.stringMatching(/^0002_slugs: succeeded on 1 clone, at most \d+ ms \(well-000, 3 rows\)$/),
      ]);
      expect(await remaining()).toEqual([]);
      // A database of that name that is no copy of the tenant's is somebody else's.
      await turso.createDatabase({ name: copy(one), group: "main" }, {});
      await expect(rehearse(room.access, await room.survey(names, from, 2), calm)).rejects.toThrow(
        /EXPORT_COPY_NAME_TAKEN/,
      );
      expect(await remaining()).toEqual([copy(one)]);
      await turso.deleteDatabase(copy(one), {});
    },
    SLOW,
  );

  it(
    "finds rows that a copy has lost, which no statement fails of",
    async () => {
      const rewrite = `CREATE TABLE notes_new (id INTEGER PRIMARY KEY, slug TEXT NOT NULL);
INSERT INTO notes_new SELECT id, slug FROM notes WHERE slug <> 'b';
DROP TABLE notes;
ALTER TABLE notes_new RENAME TO notes;`;
      const from = room.folder({ "0001_notes.sql": NOTES, "0002_rewrite.sql": rewrite });
      const { names, databases } = await fleet("losing", 1, () => false, from);
      const failure = await failureOf(rehearse(room.access, await room.survey(names, from, 2), calm));
      expect(String(failure)).toContain("losing-000: table notes has 1 of 2 rows, and no statement deletes them");
      expect(await databases[0]?.column("SELECT count(*) FROM notes")).toEqual([2]);
    },
    SLOW,
  );
});

describe("an app's own check", () => {
  it(
    "stops a migration on the clone where it answers otherwise than before, though rows and references are all there",
    async () => {
      const from = room.folder({
        "0001_notes.sql": NOTES,
        "0002_cut.sql": "UPDATE notes SET slug = 'a'",
        "check.sql": "SELECT count(*) FROM notes;\nSELECT count(DISTINCT slug) FROM notes;",
      });
      const { names, databases } = await fleet("checked", 1, () => false, from);
      const failure = await failureOf(rehearse(room.access, await room.survey(names, from, 2), calm));
      expect(failure).toMatchObject({ code: schemaErrors.SCHEMA_REHEARSAL_FAILED.code });
      expect(String(failure)).toContain(
        `checked-000: ${from}/check.sql:2: has another result than before the migration (1 row before, 1 after)`,
      );
      expect(await databases[0]?.ledger()).toEqual([1]);
      expect(await databases[0]?.column("SELECT count(DISTINCT slug) FROM notes")).toEqual([2]);
      writeFileSync(join(room.projectDir, from, "0002_cut.sql"), "UPDATE notes SET slug = slug || '!'");
      expect(await rehearse(room.access, await room.survey(names, from, 2), calm)).toHaveLength(1);
      expect(await remaining()).toEqual([]);
    },
    SLOW,
  );

  it(
    "finds nothing, where it names what only the migration makes",
    async () => {
      const from = room.folder({
        "0001_notes.sql": NOTES,
        "0002_title.sql": "ALTER TABLE notes ADD COLUMN title TEXT",
        "check.sql": "SELECT id FROM notes WHERE title IS NULL",
      });
      const { names } = await fleet("titled", 1, () => false, from);
      const failure = await failureOf(rehearse(room.access, await room.survey(names, from, 2), calm));
      expect(String(failure)).toContain("check.sql:1: finds 2 rows; expected none");
      writeFileSync(
        join(room.projectDir, from, "0002_title.sql"),
        "ALTER TABLE notes ADD COLUMN title TEXT;\nUPDATE notes SET title = slug",
      );
      expect(await rehearse(room.access, await room.survey(names, from, 2), calm)).toHaveLength(1);
    },
    SLOW,
  );

  const check = parseFolder("m", [{ name: "check.sql", text: "SELECT 1;\nSELECT 2" }]).folder.check;
  const one = { rows: 1, text: "[[1]]" };
  it.each([
    ["what answers as before", [one, one], [one, one], "well"],
    ["what cannot be asked any more", [one, one], [one, { error: "no such table: notes" }], /m\/check\.sql:2: cannot/],
    ["nothing of what could never be asked", [{ error: "x" }, one], [{ error: "x" }, one], /check\.sql:1: cannot/],
    ["nobody's data", [one, one], [{ rows: 1, text: '[["ada@acme.example"]]' }, one], /^((?!ada@).)*$/],
  ])("tells %s", (_, before, after, expected) => {
    expect(checkProblem(check, before, after) ?? "well").toMatch(expected);
  });
});

describe("what a rehearsal compares", () => {
  const steps = (sql: string) =>
    parseFolder("m", [{ name: "0001_a.sql", text: sql }]).folder.migrations.map(
      (migration) => ({ direction: "up", migration }) as const,
    );

  it.each([
    ["DELETE FROM notes WHERE id = 1", { notes: 2 }, { notes: 1 }, "well"],
    ["UPDATE notes SET a = 1", { notes: 2 }, { notes: 1 }, /notes has 1 of 2 rows/],
    ['DROP TABLE "Notes"', { Notes: 2 }, {}, "well"],
    ["ALTER TABLE notes RENAME TO papers", { notes: 2 }, { papers: 2 }, "well"],
    ["SELECT 1", { notes: 0 }, {}, /notes is gone/],
  ])("takes %j for what it says", (sql, before, after, expected) => {
    const found = whatIsWrong({ rows: before, dangling: 0 }, { rows: after, dangling: 0 }, deliberate(steps(sql)));
    expect(found ?? "well").toMatch(expected);
  });

  it("tells references that lead nowhere only when there are more of them", () => {
    const look = (dangling: number) => ({ rows: {}, dangling });
    expect(whatIsWrong(look(3), look(3), deliberate([]))).toBeUndefined();
    expect(whatIsWrong(look(3), look(5), deliberate([]))).toBe("2 more references lead nowhere");
  });

  it("is that of the first tenants, and of at least one of each version that is found", () => {
    const due = Array.from({ length: 50 }, (_, place) => ({
      tenant: `t${place}`,
      declared: { from: "m", version: 60, order: "schema-first" },
      found: place < 25 ? 1 : place,
    })) as unknown as SchemaState[];
    const chosen = firstOf(due, MOST_CLONES);
    expect(new Set(chosen.map(({ found }) => found)).size).toBe(26);
    expect(firstOf(due.slice(0, 25), MOST_CLONES)).toHaveLength(MOST_CLONES);
    expect(
      firstOf(due.toReversed(), MOST_CLONES)
        .map(({ tenant }) => tenant)
        .sort(),
    ).toHaveLength(26);
  });
});

describe("a plan of schemas", () => {
  it("says what runs for whom, in which order with the machine, and what deserves a second look", async () => {
    const from = room.folder({
      "0001_notes.sql": NOTES,
      "0002_slugs.sql": "CREATE INDEX slugs\n  ON notes (slug)",
      "0002_slugs.down.sql": "DROP INDEX slugs",
    });
    await room.database("planned");
    const { folder } = room.target(from, 2);
    const standings = await surveyed(
      room.access,
      [
        {
          tenant: "planned",
          ...NO_MIGRATOR,
          declared: { from, version: 2, order: "image-first" },
          folder,
          database: "planned",
          isClosed: false,
        },
        {
          tenant: "new",
          ...NO_MIGRATOR,
          declared: { from, version: 1, order: "schema-first" },
          folder,
          database: undefined,
          isClosed: false,
        },
        {
          tenant: "away",
          ...NO_MIGRATOR,
          declared: { from, version: 1, order: "schema-first" },
          folder,
          database: "planned",
          isClosed: true,
        },
        {
          tenant: "gone",
          ...NO_MIGRATOR,
          declared: { from, version: 1, order: "schema-first" },
          folder,
          database: "no-such",
          isClosed: false,
        },
      ],
      signal,
    );
    expect(planText(standings).split("\n")).toEqual([
      "planned: version 0 -> 2, after their machines are healthy",
      "  0001_notes (no .down.sql: there is no way back)",
      `    ${NOTES}`,
      "  0002_slugs",
      "    CREATE INDEX slugs",
      "      ON notes (slug)",
      "      ! index: it reads the whole table and blocks other writes: check its time on the clone",
      "",
      "new: version none -> 1, before their machines change",
      "  0001_notes (no .down.sql: there is no way back)",
      `    ${NOTES}`,
      "",
      "away: closed",
      "",
      "gone: unknown, database no-such is gone",
    ]);
  });
});
