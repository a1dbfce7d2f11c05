import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, describe, expect, it } from "@jest/globals";

import { isDeep, times } from "../support/deep.ts";
import { discard } from "../support/evidence.ts";
import { run } from "../support/scratch-project.ts";
import { itIf } from "../support/skip.ts";
import { MUTANTS } from "./mutants.ts";

/** The same every night: what is found is to be found again. */
const SEED = Number(process.env["TENANTRY_SEED"] ?? 1);
const LONG = times(900_000, 7_200_000);

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

/** A seed that finds each planted fault; the nightly run looks for another in a minute. */
const FOUND_BY = {
  "blind-retry": 4,
  "no-claim": 10,
  "403-is-gone": 4,
  "any-app": 2,
  "dropped-fence": 1,
  "wrong-skip": 3,
} as const satisfies Record<keyof typeof MUTANTS, number>;

const MAIN = join(import.meta.dirname, "main.ts");

/** A simulation has the clocks and timers of its process, so it gets one of its own. */
async function simulator(...args: string[]): Promise<string> {
  const words = ["--disable-warning=ExperimentalWarning", MAIN, ...args];
  const { stdout, stderr } = await run(process.execPath, words, process.cwd(), process.env);
  expect(stderr).toBe("");
  return stdout;
}

async function simulated(name: string, ...args: string[]): Promise<{ report: Report; stdout: string }> {
  const evidence = join(dir, `${name}.json`);
  const stdout = await simulator(...args, "--evidence", evidence);
  return { report: JSON.parse(readFileSync(evidence, "utf8")) as Report, stdout };
}

describe("tenantry against vendors and a network that do their worst", () => {
  it(
    `keeps one claim, one of each thing, all data and all secrets, and comes to rest as declared (from TENANTRY_SEED=${SEED})`,
    async () => {
      const seeds = times(2, 40);
      const { report, stdout } = await simulated("all", "--seed", String(SEED), "--seeds", String(seeds));
      const said = report.failingSeeds.length === 0 ? "" : stdout;
      expect({ failing: report.failingSeeds, said }).toEqual({ failing: [], said: "" });
      expect(report.seeds).toBe(seeds);
      expect(report.distinctStates).toBeGreaterThan(seeds);
      // What was found can be found again.
      const { report: again } = await simulated("again", "--seed", String(SEED), "--seeds", "2");
      const { report: first } =
        seeds === 2 ? { report } : await simulated("first", "--seeds", "2", "--seed", String(SEED));
      expect(again.digest).toBe(first.digest);
    },
    LONG,
  );

  it(
    "is found out when a fault of its own is planted",
    async () => {
      const planted = Object.entries(FOUND_BY).flatMap(([name, seed]) => ["--planted", `${name}:${seed}`]);
      const lines = (await simulator(...planted)).trim().split("\n");
      expect(lines).toHaveLength(Object.keys(FOUND_BY).length);
      expect(lines.filter((line) => line.endsWith("not found"))).toEqual([]);
    },
    LONG,
  );

  for (const [name, { title }] of Object.entries(MUTANTS))
    itIf(isDeep, "a minute each: `make test-deep`")(
      `is found out within a minute when ${title}`,
      async () => {
        const { report } = await simulated(name, "--mutant", name, "--seed", "1", "--minutes", "1");
        expect(report.failingSeeds).toHaveLength(1);
      },
      LONG,
    );
});
