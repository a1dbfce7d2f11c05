import { readdirSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { type Engine, objects, type Place, sqld, sqlite } from "./engines.ts";
import type { NoteBody, NotesApp } from "./notes-app.ts";

interface Page {
  readonly notes: (NoteBody & { highlights: Record<"title" | "text", { text: string; match?: true }[]> })[];
  readonly next?: string;
  readonly complete: boolean;
}

interface ProblemBody {
  readonly code: string;
  readonly status: number;
  readonly detail?: string;
  readonly faults?: { path: string; message: string }[];
}

describe.each([
  ["a plain directory and a SQLite file", sqlite],
  ["a plain directory and sqld", sqld],
  ["a bucket that nobody mounts and a SQLite file", objects],
])("the notes service on %s", (_, startEngine) => {
  let engine: Engine;
  let place: Place;
  let app: NotesApp;
  beforeAll(async () => {
    engine = await startEngine();
    place = await engine.place();
    app = await place.start({ MAX_NOTE_BYTES: "300000" });
    await app.current();
  });
  afterAll(() => engine.dispose());

  const file = (id: string) => `notes/${id}.md`;
  const problem = async (method: string, path: string, body?: unknown, headers?: Record<string, string>) => {
    const answer = await app.ask<ProblemBody>(method, path, body, headers);
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
    expect(answer.body.status).toBe(answer.status);
    return { status: answer.status, code: answer.body.code };
  };
  const search = async (q: string) => (await app.ask<Page>("GET", `/search?q=${encodeURIComponent(q)}`)).body.notes;
  const idsOf = (notes: readonly { id: string }[]) => notes.map(({ id }) => id);

  it("keeps a note as a Markdown file with front matter, and answers it", async () => {
    const text = "# Heading\n\n---\nnot: front matter\n---\r\nüñí 🦔\n";
    const made = await app.put("first", { title: 'A "title": yes', text, tags: ["one", "two/three", "one"] });
    expect(made.status).toBe(201);
    expect(made.headers.get("location")).toBe("/notes/first");
    expect(made.body).toMatchObject({ id: "first", tags: ["one", "two/three"], indexed: true });

    const onDisk = await place.byHand.text(file("first"));
    expect(onDisk).toMatch(/^---\ntitle: .*\ntags:\n {2}- one\n {2}- two\/three\ncreated: .*Z\nupdated: .*Z\n---\n/);
    expect(onDisk.endsWith(`---\n${text}`)).toBe(true);

    const { body, headers } = await app.ask<NoteBody>("GET", "/notes/first");
    expect(body).toMatchObject({ id: "first", title: 'A "title": yes', text, tags: ["one", "two/three"] });
    expect(headers.get("etag")).toBe(`"${body.etag}"`);
    expect(body.bytes).toBe(Buffer.byteLength(onDisk));
  });

  it("gives a new note an id of its own, the later the greater", async () => {
    const post = (title: string) => app.ask<NoteBody>("POST", "/notes", { title });
    const [one, two] = [await post("posted 1"), await post("posted 2")];
    expect([one.status, two.status]).toEqual([201, 201]);
    expect(one.body.id < two.body.id).toBe(true);
    expect((await app.ask<NoteBody>("GET", one.headers.get("location") ?? "")).body.title).toBe("posted 1");
  });

  it("replaces a note, keeps when it was made and what else people wrote into its front matter", async () => {
    await place.byHand.write(
      file("by-hand"),
      "---\n# mine\ntitle: By hand\naliases: [x, y]\ncreated: 2020-01-02T03:04:05Z\ntags: [old]\n---\nold",
    );
    const { status } = await app.put("by-hand", { title: "By the service", text: "new", tags: ["fresh"] });
    expect(status).toBe(200);
    const onDisk = await place.byHand.text(file("by-hand"));
    expect(onDisk).toContain("# mine\n");
    expect(onDisk).toContain("aliases: [ x, y ]\n");
    const { body } = await app.ask<NoteBody>("GET", "/notes/by-hand");
    expect(body).toMatchObject({ title: "By the service", text: "new", tags: ["fresh"] });
    expect(body.created).toBe("2020-01-02T03:04:05.000Z");
  });

  it("lists notes page by page, each once, in the order of their ids", async () => {
    await Promise.all(["p1", "p2", "p3", "p4", "p5"].map((id) => app.put(id, { title: id })));
    const seen: string[] = [];
    for (let after = "p"; ;) {
      const { body } = await app.ask<Page>("GET", `/notes?limit=2&after=${after}`);
      expect(body.notes.length).toBeLessThanOrEqual(2);
      seen.push(...idsOf(body.notes));
      if (body.next === undefined) break;
      after = body.next;
    }
    expect(seen.filter((id) => /^p\d/.test(id))).toEqual(["p1", "p2", "p3", "p4", "p5"]);
    expect(seen).toEqual([...seen].sort());
  });

  it("deletes a note from the files and from the index", async () => {
    await app.put("doomed", { title: "doomed", text: "vanishing" });
    expect(idsOf(await search("vanishing"))).toEqual(["doomed"]);
    expect((await app.ask("DELETE", "/notes/doomed")).status).toBe(204);
    expect(await place.byHand.names()).not.toContain(file("doomed"));
    expect(await search("vanishing")).toEqual([]);
    expect(await problem("GET", "/notes/doomed")).toEqual({ status: 404, code: "note-not-found" });
    expect(await problem("DELETE", "/notes/doomed")).toEqual({ status: 404, code: "note-not-found" });
  });

  describe("search", () => {
    beforeAll(async () => {
      await app.put("s-title", { title: "Marzipan", text: "plain words here" });
      await app.put("s-text", { title: "Sweets", text: "There is marzipan in <b>this</b> café, not nougat crème." });
      await app.put("s-tag", { title: "Other", text: "nothing", tags: ["marzipan"] });
    });

    it("finds words in title, tags and text, best first, whatever their case and accents", async () => {
      expect(idsOf(await search("MARZIPAN"))).toEqual(["s-title", "s-tag", "s-text"]);
      expect(idsOf(await search("cafe creme"))).toEqual(["s-text"]);
    });

    it("finds all words, phrases and beginnings", async () => {
      expect(idsOf(await search("marzipan nougat"))).toEqual(["s-text"]);
      expect(idsOf(await search('"plain words"'))).toEqual(["s-title"]);
      expect(idsOf(await search('"words plain"'))).toEqual([]);
      expect(idsOf(await search("nou*"))).toEqual(["s-text"]);
      expect(idsOf(await search("nou"))).toEqual([]);
    });

    it("tells where the match is, as text and not as markup", async () => {
      const [found] = await search("this");
      expect(found?.highlights.text).toEqual([
        { text: "There is marzipan in <b>" },
        { text: "this", match: true },
        { text: "</b> café, not nougat crème." },
      ]);
    });

    it.each([
      '"',
      "marzipan OR",
      "NOT",
      "title:marzipan",
      "a AND (b",
      "^x",
      "-y",
      "{a}: b",
      "*",
      "NEAR(a b)",
      "'; --",
      "\0x",
    ])("takes what would be FTS5's own syntax as words: %j", async (q) => {
      const { status } = await app.ask("GET", `/search?q=${encodeURIComponent(q)}`);
      expect(status).toBe(/[a-z]/i.test(q) ? 200 : 400);
    });

    it("answers pages", async () => {
      const page = (offset: number) => app.ask<Page>("GET", `/search?q=marzipan&limit=2&offset=${offset}`);
      const [one, two] = [await page(0), await page(2)];
      expect([idsOf(one.body.notes), one.body.next]).toEqual([["s-title", "s-tag"], 2]);
      expect([idsOf(two.body.notes), two.body.next]).toEqual([["s-text"], undefined]);
    });
  });

  describe("conflicts", () => {
    it("a write with If-Match happens only on the version it names", async () => {
      const { body: one } = await app.put("c1", { title: "one" });
      const matching = { "if-match": `"${one.etag}"` };
      const { status, body: two } = await app.put("c1", { title: "two" }, matching);
      expect(status).toBe(200);
      const refused = await app.put("c1", { title: "three" }, matching);
      expect([refused.status, refused.body.code, refused.body.etag]).toEqual([412, "precondition-failed", two.etag]);
      expect((await app.ask("DELETE", "/notes/c1", undefined, matching)).status).toBe(412);
      expect((await app.ask<NoteBody>("GET", "/notes/c1")).body.title).toBe("two");
      expect((await app.put("c-none", { title: "x" }, { "if-match": "*" })).status).toBe(412);
      expect((await app.put("c1", { title: "x" }, { "if-match": `W/"${two.etag}"` })).status).toBe(412);
      expect((await app.ask("DELETE", "/notes/c1", undefined, { "if-match": `"zzz", "${two.etag}"` })).status).toBe(
        204,
      );
    });

    it("of many that create the same note at once, one succeeds", async () => {
      const titles = Array.from({ length: 12 }, (__, n) => `contender ${n}`);
      const answers = await Promise.all(titles.map((title) => app.put("c2", { title }, { "if-none-match": "*" })));
      expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array<number>(11).fill(412)]);
      const winner = titles[answers.findIndex(({ status }) => status === 201)];
      expect((await app.ask<NoteBody>("GET", "/notes/c2")).body.title).toBe(winner);
    });

    it("writes to one note at once happen one after the other: the file, the index and the last answer agree", async () => {
      const titles = Array.from({ length: 20 }, (__, n) => `version ${n}`);
      const answers = await Promise.all(titles.map((title) => app.put("c3", { title, text: title.repeat(500) })));
      expect(new Set(answers.map(({ body }) => body.etag)).size).toBe(20);
      const { body } = await app.ask<NoteBody>("GET", "/notes/c3");
      const listed = (await app.ask<Page>("GET", "/notes?after=c2&limit=1")).body.notes[0];
      expect(listed?.etag).toBe(body.etag);
      expect(answers.map((answer) => answer.body.etag)).toContain(body.etag);
    });

    it("a reader that has the version is told so", async () => {
      const { body } = await app.put("c4", { title: "known" });
      const known = { "if-none-match": `W/"${body.etag}"` };
      expect((await app.ask("GET", "/notes/c4", undefined, known)).status).toBe(304);
      await app.put("c4", { title: "changed" });
      expect((await app.ask("GET", "/notes/c4", undefined, known)).status).toBe(200);
    });
  });

  describe("what is no note", () => {
    const raw = async (method: string, path: string): Promise<number> =>
      new Promise((resolve, reject) => {
        const options = {
          host: "127.0.0.1",
          port: app.port,
          method,
          path,
          headers: { "content-type": "application/json" },
        };
        const sent = request(options, (answer) => {
          answer.resume().once("end", () => resolve(answer.statusCode ?? 0));
        });
        sent.once("error", reject).end(method === "PUT" ? '{"title":"x"}' : undefined);
      });

    it.each([
      "..%2Fsecret",
      "..%2f..%2f..%2fetc%2fpasswd",
      "%2e%2e%2fsecret",
      "..%5csecret",
      "%252e%252e%252fsecret",
      "..",
      ".",
      "../secret",
      "../../etc/passwd",
      "x/../../secret",
      "secret%00",
      "%00",
      ".secret",
      "a.b",
      "Upper",
      "con",
      "%C3%BC",
      "-x",
      "a".repeat(65),
      "%ff",
    ])("no address leads out of the folder: %s", async (path) => {
      await place.byHand.write("secret.md", "---\ntitle: secret\n---\nkeep out");
      const before = await place.byHand.names();
      const statuses = await Promise.all(["GET", "PUT", "DELETE"].map((method) => raw(method, `/notes/${path}`)));
      expect(statuses.every((status) => [400, 404].includes(status))).toBe(true);
      expect(await place.byHand.names()).toEqual(before);
      expect(await place.byHand.text("secret.md")).toContain("keep out");
    });

    it.each([
      ["no JSON", "{", "invalid-json"],
      ["no title", {}, "invalid-note"],
      ["an empty title", { title: " " }, "invalid-note"],
      ["two lines of title", { title: "a\nb" }, "invalid-note"],
      ["an unknown field", { title: "x", body: "y" }, "invalid-note"],
      ["a NUL", { title: "x", text: "a\0b" }, "invalid-note"],
      ["half a character", '{"title":"x","text":"\\ud83e"}', "invalid-note"],
      ["a tag with a space", { title: "x", tags: ["a b"] }, "invalid-note"],
    ])("a body with %s is refused", async (__, body, code) => {
      expect(await problem("PUT", "/notes/refused", body)).toEqual({ status: 400, code });
      expect(await place.byHand.names()).not.toContain(file("refused"));
    });

    it("everything wrong with a body is told at once", async () => {
      const { body } = await app.ask<ProblemBody>("PUT", "/notes/x", { title: "", tags: ["!"], more: 1 });
      expect(body.faults?.map(({ path }) => path).sort()).toEqual(["", "tags.0", "title"]);
    });

    it.each([
      ["GET", "/nowhere", 404, "route-not-found"],
      ["PATCH", "/notes", 405, "method-not-allowed"],
      ["POST", "/notes/x", 405, "method-not-allowed"],
      ["GET", "/reindex", 405, "method-not-allowed"],
      ["GET", "/notes?limit=0", 400, "invalid-query"],
      ["GET", "/notes?page=2", 400, "invalid-query"],
      ["GET", "/search", 400, "invalid-query"],
      ["POST", "/reindex?mode=other", 400, "invalid-query"],
    ])("%s %s is answered as a problem", async (method, path, status, code) => {
      expect(await problem(method, path)).toEqual({ status, code });
    });

    it("a body that is not said to be JSON is refused", async () => {
      const headers = { "content-type": "text/plain" };
      expect(await problem("PUT", "/notes/x", "{}", headers)).toEqual({ status: 415, code: "unsupported-media-type" });
    });
  });

  it("keeps a note up to the size it keeps, and refuses a larger one without touching the old", async () => {
    const text = '"line"\n'.repeat(42_000);
    expect((await app.put("big", { title: "big", text })).status).toBe(201);
    expect((await app.ask<NoteBody>("GET", "/notes/big")).body.text).toBe(text);
    const larger = { title: "big", text: "x".repeat(300_000) };
    expect(await problem("PUT", "/notes/big", larger)).toEqual({ status: 413, code: "note-too-large" });
    const huge = { title: "big", text: "x".repeat(2_000_000) };
    expect(await problem("PUT", "/notes/big", huge)).toEqual({ status: 413, code: "note-too-large" });
    expect((await app.ask<NoteBody>("GET", "/notes/big")).body.text).toBe(text);
    expect(idsOf(await search("line"))).toEqual(["big"]);
  });

  describe("reindex", () => {
    it("takes in what people did to the files, and nothing else", async () => {
      await app.put("edited", { title: "edited", text: "beforehand" });
      await app.put("removed-by-hand", { title: "gone", text: "beforehand" });
      await place.byHand.write(file("edited"), "# no front matter\nafterwards");
      await place.byHand.write(file("added"), "---\ntitle: 2024\ntags: red, green\n---\nafterwards");
      await place.byHand.write(file("broken-yaml"), "---\ntitle: [\n---\nafterwards");
      await place.byHand.write("notes/Meeting Notes.txt", "no note");
      await place.byHand.write(file("latin1"), Buffer.from([0x61, 0xe9]));
      await place.byHand.write(file("enormous"), "x".repeat(300_001));
      await place.byHand.remove(file("removed-by-hand"));
      const { status, body } = await app.ask<{ odd: object[]; removed: number }>("POST", "/reindex");
      expect(status).toBe(200);
      expect(body.removed).toBe(1);
      expect(body.odd).toEqual(
        expect.arrayContaining([
          { name: "Meeting Notes.txt", reason: "name" },
          { name: "latin1.md", reason: "not-utf-8" },
          { name: "enormous.md", reason: "too-large" },
        ]),
      );
      expect(idsOf(await search("afterwards")).sort()).toEqual(["added", "broken-yaml", "edited"]);
      expect(await search("beforehand")).toEqual([]);
      expect((await app.ask<NoteBody>("GET", "/notes/added")).body).toMatchObject({
        title: "2024",
        tags: ["red", "green"],
      });
      expect(await problem("GET", "/notes/latin1")).toEqual({ status: 422, code: "note-unreadable" });
      expect(await problem("GET", "/notes/enormous")).toEqual({ status: 422, code: "note-unreadable" });
    });
  });

  it("says how it is", async () => {
    const health = await app.ask<Record<string, unknown>>("GET", "/healthz");
    expect(health.status).toBe(200);
    expect(health.body).toMatchObject({ status: "ok", mount: { ok: true }, database: { ok: true }, index: "current" });
    const { body } = await app.ask<{ notes: number; schema: number; index: object }>("GET", "/stats");
    expect(body).toMatchObject({ schema: 2, index: { state: "current" } });
    expect(body.notes).toBeGreaterThan(10);
  });
});

