import { readdirSync } from "node:fs";

import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";

import { objects, type Place } from "./engines.ts";
import { type Answer, type NoteBody, type NotesApp, runToEnd } from "./notes-app.ts";

interface Health {
  readonly status: string;
  readonly mount: { readonly ok: boolean; readonly reason?: string };
}

let engine: Awaited<ReturnType<typeof objects>>;
beforeAll(async () => {
  engine = await objects();
});
afterEach(() => engine.cloud.faults());
afterAll(() => engine.dispose());

const codeOf = ({ status, body }: Answer<{ code?: string }>) => [status, body.code];

describe("on a bucket without a mount", () => {
  it("what was answered, writes and deletions, is in the bucket when the service is killed, and no file beside it", async () => {
    const place = await engine.place();
    const app = await place.start();
    await engine.cloud.faults({ kind: "latency", vendor: "tigris", mutating: true, latencyMs: 100 });
    const answered = new Map<string, string>();
    const work = async (lane: number) => {
      for (let n = 0; n < 6; n += 1) {
        const [id, text] = [`lane-${lane}-${n % 4}`, `version ${n} of ${lane}`];
        expect([200, 201]).toContain((await app.put(id, { title: id, text })).status);
        answered.set(id, text);
        if (n !== lane) continue;
        expect((await app.ask("DELETE", `/notes/${id}`)).status).toBe(204);
        answered.delete(id);
      }
    };
    await Promise.all([0, 1, 2, 3].map(work));
    await app.kill();
    const wanted = [...answered].sort();
    expect(await place.byHand.names()).toEqual(wanted.map(([id]) => `notes/${id}.md`));
    const texts = await Promise.all(wanted.map(([id]) => place.byHand.text(`notes/${id}.md`)));
    expect(texts.map((text) => text.split("---\n")[2])).toEqual(wanted.map(([, text]) => text));
    expect(readdirSync(place.mount)).toEqual([]);
  });

  it("two machines do not overwrite each other: of writes to one version at once, one succeeds", async () => {
    const place = await engine.place();
    const apps = await Promise.all([place.start(), (await sharing(place)).start()]);
    const { body: first } = await apps[0].put("both", { title: "first" });
    let etag = first.etag;
    for (let round = 0; round < 8; round += 1) {
      const put = (app: NotesApp, who: number) =>
        app.put("both", { title: `round ${round}, by ${who}` }, { "if-match": `"${etag}"` });
      const answers = await Promise.all(apps.map(put));
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 412]);
      etag = answers.find(({ status }) => status === 200)?.body.etag ?? "";
      expect((await apps[0].ask<NoteBody>("GET", "/notes/both")).body.etag).toBe(etag);
    }
    const none = { "if-none-match": "*" };
    const created = await Promise.all(apps.map((app) => app.put("new", { title: "new" }, none)));
    expect(created.map(({ status }) => status).sort()).toEqual([201, 412]);
  });

  it("a write that asks for no version is made on what is there, also when another machine is at it", async () => {
    const place = await engine.place();
    const apps = await Promise.all([place.start(), (await sharing(place)).start()]);
    await place.byHand.write("notes/kept.md", "---\ntitle: kept\nmine: yes\n---\n");
    const answers = await Promise.all(
      apps.flatMap((app, who) => [0, 1].map((n) => app.put("kept", { title: `${n} by ${who}` }))),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(await place.byHand.text("notes/kept.md")).toContain("mine: yes\n");
  });

  it("a write whose answer gets lost is made once and answered as the success that it was", async () => {
    const place = await engine.place();
    const app = await place.start();
    await app.put("lost", { title: "before" });
    await engine.cloud.faults({ kind: "reset", when: "after", vendor: "tigris", operation: "^PutObject$", times: 1 });
    const { status, body } = await app.put("lost", { title: "after", text: "birch" });
    expect([status, body.indexed, await engine.cloud.struck()]).toEqual([200, true, [1]]);
    const found = await app.ask<NoteBody>("GET", "/notes/lost");
    expect([found.body.title, found.body.etag]).toEqual(["after", body.etag]);
    await engine.cloud.faults({
      kind: "reset",
      when: "after",
      vendor: "tigris",
      operation: "^DeleteObject$",
      times: 1,
    });
    expect((await app.ask("DELETE", "/notes/lost")).status).toBe(204);
    expect([await engine.cloud.struck(), await place.byHand.names()]).toEqual([[1], []]);
  });

  it("a bucket that is busy for a moment is asked again; one that refuses a write does not have it answered as one", async () => {
    const place = await engine.place();
    const app = await place.start();
    const busy = { kind: "error", status: 503, vendor: "tigris", operation: "^PutObject$" } as const;
    await engine.cloud.faults({ ...busy, times: 2 });
    expect((await app.put("busy", { title: "busy" })).status).toBe(201);
    await engine.cloud.faults(busy);
    expect(codeOf(await app.put("refused", { title: "refused" }))).toEqual([503, "storage-unavailable"]);
    expect(await place.byHand.names()).toEqual(["notes/busy.md"]);
  });

  it("a read whose answer is cut off is made again", async () => {
    const place = await engine.place();
    const app = await place.start();
    await app.put("long", { title: "long", text: "birch ".repeat(20_000) });
    await engine.cloud.faults({ kind: "cut", vendor: "tigris", operation: "^GetObject$", times: 1 });
    const { status, body } = await app.ask<NoteBody>("GET", "/notes/long");
    expect([status, body.text.length, await engine.cloud.struck()]).toEqual([200, 120_000, [1]]);
  });

  it("a page from a proxy does not count as a note, a write, a deletion or an empty bucket", async () => {
    const place = await engine.place();
    const app = await place.start();
    await app.put("there", { title: "there", text: "birch" });
    await app.current();
    const page = (operation: string) =>
      engine.cloud.faults({ kind: "page", status: 200, vendor: "tigris", operation: `^${operation}$`, times: 1 });
    await page("GetObject");
    expect((await app.ask<NoteBody>("GET", "/notes/there")).body.title).toBe("there");
    await page("PutObject");
    expect((await app.put("there", { title: "again" })).status).toBe(200);
    expect(await place.byHand.text("notes/there.md")).toContain("title: again");
    await page("ListObjectsV2");
    expect(codeOf(await app.ask("POST", "/reindex"))).toEqual([503, "storage-unavailable"]);
    expect((await app.ask<{ notes: object[] }>("GET", "/notes")).body.notes).toHaveLength(1);
    await page("DeleteObject");
    expect((await app.ask("DELETE", "/notes/there")).status).toBe(204);
    expect([await engine.cloud.struck(), await place.byHand.names()]).toEqual([[1], []]);
  });

  it("a key that is refused makes the service unhealthy, and its secret is in no line and no answer", async () => {
    const place = await engine.place();
    const secret = "planted-secret-that-nobody-may-see";
    const app = await place.start({ AWS_SECRET_ACCESS_KEY: secret, LOG_LEVEL: "debug" });
    const { status, body } = await app.ask<Health>("GET", "/healthz");
    expect([status, body.status]).toEqual([503, "failing"]);
    expect(body.mount).toMatchObject({ ok: false, reason: "HTTP_403" });
    const answers = await Promise.all([
      app.ask<{ code: string }>("GET", "/notes/there"),
      app.put("new", { title: "new" }),
      app.ask<{ code: string }>("POST", "/reindex"),
    ]);
    expect(answers.map((answer) => answer.body.code)).toEqual(Array(3).fill("storage-unavailable"));
    app.signal("SIGTERM");
    expect(await app.ended()).toBe(0);
    expect(app.output()).toContain("unhealthy");
    expect(app.output() + JSON.stringify(answers.map((answer) => answer.body))).not.toContain("planted");
  });

  it("a change made elsewhere is read at once, and found by a reindex that reads nothing else", async () => {
    const place = await engine.place();
    const app = await place.start();
    for (const id of ["one", "two", "three"]) await app.put(id, { title: id, text: "birch" });
    await app.current();
    await place.byHand.write("notes/two.md", "cedar");
    expect((await app.ask<NoteBody>("GET", "/notes/two")).body.text).toBe("cedar");
    await engine.cloud.forgetCalls();
    expect((await app.ask("POST", "/reindex")).body).toMatchObject({ files: 3, untouched: 2, indexed: 1 });
    const calls = (await engine.cloud.calls()).filter(({ vendor }) => vendor === "tigris");
    expect(calls.map(({ operation, count }) => [operation, count]).sort()).toEqual([
      ["GetObject", 1],
      ["ListObjectsV2", 1],
    ]);
    const found = await app.ask<{ notes: NoteBody[] }>("GET", "/search?q=cedar");
    expect(found.body.notes.map(({ id }) => id)).toEqual(["two"]);
  });

  it("notes that the bucket names in its second answer only are listed too", async () => {
    const place = await engine.place();
    const ids = ["z1", "z2", "z3"];
    const objects = [...ids.map((id) => `${id}.md`), "deeper/no-note.md", "A name & more.md"];
    await Promise.all(objects.map((name) => place.byHand.write(`notes/${name}`, "word")));
    const app = await place.start();
    await app.current();
    const reindexed = async () => (await app.ask("POST", "/reindex")).body;
    expect(await reindexed()).toMatchObject({
      files: 3,
      untouched: 3,
      odd: [
        { name: "A name & more.md", reason: "name" },
        { name: "deeper", reason: "not-a-file" },
      ],
    });
    // By their names no notes, which nobody reads; they come before the notes.
    const others = Array.from({ length: 1000 }, (_, n) => `notes/n${String(n).padStart(4, "0")}`);
    for (let at = 0; at < others.length; at += 50)
      await Promise.all(others.slice(at, at + 50).map((name) => place.byHand.write(name, "")));
    await engine.cloud.forgetCalls();
    expect(await reindexed()).toMatchObject({ files: 3, untouched: 3 });
    const calls = (await engine.cloud.calls()).filter(({ vendor }) => vendor === "tigris");
    expect(calls.map(({ operation, count }) => [operation, count])).toEqual([["ListObjectsV2", 2]]);
  });

  it("is not served without saying which, and with which key", async () => {
    const { code, lines } = await runToEnd({ MOUNT_BY: "app", DATABASE_FILE: "/tmp/x.db", AWS_ENDPOINT_URL_S3: "s3" });
    const faults = lines[0]?.["faults"] as { variable: string }[];
    expect([code, faults.map(({ variable }) => variable).sort()]).toEqual([
      78,
      ["AWS_ACCESS_KEY_ID", "AWS_ENDPOINT_URL_S3", "AWS_SECRET_ACCESS_KEY", "BUCKET_NAME"],
    ]);
  });
});

/** The same bucket, as another machine with an index of its own has it. */
async function sharing({ env }: Place): Promise<Pick<Place, "start">> {
  const other = await engine.place();
  const { DATABASE_FILE = "" } = other.env;
  return { start: () => other.start({ ...env, DATABASE_FILE }) };
}
