import { execFileSync, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { hostname } from "node:os";
import { join } from "node:path";

import { createClient } from "@libsql/client";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { itIf } from "../../support/skip.ts";
import { type Engine, sqld, sqlite } from "./engines.ts";
import { type Environment, type NoteBody, type NotesApp, runToEnd } from "./notes-app.ts";

interface Health {
  readonly status: string;
  readonly mount: { readonly ok: boolean; readonly reason?: string };
  readonly database: { readonly ok: boolean; readonly reason?: string };
}

const health = (app: NotesApp) => app.ask<Health>("GET", "/healthz");

describe("the environment", () => {
  const faultsOf = async (env: Environment) => {
    const { code, lines, output } = await runToEnd(env);
    const faults = (lines[0]?.["faults"] ?? []) as { variable: string; expected: string }[];
    return { code, variables: faults.map(({ variable }) => variable).sort(), output };
  };

  it("is refused with everything that is wrong with it at once, and without its values", async () => {
    const { code, variables, output } = await faultsOf({
      MOUNT_PATH: "relative",
      LIBSQL_URL: "libsql://host?authToken=planted-in-the-url",
      DATABASE_AUTH_TOKEN: "planted token",
      DATABASE_FILE: "/tmp/x.db",
      PORT: "eighty",
      STOP_LIMIT_MS: "-1",
      LOG_LEVEL: "loud",
      REQUIRE_MOUNT: "maybe",
    });
    expect(code).toBe(78);
    expect(variables).toEqual([
      ...["DATABASE_AUTH_TOKEN", "DATABASE_FILE", "LIBSQL_URL", "LOG_LEVEL", "MOUNT_PATH", "PORT"],
      ...["REQUIRE_MOUNT", "STOP_LIMIT_MS"],
    ]);
    expect(output).not.toContain("planted");
  });

  it("has to say where the notes and where the index are", async () => {
    const { code, variables } = await faultsOf({ LIBSQL_URL: "" });
    expect([code, variables]).toEqual([78, ["LIBSQL_URL", "MOUNT_PATH"]]);
  });
});

describe("a stop", () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await sqlite();
  });
  afterAll(() => engine.dispose());

  /** A PUT of which half has been sent. */
  const halfSent = async (app: NotesApp, id: string) => {
    const body = JSON.stringify({ title: "slow", text: "x".repeat(1000) });
    const socket = connect(app.port, "127.0.0.1");
    await once(socket, "connect");
    const head = [
      `PUT /notes/${id} HTTP/1.1`,
      "host: x",
      "content-type: application/json",
      `content-length: ${body.length}`,
    ];
    socket.write(`${head.join("\r\n")}\r\n\r\n${body.slice(0, 500)}`);
    // The request has arrived when a later one on another connection is answered.
    await app.ask("GET", "/stats");
    return { socket, rest: body.slice(500) };
  };
  const untilStopping = async (app: NotesApp) => {
    while (!app.lines().some(({ event }) => event === "stopping"))
      await new Promise((resolve) => setTimeout(resolve, 5));
  };

  it("lets the requests under way end, takes no new ones, and exits with 0", async () => {
    const place = await engine.place();
    const app = await place.start();
    const { socket, rest } = await halfSent(app, "slow");
    app.signal("SIGTERM");
    await untilStopping(app);
    await expect(app.ask("GET", "/notes")).rejects.toThrow(/fetch failed/);
    app.signal("SIGTERM");
    socket.write(rest);
    const [answer] = (await once(socket, "data")) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1.1 201 /);
    expect(answer.toString()).toMatch(/^connection: close\r$/im);
    expect(await app.ended()).toBe(0);
    expect(readFileSync(join(place.notes, "slow.md"), "utf8")).toContain("title: slow");
    expect(app.lines().at(-1)).toMatchObject({ event: "stopped", cut: 0 });
  });

  it("cuts off what has not ended within the limit, says so, and exits with 1", async () => {
    const place = await engine.place();
    const app = await place.start({ STOP_LIMIT_MS: "200" });
    const { socket } = await halfSent(app, "never");
    socket.on("error", () => undefined);
    app.signal("SIGINT");
    expect(await app.ended()).toBe(1);
    expect(app.lines().at(-1)).toMatchObject({ event: "stopped", cut: 1 });
    expect(readdirSync(place.mount)).not.toContain("notes");
  });
});