describe.each([
  ["a SQLite file", sqlite],
  ["sqld", sqld],
])("a plain directory and %s", (_, startEngine) => {
  let engine: Engine;
  let place: Place;
  let app: NotesApp;
  beforeAll(async () => {
    engine = await startEngine();
    place = await engine.place();
    app = await place.start();
    await app.put("first", { title: "first" });
    await app.current();
  });
  afterAll(() => engine.dispose());

  const file = (id: string) => join(place.notes, `${id}.md`);
  const search = async (q: string) => (await app.ask<Page>("GET", `/search?q=${encodeURIComponent(q)}`)).body.notes;
  const idsOf = (notes: readonly { id: string }[]) => notes.map(({ id }) => id);

  it("no symbolic link leads out of the folder", async () => {
    writeFileSync(join(place.mount, "secret.md"), "---\ntitle: secret\n---\nkeep out");
    symlinkSync(join(place.mount, "secret.md"), file("link"));
    expect((await app.ask<ProblemBody>("GET", "/notes/link")).body.code).toBe("note-not-found");
    const { body } = await app.ask<{ odd: object[] }>("POST", "/reindex");
    expect(body.odd).toContainEqual({ name: "link.md", reason: "not-a-file" });
    expect(await search("keep out")).toEqual([]);
    await app.put("link", { title: "a note now" });
    expect(readFileSync(join(place.mount, "secret.md"), "utf8")).toContain("keep out");
  });

  it("sees a change that left size and time of the file as they were, when it is fresh or when told to look at all", async () => {
    const reindex = async (mode: string) => (await app.ask<{ indexed: number }>("POST", `/reindex?mode=${mode}`)).body;
    writeFileSync(file("same"), "alpha");
    const long = new Date(Date.now() - 60_000);
    utimesSync(file("same"), long, long);
    await reindex("incremental");
    writeFileSync(file("same"), "gamma");
    utimesSync(file("same"), long, long);
    await reindex("incremental");
    expect(idsOf(await search("alpha"))).toEqual(["same"]);
    await reindex("full");
    expect([idsOf(await search("alpha")), idsOf(await search("gamma"))]).toEqual([[], ["same"]]);

    const now = new Date();
    writeFileSync(file("same"), "delta");
    utimesSync(file("same"), now, now);
    await reindex("incremental");
    writeFileSync(file("same"), "theta");
    utimesSync(file("same"), now, now);
    await reindex("incremental");
    expect(idsOf(await search("theta"))).toEqual(["same"]);
  });

  it("clears away what killed writes left, but not what may be under way", async () => {
    const left = [".old.md.0011.tmp", ".young.md.0011.tmp"].map((name) => join(place.notes, name));
    for (const path of left) writeFileSync(path, "half a no");
    const long = new Date(Date.now() - 11 * 60_000);
    utimesSync(left[0] ?? "", long, long);
    await app.ask("POST", "/reindex");
    expect(readdirSync(place.notes).filter((name) => name.startsWith("."))).toEqual([".young.md.0011.tmp"]);
  });
});
