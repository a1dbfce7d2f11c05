import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";

import { begunAt, newRunId, runLedger } from "../../stack/run-ledger.ts";

const BEGUN = new Date("2026-11-26T20:15:30Z");
const LONGEST_MS = 3_600_000;
const later = (ms: number) => () => new Date(BEGUN.getTime() + ms);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tenantry-runs-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe("the ledger of runs", () => {
  it("knows by an id alone when its run began; no two runs have the same", () => {
    const ids = Array.from({ length: 100 }, () => newRunId(BEGUN));
    expect(new Set(ids).size).toBe(100);
    expect(ids.filter((id) => !/^[0-9a-f]{12}$/.test(id))).toEqual([]);
    expect(begunAt(ids[0] ?? "")).toEqual(new Date("2026-11-26T20:15:00Z"));
  });

  it("takes a run of this computer for over when its process has ended, and not before, however old it is", () => {
    const ledger = runLedger(folder, LONGEST_MS, later(LONGEST_MS * 10));
    const [mine, killed] = [newRunId(BEGUN), newRunId(BEGUN)];
    ledger.enter(mine);
    writeFileSync(join(folder, killed), String(spawnSync("true").pid));
    expect([ledger.isOver(mine), ledger.isOver(killed)]).toEqual([false, true]);
    expect(ledger.cutOff()).toEqual([killed]);
    ledger.leave(killed);
    expect(ledger.cutOff()).toEqual([]);
  });

  it("takes a run of another computer for over when it is older than any takes", () => {
    const id = newRunId(BEGUN);
    expect(runLedger(folder, LONGEST_MS, later(LONGEST_MS / 2)).isOver(id)).toBe(false);
    expect(runLedger(join(folder, "none"), LONGEST_MS, later(LONGEST_MS * 2)).isOver(id)).toBe(true);
  });
});