describe("the mount", () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await sqlite();
  });
  afterAll(() => engine.dispose());

  it("that is only a directory is neither read nor written where a mount is required", async () => {
    const place = await engine.place();
    mkdirSync(place.notes);
    writeFileSync(join(place.notes, "there.md"), "there");
    // A bucket's name in the environment requires one.
    const app = await place.start({ BUCKET_NAME: "some-bucket" });
    const { status, body } = await health(app);
    expect([status, body.status, body.mount.reason, body.database.ok]).toEqual([503, "failing", "not-mounted", true]);
    const answers = await Promise.all([
      app.put("new", { title: "new" }),
      app.ask<{ code: string }>("GET", "/notes/there"),
      app.ask<{ code: string }>("POST", "/reindex"),
    ]);
    expect(answers.map((answer) => answer.body.code)).toEqual(Array(3).fill("storage-unavailable"));
    expect(readdirSync(place.mount, { recursive: true })).toEqual(["notes", "notes/there.md"]);
  });

  it("that hangs makes the service unhealthy in time, holds one thread and not the end", async () => {
    const place = await engine.place();
    // Opening a FIFO nobody reads hangs as a dead mount does.
    execFileSync("mkfifo", [join(place.mount, `.health.${hostname()}.tmp`)]);
    const app = await place.start();
    await app.current();
    const answers = await Promise.all(Array.from({ length: 40 }, () => health(app)));
    expect(answers.every(({ status, body }) => status === 503 && body.mount.reason === "no-answer")).toBe(true);
    expect((await app.put("still", { title: "still" })).status).toBe(201);
    app.signal("SIGTERM");
    // It has to kill itself: an orderly end waits for the thread that hangs.
    expect(await app.ended()).toBeNull();
    expect(app.lines().at(-1)).toMatchObject({ event: "stopped", cut: 0, hung: 1 });
  });

  const canMount = spawnSync("unshare", ["-m", "true"]).status === 0;
  itIf(canMount, "no right to a mount namespace")("that is one is served, and missed when it goes away", async () => {
    const place = await engine.place();
    const within = ["unshare", "-m", "sh", "-c", 'mount -t tmpfs notes "$MOUNT_PATH" && exec "$@"', "sh"];
    const app = await place.start({ REQUIRE_MOUNT: "true" }, within);
    expect((await app.put("seen", { title: "seen" })).status).toBe(201);
    expect((await health(app)).status).toBe(200);
    execFileSync("nsenter", ["-t", String(app.pid), "-m", "umount", place.mount]);
    expect((await health(app)).body.mount).toMatchObject({ ok: false, reason: "not-mounted" });
    expect((await app.put("lost", { title: "lost" })).status).toBe(503);
    expect((await app.ask("GET", "/notes/seen")).status).toBe(503);
    // What was written was on the mount, and nothing came into the directory below it.
    expect(readdirSync(place.mount)).toEqual([]);
  });
});

