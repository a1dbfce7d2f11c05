import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, describe, expect, it } from "@jest/globals";

import { isDeep, times } from "../support/deep.ts";
import { discard } from "../support/evidence.ts";
import { run } from "../support/scratch-project.ts";
import { MUTANTS } from "./mutants.ts";

const SEED = Number(process.env["TENANTRY_SEED"] ?? (isDeep ? Math.floor(Date.now() / 86_400_000) : 1));
const LONG = times(180_000, 1_800_000);

const dir = mkdtempSync(join(tmpdir(), "tenantry-sim-"));
afterAll(() => {
  discard(dir);
});

interface Report {
  readonly seeds: number;
  readonly failingSeeds: readonly number[];
  readonly distinctStates: number;
  readonly digest: string;
  readonly seconds: number;
}

/** A simulation has the clocks and timers of its process, so it gets one of its own. */
async function simulated(...args: string[]): Promise<{ report: Report; stdout: string }> {
  const evidence = join(dir, `${args.join("").replaceAll(/\W/g, "")}.json`);
  const main = join(import.meta.dirname, "main.ts");
  const words = ["--disable-warning=ExperimentalWarning", main, ...args, "--evidence", evidence];
  const { stdout, stderr } = await run(process.execPath, words, process.cwd(), process.env);
  expect(stderr).toBe("");
  return { report: JSON.parse(readFileSync(evidence, "utf8")) as Report, stdout };
}

describe("tenantry against vendors and a network that do their worst", () => {
  it(
    `keeps one claim, one of each thing, all data and all secrets, and comes to rest as declared (from TENANTRY_SEED=${SEED})`,
    async () => {
      const seeds = times(4, 1500);
      const { report, stdout } = await simulated("--seed", String(SEED), "--seeds", String(seeds));
      expect({ failing: report.failingSeeds, said: report.failingSeeds.length === 0 ? "" : stdout }).toEqual({
        failing: [],
        said: "",
      });
      expect(report.seeds).toBe(seeds);
      expect(report.distinctStates).toBeGreaterThan(seeds);
    },
    LONG,
  );

  it(
    "does the same for the same seed, so that what was found can be found again",
    async () => {
      const [one, other] = [
        await simulated("--seed", "5", "--seeds", "1"),
        await simulated("--seeds", "1", "--seed", "5"),
      ];
      expect(one.report.digest).toBe(other.report.digest);
    },
    LONG,
  );

  it.each(Object.entries(MUTANTS).map(([name, { title }]) => [title, name]))(
    "is found out in less than a minute when %s",
    async (_title, name) => {
      const { report } = await simulated("--mutant", name, "--seed", "1", "--minutes", "1");
      expect(report.failingSeeds).toHaveLength(1);
      expect(report.seconds).toBeLessThan(60);
    },
    LONG,
  );
});
