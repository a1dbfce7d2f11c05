import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { tellsOfProcesses } from "../../operations/bench/process-watch.ts";
import { isDeep } from "../support/deep.ts";
import { itIf } from "../support/skip.ts";
import { growth, memoryDuring, type MemorySeen, WATCHED } from "./flat-memory.ts";
import { Soak } from "./soak.ts";
import { soakReport } from "./soak-report.ts";

const SEED = Number(process.env["TENANTRY_SEED"] ?? Math.floor(Date.now() / 86_400_000));
const MINUTES = Number(process.env["TENANTRY_SOAK_MINUTES"] ?? 20);
const MINUTE = 60_000;
/** However slow a computer is: of fewer things the memory tells nothing. */
const FEWEST = 10;
/** What may come on top in the second half: a heap that happens to be collected late. */
const SLACK_MB = 12;

let soak: Soak;
beforeAll(async () => {
  if (isDeep) soak = await Soak.open(SEED);
}, 2 * MINUTE);
afterAll(async () => {
  if (isDeep) await soak.dispose();
}, MINUTE);

describe("a stack to which one thing after the other is done for a long time, while calls go wrong", () => {
  itIf(isDeep && tellsOfProcesses(), "make test-deep runs it, where a computer tells of its processes")(
    `is as it has to be after each, and takes no more memory in the end (${MINUTES} minutes, TENANTRY_SEED=${SEED})`,
    async () => {
      const began = Date.now();
      const minute = () => (Date.now() - began) / MINUTE;
      const seen: MemorySeen[] = [];
      while (minute() < MINUTES || soak.done.length < FEWEST) {
        await soak.step();
        expect([soak.done.at(-1), String(soak), await soak.wrong()]).toEqual([soak.done.at(-1), String(soak), []]);
        const plan = () => soak.project.tenantry("plan", "--all");
        seen.push(
          await memoryDuring(soak.cloud.descriptor.admin.pid, minute(), async () => {
            expect(await plan()).toMatchObject({ code: 0 });
          }),
        );
      }
      const half = seen.slice(Math.floor(seen.length / 2));
      const grown = Object.fromEntries(WATCHED.map((what) => [what, Math.round(growth(half, what))]));
      const report = soakReport({ seed: SEED, minutes: MINUTES, done: soak.done, seen, grown });
      mkdirSync(".tenantry/faults", { recursive: true });
      writeFileSync(join(".tenantry/faults", "soak.md"), report);
      process.stderr.write(report);
      expect(soak.done.filter(({ struck }) => struck > 0).length).toBeGreaterThan(soak.done.length / 4);
      expect(Object.entries(grown).filter(([, mb]) => mb > SLACK_MB)).toEqual([]);
    },
    (MINUTES + 40) * MINUTE,
  );
});

describe("the growth of memory", () => {
  it("is by how much the line that fits best has risen", () => {
    const seen = [100, 112, 108, 121, 119].map((cloud, minute) => ({ minute, cloud, plugin: 80, cli: 90 - minute }));
    expect(growth(seen, "cloud")).toBeCloseTo(18.8);
    expect(growth(seen, "plugin")).toBe(0);
    expect(growth(seen, "cli")).toBe(-4);
    expect(growth(seen.slice(0, 1), "cloud")).toBe(0);
  });
});