describe("the database", () => {
  let engine: Awaited<ReturnType<typeof sqld>>;
  beforeAll(async () => {
    engine = await sqld();
  });
  afterAll(() => engine.dispose());

  it("of a later version is refused, and left as it is", async () => {
    const place = await engine.place();
    const app = await place.start();
    await app.current();
    app.signal("SIGTERM");
    await app.ended();
    const client = createClient({
      url: place.env["LIBSQL_URL"] ?? "",
      authToken: place.env["DATABASE_AUTH_TOKEN"] ?? "",
    });
    await client.execute("INSERT INTO schema_migrations VALUES (99, 'from the future', 'then')");
    const { code, lines } = await runToEnd(place.env);
    expect([code, lines.at(-1)?.event]).toEqual([78, "not-started"]);
    expect(String(lines.at(-1)?.["reason"])).toContain("schema 99");
    const { rows } = await client.execute("SELECT number FROM schema_migrations");
    expect(rows.map((row) => row["number"])).toEqual([1, 2, 99]);
    client.close();
  });

  it("that was emptied is filled again by a reindex", async () => {
    const place = await engine.place();
    const app = await place.start();
    await app.put("one", { title: "one", text: "apple" });
    const client = createClient({
      url: place.env["LIBSQL_URL"] ?? "",
      authToken: place.env["DATABASE_AUTH_TOKEN"] ?? "",
    });
    await client.batch(["DROP TABLE notes_fts", "DROP TABLE notes", "DROP TABLE schema_migrations"]);
    client.close();
    expect((await app.ask("POST", "/reindex")).status).toBe(200);
    expect((await app.ask<{ notes: NoteBody[] }>("GET", "/search?q=apple")).body.notes).toHaveLength(1);
  });

  it("that is away costs no write and no reading of notes; what it missed it gets when it is back", async () => {
    const place = await engine.place();
    const app = await place.start();
    await app.put("before", { title: "before", text: "apple" });
    await app.current();
    await engine.turso.cloud.kill();
    expect((await app.put("during", { title: "during", text: "birch" })).body.indexed).toBe(false);
    expect((await app.ask("DELETE", "/notes/before")).status).toBe(204);
    expect((await app.ask<NoteBody>("GET", "/notes/during")).body.text).toBe("birch");
    const list = await app.ask<{ code: string; reason: string }>("GET", "/notes");
    expect([list.status, list.body.code, list.headers.get("retry-after")]).toEqual([503, "database-unavailable", "2"]);
    const { status, body } = await health(app);
    expect([status, body.mount.ok, body.database.ok]).toEqual([503, true, false]);

    // The service starts without it as well.
    const second = await place.start();
    expect((await second.ask("GET", "/notes/during")).status).toBe(200);
    expect((await second.ask("GET", "/stats")).status).toBe(503);

    await engine.turso.cloud.restart();
    await Promise.all([app.current(), second.current()]);
    const found = async (one: NotesApp) =>
      (await one.ask<{ notes: NoteBody[]; complete: boolean }>("GET", "/notes")).body;
    for (const one of [app, second]) {
      const { notes, complete } = await found(one);
      expect([notes.map(({ id }) => id), complete]).toEqual([["during"], true]);
    }
  });

  it("that refuses the token is named as what fails, and the token is in no line and no answer", async () => {
    const place = await engine.place();
    const token = "planted.token-that_nobody.may~see";
    const app = await place.start({ DATABASE_AUTH_TOKEN: token, LOG_LEVEL: "debug" });
    const answers = await Promise.all([
      health(app),
      app.put("x", { title: token, text: `text ${token}` }),
      app.ask("GET", `/search?q=${token}`, undefined, { authorization: `Bearer ${token}`, "fly-request-id": token }),
      app.ask("GET", `/notes/${token}`),
      app.ask("GET", `/${token}`),
      app.ask("PUT", "/notes/x", `{"title": ${token}`),
    ]);
    expect(answers[0].body.database).toMatchObject({ ok: false, reason: "HTTP_401" });
    app.signal("SIGTERM");
    await app.ended();
    expect(app.lines().filter(({ event }) => event === "request").length).toBeGreaterThanOrEqual(answers.length);
    expect(app.output()).not.toContain("planted");
    const withoutTheNote = answers.filter((_, position) => position !== 1);
    expect(JSON.stringify(withoutTheNote.map(({ body }) => body))).not.toContain("planted");
  });
});

describe("the log", () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await sqlite();
  });
  afterAll(() => engine.dispose());

  it("has one line of JSON for each request, with its route and no word of what was sent", async () => {
    const place = await engine.place();
    const app = await place.start({ TENANT: "acme" });
    const before = app.lines().length;
    await app.put("one", { title: "private title", text: "private text" }, { "fly-request-id": "01ABC-iad" });
    await app.ask("GET", "/search?q=private");
    await app.ask("GET", "/notes/%2Fprivate");
    await app.ask("GET", "/private");
    app.signal("SIGTERM");
    await app.ended();
    const lines = app.output().trimEnd().split("\n");
    expect(lines).toHaveLength(app.lines().length);
    expect(app.lines().every(({ tenant }) => tenant === "acme")).toBe(true);
    const requests = app
      .lines()
      .slice(before)
      .filter(({ event }) => event === "request");
    expect(requests.map(({ method, route, status, note }) => [method, route, status, note])).toEqual([
      ["PUT", "/notes/:id", 201, "one"],
      ["GET", "/search", 200, undefined],
      ["GET", "/notes/:id", 400, undefined],
      ["GET", "/*", 404, undefined],
    ]);
    expect(requests[0]?.["request"]).toBe("01ABC-iad");
    expect(app.output()).not.toContain("private");
  });
});
