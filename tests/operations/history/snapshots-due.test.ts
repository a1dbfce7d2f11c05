import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { describe, expect, it } from "@jest/globals";

import { dueLine } from "../../../operations/engine/coming-due.ts";
import { chained, EMPTY, type HistoryEvent } from "../../../operations/history/entry.ts";
import { fileLog } from "../../../operations/history/file-log.ts";
import { dueShown } from "../../../operations/review/due-shown.ts";
import {
  dueForSnapshot,
  dueForTest,
  keptCuts,
  lastSnapshots,
  lateSnapshots,
  pointWords,
  readable,
  restorePoints,
} from "../../../operations/history/snapshots-due.ts";
import { resolveTenant } from "../../../tenants/model/resolve-tenant.ts";
import type { TenantFile } from "../../../tenants/model/tenant-file.ts";
import { committedPlans } from "../../tenants/plans.ts";

const NOW = new Date("2026-11-27T02:00:00Z");
const tenant = (id: string, more: Partial<TenantFile> = {}) =>
  resolveTenant(
    id,
    { owner: "a@b.example", storage: { snapshots: true }, snapshots: { every: "24h" }, ...more },
    committedPlans(),
  );
const hoursAgo = (hours: number) => NOW.getTime() - hours * 3_600_000;
const ids = (tenants: readonly { id: string }[]) => tenants.map(({ id }) => id);

describe("a schedule of snapshots", () => {
  it("comes from the file or the plan, with 14 days as its default, and is none where the bucket keeps no snapshots", () => {
    expect(tenant("acme").snapshots).toEqual({ every: "1d", keep: "14d" });
    const plans = { nightly: { ...committedPlans()["standard"], snapshots: { every: "1d", keep: "30d" } } };
    const file = { owner: "a@b.example", plan: "nightly" };
    expect(resolveTenant("acme", file, plans).snapshots).toBeUndefined();
    const kept = { ...file, storage: { snapshots: true }, snapshots: { every: "12h" } };
    expect(resolveTenant("acme", kept, plans).snapshots).toEqual({ every: "12h", keep: "30d" });
  });

  it("makes those due that are active and whose last is as old as it says, less a twelfth", () => {
    const tenants = [
      tenant("never"),
      tenant("last-night"),
      tenant("today"),
      tenant("off", { state: "suspended" }),
      tenant("unasked", { snapshots: {} }),
    ];
    const last = new Map([
      ["last-night", hoursAgo(22)],
      ["today", hoursAgo(21.9)],
    ]);
    expect(ids(dueForSnapshot(tenants, last, NOW))).toEqual(["never", "last-night"]);
  });

  it("is late when the last is older than twice as much, and then a plan says so", () => {
    const tenants = [tenant("acme"), tenant("beta"), tenant("gamma"), tenant("off", { state: "suspended" })];
    const last = new Map([
      ["acme", hoursAgo(48)],
      ["beta", hoursAgo(49)],
      ["off", hoursAgo(490)],
    ]);
    const late = lateSnapshots(tenants, last, NOW);
    expect(late.map(dueLine)).toEqual(["beta: snapshot, overdue since 2026-11-26", "gamma: snapshot, due 2026-11-27"]);
    expect(dueShown(late, "prod")).toEqual([
      "due within 7 days:",
      "  beta: snapshot, overdue since 2026-11-26",
      "  gamma: snapshot, due 2026-11-27",
      "  snapshots that are late: npx tenantry snapshot --due --stack prod",
    ]);
  });

  it("uses a tenant's newest snapshot in the history, and no other kind of line", async () => {
    const folder = mkdtempSync(join(tmpdir(), "tenantry-due-"));
    try {
      const log = fileLog(join(folder, "history.jsonl"), true);
      const line = (kind: HistoryEvent["kind"], id: string, hours: number): HistoryEvent => {
        const at = new Date(hoursAgo(hours)).toISOString();
        const run = "6f1e7d58-4d7c-4a52-9c9d-0c1f2a3b4c5d";
        const cut = { at, bucket: id, version: "1", bytes: null, database: null, fencedMs: 0 };
        return { kind, time: at, stack: "local", run, actor: "a", from: "b", tenant: id, cut };
      };
      const events = [
        line("snapshot", "acme", 50),
        line("snapshot", "acme", 30),
        line("snapshot", "beta", 40),
        line("restored", "acme", 1),
        line("cloned", "gamma", 1),
        { ...line("tested", "acme", 50), time: new Date(hoursAgo(20)).toISOString(), result: "ok" as const },
        { ...line("tested", "delta", 60), result: "failed" as const, errors: ["file a: is missing"] },
      ];
      expect(await log.append(EMPTY, chained(EMPTY, events))).toBe(true);
      const points = restorePoints(readable([...(await log.lines()), "half a li"]));
      expect([...lastSnapshots(points)]).toEqual([
        ["acme", hoursAgo(30)],
        ["beta", hoursAgo(40)],
        ["delta", hoursAgo(60)],
      ]);
      expect([...points.values()].map(pointWords)).toEqual([
        "2026-11-25, one of 2026-11-25 tested 2026-11-26",
        "2026-11-25, never tested",
        "2026-11-24, tested 2026-11-24, NOT whole",
      ]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("is to be tested when none was, when the last test is old or found something missing; the longest first", () => {
    const point = (days: number | null, isWhole = true) => ({
      last: "2026-11-26T00:00:00.000Z",
      tested: days === null ? null : { of: "", at: new Date(hoursAgo(days * 24)).toISOString(), isWhole },
    });
    const points = new Map([
      ["young", point(2)],
      ["broken", point(1, false)],
      ["old", point(9)],
      ["never", point(null)],
      ["nearly", point(6.5)],
      ["gone", point(90)],
    ]);
    const tenants = ["young", "broken", "old", "never", "nearly", "none"].map((id) => tenant(id));
    expect(dueForTest(tenants, points, "7d", NOW)).toEqual(["never", "old", "nearly", "broken"]);
    expect(dueForTest(tenants, points, undefined, NOW)).toEqual(["never", "old", "nearly", "young", "broken"]);
  });

  it("lists what is not older than it keeps, and always the youngest", () => {
    const cuts = [400, 337, 336, 1].map((hours) => ({ at: new Date(hoursAgo(hours)).toISOString() }));
    expect(keptCuts(cuts, "14d", NOW)).toEqual(cuts.slice(2));
    expect(keptCuts(cuts.slice(0, 2), "14d", NOW)).toEqual(cuts.slice(1, 2));
    expect(keptCuts([], "14d", NOW)).toEqual([]);
  });
});
