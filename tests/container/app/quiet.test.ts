import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { Quiet } from "../../../container/app/quiet.ts";
import { MAIN, type NotesApp, startApp } from "./notes-app.ts";

const LONG = { drainMs: 60_000, holdMs: 60_000 };

describe("the service, while it is quiet", () => {
  let dir: string;
  let app: NotesApp;

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), "notes-quiet-"));
    app = await startApp({ MOUNT_PATH: dir, DATABASE_FILE: join(dir, "index.sqlite"), HOST: "0.0.0.0" });
  });
  afterAll(async () => {
    await app.kill();
    rmSync(dir, { recursive: true });
  });

  /** The hook as tenantry runs it in the machine. */
  async function hook(word: string): Promise<number> {
    const command = [join(MAIN, "../quiesce.ts"), word];
    const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", ...command], {
      env: { PATH: process.env["PATH"], PORT: String(app.port) },
      stdio: "ignore",
    });
    const [code] = (await once(child, "close")) as [number];
    return code;
  }
  const notes = () => readdirSync(join(dir, "notes")).filter((name) => name.endsWith(".md"));

  it("stores every write in progress and holds the others back until it is told to continue, or until its own limit", async () => {
    await app.put("before", { title: "before" });
    const under = Array.from({ length: 20 }, (_, at) => app.put(`under-way-${at}`, { title: "1" }));
    expect(await hook("begin")).toBe(0);
    const stored = notes();
    const held = app.put("held", { title: "1" });
    expect((await app.ask("GET", "/notes/before")).status).toBe(200);
    const { body } = await app.ask<{ notes: { id: string }[] }>("GET", "/notes?limit=200");
    // Files and rows are of one instant, and stay so.
    expect(body.notes.map(({ id }) => `${id}.md`).sort()).toEqual(stored.sort());
    expect(notes().sort()).toEqual(stored);
    expect(await hook("end")).toBe(0);
    expect((await held).status).toBe(201);
    expect((await Promise.all(under)).map(({ status }) => status)).toEqual(under.map(() => 201));
    expect(await hook("end")).toBe(1);
    expect(await hook("stop")).toBe(64);
  });

  it("is asked from within the machine only", async () => {
    const [outside] = Object.values(networkInterfaces()).flatMap((all = []) =>
      all.filter(({ internal, family }) => !internal && family === "IPv4"),
    );
    const from = outside === undefined ? undefined : `http://${outside.address}:${app.port}/quiesce`;
    // A computer without a network has no outside.
    expect(from === undefined ? 404 : (await fetch(from, { method: "POST" })).status).toBe(404);
    expect((await app.ask("GET", "/quiesce")).status).toBe(405);
  });
});

describe("quiet", () => {
  it("comes when the last write has ended, and no write begins before it is over", async () => {
    const quiet = new Quiet();
    const told: string[] = [];
    const write = Promise.withResolvers<undefined>();
    const writing = quiet.write(() => write.promise.then(() => void told.push("first")));
    const begun = quiet.begin(LONG).then((is) => void told.push(`quiet ${is}`));
    const second = quiet.write(() => Promise.resolve(void told.push("second")));
    write.resolve(undefined);
    await Promise.all([writing, begun]);
    expect(told).toEqual(["first", "quiet true"]);
    expect([quiet.end(), quiet.end()]).toEqual([true, false]);
    await second;
    expect(told).toEqual(["first", "quiet true", "second"]);
  });

  it("does not come where a write does not end in time, and holds nothing back then", async () => {
    const quiet = new Quiet();
    const write = Promise.withResolvers<undefined>();
    const writing = quiet.write(() => write.promise);
    expect(await quiet.begin({ drainMs: 5, holdMs: 60_000 })).toBe(false);
    await quiet.write(() => Promise.resolve());
    expect(quiet.end()).toBe(false);
    write.resolve(undefined);
    await writing;
  });

  it("is over by itself, which the one who ends it is told", async () => {
    const quiet = new Quiet();
    expect(await quiet.begin({ drainMs: 60_000, holdMs: 5 })).toBe(true);
    await quiet.write(() => Promise.resolve());
    expect(quiet.end()).toBe(false);
  });

  it("that is asked for again is the later one's: the earlier one's time does not end it", async () => {
    const quiet = new Quiet();
    const write = Promise.withResolvers<undefined>();
    const writing = quiet.write(() => write.promise);
    const first = quiet.begin({ drainMs: 5, holdMs: 5 });
    const second = quiet.begin(LONG);
    expect(await first).toBe(false);
    write.resolve(undefined);
    await writing;
    expect([await second, quiet.end()]).toEqual([true, true]);
  });
});
