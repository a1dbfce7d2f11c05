import { existsSync, globSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { createClient } from "@libsql/client";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { Database } from "../../../container/app/index/database.ts";
import { openReplicaFile } from "../../../container/app/index/replica-file.ts";
import { Replica, type ReplicaFile } from "../../../container/app/index/replica.ts";
import { until } from "./until.ts";
import { type Place, sqld } from "./engines.ts";
import type { Environment, NotesApp } from "./notes-app.ts";

interface Listed {
  readonly notes: readonly { readonly id: string }[];
  readonly complete: boolean;
}
interface Stats {
  readonly notes: number;
  readonly replica?: { readonly current: boolean; readonly ageMs?: number };
}

const current = (app: NotesApp) =>
  until(async () => (await app.ask<Stats>("GET", "/stats")).body.replica?.current === true);
const start = (place: Place, env: Environment = {}) =>
  place.start({ INDEX_REPLICA: join(place.mount, "../replicas"), ...env });
const idsIn = async (app: NotesApp, path: string) => {
  const { body } = await app.ask<Listed>("GET", path);
  return body.notes.map(({ id }) => id);
};
const clientOf = ({ env }: Place) =>
  createClient({ url: env["LIBSQL_URL"] ?? "", authToken: env["DATABASE_AUTH_TOKEN"] ?? "" });

let engine: Awaited<ReturnType<typeof sqld>>;
const open: (Replica | Database)[] = [];
beforeAll(async () => {
  engine = await sqld();
});
afterAll(async () => {
  for (const each of open) await each.close();
  await engine.dispose();
});

describe("a replica of the index", () => {
  it("shows each of many users at once what that user has written, and answers without the database", async () => {
    const place = await engine.place();
    const app = await start(place, { INDEX_REPLICA_AGE_S: "3600" });
    await current(app);
    const user = async (name: string) => {
      for (let n = 0; n < 12; n += 1) {
        const id = `${name}-${n}`;
        expect((await app.put(id, { title: id, text: `word${name}x${n}` })).body.indexed).toBe(true);
        expect(await idsIn(app, `/search?q=word${name}x${n}`)).toEqual([id]);
        expect(await idsIn(app, `/notes?after=${name}-&limit=200`)).toContain(id);
        if (n % 3 !== 0) continue;
        expect((await app.ask("DELETE", `/notes/${id}`)).status).toBe(204);
        expect(await idsIn(app, `/search?q=word${name}x${n}`)).toEqual([]);
      }
    };
    await Promise.all(["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"].map(user));
    await current(app);
    await engine.turso.cloud.kill();
    expect((await app.ask<Stats>("GET", "/stats")).body.notes).toBe(80);
    await engine.turso.cloud.restart();
  }, 120_000);

  it("shows what another machine has written, at the latest when it is as old as it may be", async () => {
    const place = await engine.place();
    const app = await start(place, { INDEX_REPLICA_AGE_S: "1" });
    await current(app);
    const elsewhere = clientOf(place);
    await elsewhere.execute(
      "INSERT INTO notes (id, title, text, tags, etag, bytes, mtime, checked) VALUES ('far', 't', 'apple', '[]', '', 0, '0', 0)",
    );
    elsewhere.close();
    await until(async () => (await idsIn(app, "/search?q=apple")).includes("far"));
    await current(app);
    expect(await idsIn(app, "/notes")).toEqual(["far"]);
  });

  it("is left to itself with a token that no longer opens the database, which no line has", async () => {
    const name = "rotated";
    const { Hostname } = await engine.turso.create(name);
    const place = await engine.place();
    const token = await engine.turso.mint(name);
    const app = await start(place, {
      LIBSQL_URL: `http://${Hostname}`,
      DATABASE_AUTH_TOKEN: token,
      INDEX_REPLICA_AGE_S: "1",
      LOG_LEVEL: "debug",
    });
    await app.put("one", { title: "one", text: "apple" });
    await current(app);
    const { status } = await engine.turso.ask("POST", `/databases/${name}/auth/rotate`);
    expect(status).toBe(200);
    await until(async () => (await app.ask("GET", "/notes")).status === 503);
    await until(() => app.lines().some(({ event }) => event === "replica-failed"));
    expect(app.output()).not.toContain(token);

    const next = await start(place, {
      LIBSQL_URL: `http://${Hostname}`,
      DATABASE_AUTH_TOKEN: await engine.turso.mint(name),
    });
    await current(next);
    expect(await idsIn(next, "/search?q=apple")).toEqual(["one"]);
  });

  it("that the vendor refuses costs nothing but its speed", async () => {
    await engine.turso.cloud.switches({ "turso.replicasRefused": true });
    const place = await engine.place();
    const app = await start(place);
    await until(() => app.lines().some(({ event }) => event === "replica-failed"));
    expect((await app.put("one", { title: "one", text: "apple" })).body.indexed).toBe(true);
    expect(await idsIn(app, "/search?q=apple")).toEqual(["one"]);
    expect(
      app
        .output()
        .split("\n")
        .filter((line) => line !== "" && !line.startsWith("{")),
    ).toEqual([]);
    await engine.turso.cloud.resetSwitches();
    await current(app);
    expect(await idsIn(app, "/search?q=apple")).toEqual(["one"]);
  });

  it("is removed at a stop, and what an earlier run left is not read", async () => {
    const place = await engine.place();
    const folder = join(place.mount, "../replicas");
    mkdirSync(folder);
    const app = await place.start({ INDEX_REPLICA: folder });
    await app.put("one", { title: "one", text: "apple" });
    await current(app);
    expect(globSync("notes-replica-*/*.db", { cwd: folder })).toHaveLength(1);
    app.signal("SIGTERM");
    expect(await app.ended()).toBe(0);
    expect(globSync("*", { cwd: folder })).toEqual([]);
  });

  it("is kept nowhere when none is asked for", async () => {
    const place = await engine.place();
    const app = await place.start();
    await app.current();
    const { body } = await app.ask<Stats>("GET", "/stats");
    expect(body.replica).toBeUndefined();
    expect((await clientOf(place).execute("SELECT 1 FROM sqlite_master WHERE name = 'marks'")).rows).toEqual([]);
  });
});

describe("a replica's file", () => {
  /** A database with a replica of it, in this process. */
  const pair = async (now = () => performance.now()) => {
    const place = await engine.place();
    const { address } = place;
    if (address.kind !== "libsql") throw new Error("no server");
    const { url, token } = address;
    const database = new Database(address, 3000);
    const folder = join(place.mount, "../replica");
    const events: string[] = [];
    const replica = new Replica({
      open: (path) => openReplicaFile({ path, url, token }),
      folder,
      maxAgeMs: 1000,
      isServerWell: () => database.isWell(),
      log: (_, event, fields) => events.push(fields?.["discarded"] === true ? `${event}, discarded` : event),
      now,
    });
    open.push(replica, database);
    await database.run("CREATE TABLE t (x)");
    await database.readFrom(replica);
    await until(() => replica.current !== undefined);
    return { database, replica, folder, events };
  };
  const files = (folder: string) => globSync("*.db*", { cwd: folder }).map((name) => join(folder, name));

  it("that is damaged is discarded and built again; no answer is wrong meanwhile", async () => {
    const { database, replica, folder, events } = await pair();
    for (let n = 1; n <= 200; n += 1)
      await database.transact([{ sql: "INSERT INTO t VALUES (?)", args: ["x".repeat(500)] }]);
    await until(() => replica.current !== undefined);
    const [first = ""] = files(folder);
    for (const file of files(folder)) if (!file.endsWith("-shm")) writeFileSync(file, Buffer.alloc(200_000, "damage"));
    for (let n = 201; !events.includes("replica-failed, discarded"); n += 1) {
      await database.transact([{ sql: "INSERT INTO t VALUES (?)", args: [n] }]);
      expect((await database.read("SELECT count(*) AS n FROM t"))[0]?.["n"]).toBe(n);
    }
    await until(() => replica.current !== undefined);
    expect(existsSync(first)).toBe(false);
    expect(events.filter((event) => event === "replica")).toHaveLength(2);
  });

  it("is not read from when the last synchronisation is longer ago than it may be", async () => {
    let later = 0;
    const { database, replica } = await pair(() => performance.now() + later);
    await engine.turso.cloud.kill();
    expect(replica.current).toBeDefined();
    expect(await database.read("SELECT count(*) AS n FROM t")).toEqual([{ n: 0 }]);
    later = 1001;
    expect(replica.current).toBeUndefined();
    await expect(database.read("SELECT count(*) AS n FROM t")).rejects.toMatchObject({ code: "database-unavailable" });
    await engine.turso.cloud.restart();
    await until(() => replica.current !== undefined);
  });
});

describe("what a replica is trusted with", () => {
  /** A file that shows what the test says, after each synchronisation. */
  const shown = (showing: () => Promise<number>) => {
    let [mark, opened] = [-1, 0];
    const file = (): ReplicaFile => ({
      sync: async () => {
        mark = await showing();
      },
      rows: () => Promise.resolve([{ number: mark }]),
      close: () => Promise.resolve(),
    });
    const replica = new Replica({
      open: () => {
        opened += 1;
        return Promise.resolve(file());
      },
      folder: join(engine.turso.cloud.home, "trusted"),
      maxAgeMs: 60_000,
      isServerWell: () => Promise.resolve(true),
      log: () => undefined,
      now: () => performance.now(),
    });
    open.push(replica);
    return { replica, opened: () => opened };
  };

  it("is nothing before it shows the last write, however well its synchronisations end", async () => {
    let has = 1;
    const { replica } = shown(() => Promise.resolve(has));
    replica.expect(1);
    replica.start();
    await until(() => replica.current !== undefined);
    replica.expect(2);
    expect(replica.current).toBeUndefined();
    has = 2;
    await until(() => replica.current !== undefined);
    replica.expect(undefined);
    expect(replica.current).toBeUndefined();
  });

  it("ends when it never shows it: the file is built again", async () => {
    let has = 1;
    const { replica, opened } = shown(() => Promise.resolve(has));
    replica.expect(2);
    replica.start();
    await until(() => opened() === 2);
    has = 2;
    await until(() => replica.current !== undefined);
    expect(opened()).toBeGreaterThan(1);
  });
});
