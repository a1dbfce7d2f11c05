import { mkdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { createClient } from "@libsql/client";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import fc from "fast-check";

import { type Engine, objects, type Place, sqld, sqlite } from "./engines.ts";
import { life, Model } from "./model.ts";
import type { NoteBody } from "./notes-app.ts";

describe.each([
  ["a plain directory and a SQLite file", sqlite, 3],
  ["a plain directory and sqld", sqld, 2],
  ["a bucket that nobody mounts and a SQLite file", objects, 1],
])("on %s", (_, startEngine, numRuns) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await startEngine();
  });
  afterAll(() => engine.dispose());

  it("whatever is done to notes and however often the service is killed, no answered write is lost and the index equals the files", async () => {
    let lives = 0;
    const several = fc.array(life, { minLength: 2, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(several, async (some) => {
        const place = await engine.place();
        const model = new Model(place, await place.start());
        for (const one of some) await model.live(one);
        lives += some.length;
      }),
      { numRuns, endOnFailure: true },
    );
    expect(lives).toBeGreaterThanOrEqual(2 * numRuns);
  });
});

describe("a kill in the middle of a write", () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await sqlite();
  });
  afterAll(() => engine.dispose());

  it("leaves the whole old note or the whole new one", async () => {
    const place = await engine.place();
    const texts = ["a", "b"].map((letter) => letter.repeat(900_000));
    const found: string[] = [];
    for (const [attempt, delayMs] of [10, 14, 18, 24].entries()) {
      const app = await place.start();
      if (attempt === 0) await app.put("big", { title: "big", text: texts[1] });
      const writing = app.put("big", { title: "big", text: texts[attempt % 2] }).catch(() => undefined);
      await sleep(delayMs);
      await app.kill();
      await writing;
      found.push(readFileSync(join(place.notes, "big.md"), "utf8").split("---\n")[2] ?? "");
    }
    expect(found.filter((text) => !texts.includes(text))).toEqual([]);
  });
});

describe("a kill between file and index", () => {
  let engine: Engine;
  let place: Place;
  beforeAll(async () => {
    engine = await sqlite();
    place = await engine.place();
  });
  afterAll(() => engine.dispose());

  it("is healed by the next start", async () => {
    const app = await place.start();
    await app.put("kept", { title: "kept", text: "birch" });
    await app.put("dropped", { title: "dropped", text: "birch" });
    await app.current();
    const { address } = place;
    const other = createClient({ url: `file:${address.kind === "file" ? address.path : ""}` });
    const lock = await other.transaction("write");
    const written = await app.put("kept", { title: "kept", text: "cedar" });
    expect([written.status, written.body.indexed]).toEqual([200, false]);
    expect((await app.ask("DELETE", "/notes/dropped")).status).toBe(204);
    await app.kill();
    await lock.rollback();
    const before = await other.execute("SELECT id, text FROM notes ORDER BY id");
    expect(before.rows.map((row) => [row["id"], row["text"]])).toEqual([
      ["dropped", "birch"],
      ["kept", "birch"],
    ]);
    other.close();

    const next = await place.start();
    await next.current();
    const found = async (q: string) => (await next.ask<{ notes: NoteBody[] }>("GET", `/search?q=${q}`)).body.notes;
    expect((await found("cedar")).map((one) => one.id)).toEqual(["kept"]);
    expect(await found("birch")).toEqual([]);
  });
});

describe("a lost index", () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await sqlite();
  });
  afterAll(() => engine.dispose());

  it("is rebuilt from a thousand files at the next start, and checked quickly after that", async () => {
    const place = await engine.place();
    mkdirSync(place.notes);
    const long = new Date(Date.now() - 3_600_000);
    for (let n = 0; n < 1000; n += 1) {
      const path = join(place.notes, `note-${n}.md`);
      writeFileSync(path, `---\ntitle: Note ${n}\n---\nword${n % 10} `.padEnd(1000, "lorem "));
      utimesSync(path, long, long);
    }
    const app = await place.start();
    await app.current();
    const reports = () => app.lines().filter(({ event }) => event === "reindexed");
    expect(reports()[0]).toMatchObject({ files: 1000, indexed: 1000 });
    expect((await app.ask<{ notes: object[] }>("GET", "/search?q=word7&limit=100")).body.notes).toHaveLength(100);
    expect((await app.ask("POST", "/reindex")).body).toMatchObject({ files: 1000, untouched: 1000, indexed: 0 });
  });
});
