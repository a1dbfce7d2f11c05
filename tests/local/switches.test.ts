import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";

import { adminApp } from "../../local/admin.ts";
import { CallLog } from "../../local/call-log.ts";
import { FaultPlan } from "../../local/faults.ts";
import { openStore, type Store } from "../../local/store.ts";
import { amount, choice, flag, SwitchBoards, type SwitchValue } from "../../local/switches.ts";
import { vendorTables } from "../../docs/generator/embedded-cloud-tables.ts";
import { join } from "node:path";

const about = { does: "It waits.", source: "a document" };
const DECLARED = {
  slow: flag(about),
  lagMs: amount({ ...about, awkward: 500 }),
  status: choice(["404", "401"], { ...about, preset: "404", awkward: "401" }),
  useless: flag({ ...about, fatal: true }),
  open: flag({ ...about, breach: true }),
};

let store: Store;
let boards: SwitchBoards;
beforeEach(() => {
  store = openStore(":memory:");
  boards = new SwitchBoards();
});
afterEach(() => store.close());

const open = () => boards.open("fly", DECLARED, store.table<SwitchValue>("switches"));

function admin() {
  const unused = () => Promise.reject(new Error("not asked for"));
  const parts = { token: "t", calls: new CallLog(), faults: new FaultPlan(), switches: boards };
  const app = adminApp({ ...parts, status: unused, shutdown: () => undefined });
  const headers = { authorization: "Bearer t", "content-type": "application/json" };
  return async (method: string, path: string, body?: unknown) => {
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const response = await app.request(path, { method, headers, ...sent });
    return { status: response.status, text: await response.text() };
  };
}

describe("the switches of the embedded cloud", () => {
  it("have their defaults until somebody sets them, and again when they are set back", () => {
    const board = open();
    expect([board.read("slow"), board.read("lagMs"), board.read("status")]).toEqual([false, 0, "404"]);
    expect(boards.set({ "fly.slow": true, "fly.lagMs": 20 })).toBeUndefined();
    expect([board.read("slow"), board.read("lagMs"), board.read("status")]).toEqual([true, 20, "404"]);
    boards.reset();
    expect([board.read("slow"), board.read("lagMs")]).toEqual([false, 0]);
  });

  it("stay as they were set when the cloud is started again", () => {
    open();
    boards.set({ "fly.slow": true });
    boards = new SwitchBoards();
    expect(open().read("slow")).toBe(true);
  });

  it("are all on after one call, except those with which no tenant can be created or isolated", async () => {
    const board = open();
    expect((await admin()("POST", "/switches/all")).status).toBe(200);
    expect([board.read("slow"), board.read("lagMs"), board.read("status")]).toEqual([true, 500, "401"]);
    expect([board.read("useless"), board.read("open")]).toEqual([false, false]);
    expect((await admin()("DELETE", "/switches")).status).toBe(204);
    expect([board.read("slow"), board.read("lagMs"), board.read("status")]).toEqual([false, 0, "404"]);
  });

  it("are listed at the admin address with what they do and where that is known from", async () => {
    open();
    const { text } = await admin()("POST", "/switches", { "fly.status": "401" });
    expect(JSON.parse(text)).toEqual([
      { name: "fly.slow", value: false, preset: false, awkward: true, ...about },
      { name: "fly.lagMs", value: 0, preset: 0, awkward: 500, ...about },
      { name: "fly.status", value: "401", preset: "404", awkward: "401", ...about },
      { name: "fly.useless", value: false, preset: false, awkward: true, fatal: true, ...about },
      { name: "fly.open", value: false, preset: false, awkward: true, breach: true, ...about },
    ]);
  });

  it.each([
    ["a switch that does not exist", { "fly.slow": true, "fly.sloow": true }, "fly.sloow"],
    ["a value that it cannot have", { "fly.slow": true, "fly.status": "500" }, "fly.status"],
    ["a time that is none", { "fly.slow": true, "fly.lagMs": -1 }, "fly.lagMs"],
  ])("are left as they are when one call names %s", async (_, values, named) => {
    const board = open();
    const { status, text } = await admin()("POST", "/switches", values);
    expect(status).toBe(400);
    expect(text).toContain(named);
    expect(board.read("slow")).toBe(false);
  });

  it("say in a sentence what they do and name a source, and are off by default", async () => {
    const vendors = await vendorTables(join(import.meta.dirname, "../.."));
    const all = vendors.flatMap(({ switches }) => Object.values(switches));
    expect(all.length).toBeGreaterThan(0);
    for (const { does, source, preset, awkward, schema } of all) {
      expect(does).toMatch(/^[A-Z`].*\.$/s);
      expect(source).not.toBe("");
      expect(awkward).not.toBe(preset);
      expect([schema.safeParse(preset).success, schema.safeParse(awkward).success]).toEqual([true, true]);
    }
  });
});
