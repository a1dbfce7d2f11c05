import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";

import { type Leftovers, leftovers } from "../../../local/fly/leftovers.ts";
import type { MachineRecord } from "../../../local/fly/machines/record.ts";
import { openTables, type Tables } from "../../../local/fly/tables.ts";
import { openStore, type Store } from "../../../local/store.ts";
import type { VolumeRecord } from "../../../local/fly/records.ts";

const DESTROYED_AT = "2026-11-01T12:00:00.000Z";
const HOUR_MS = 3_600_000;

let dir: string;
let store: Store;
let tables: Tables;
let hours: number;
let left: Leftovers;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "tenantry-leftovers-"));
  for (const volume of ["living", "deleted", "unknown"]) mkdirSync(join(dir, "volumes", volume), { recursive: true });
  mkdirSync(join(dir, "machines/logs"), { recursive: true });
  for (const log of ["up.log", "up.log.1", "down.log", "down.log.1", "unknown.log"])
    writeFileSync(join(dir, "machines/logs", log), "a line\n");
  store = openStore(join(dir, "store.db"));
  tables = openTables(store);
  tables.volumes.put("app/living", { id: "living", state: "created", updatedAt: DESTROYED_AT } as VolumeRecord);
  tables.volumes.put("app/deleted", {
    id: "deleted",
    state: "pending_destroy",
    updatedAt: DESTROYED_AT,
  } as VolumeRecord);
  tables.machines.put("app/up", { id: "up", state: "stopped", updatedAt: DESTROYED_AT } as MachineRecord);
  tables.machines.put("app/down", { id: "down", state: "destroyed", updatedAt: DESTROYED_AT } as MachineRecord);
  const clock = () => new Date(Date.parse(DESTROYED_AT) + hours * HOUR_MS);
  left = leftovers({ dir, tables, clock, log: () => undefined });
});
afterEach(() => {
  store.close();
  rmSync(dir, { recursive: true });
});

const onDisk = () => [...readdirSync(join(dir, "volumes")), ...readdirSync(join(dir, "machines/logs"))].sort();

describe("what is left on disk", () => {
  it("of a deleted volume and a destroyed machine stays for a day; of a deleted app it goes at once", async () => {
    hours = 23;
    await left.sweep();
    expect(onDisk()).toEqual(["deleted", "down.log", "down.log.1", "living", "up.log", "up.log.1"]);
    expect(tables.volumes.get("app/deleted")).toBeDefined();
  });

  it("goes after that, and the volume is unknown from then on; of what exists nothing ever goes", async () => {
    hours = 24;
    await left.sweep();
    expect(onDisk()).toEqual(["living", "up.log", "up.log.1"]);
    expect(tables.volumes.get("app/deleted")).toBeUndefined();
  });

  it("is no matter where nothing ever ran", async () => {
    hours = 24;
    rmSync(join(dir, "volumes"), { recursive: true });
    rmSync(join(dir, "machines"), { recursive: true });
    await expect(left.sweep()).resolves.toBeUndefined();
  });
});
