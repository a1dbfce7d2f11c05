import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { seeded } from "../../operations/engine/seeded.ts";
import { isDeep, times } from "../support/deep.ts";
import { type Case, casesOf } from "./faults.ts";
import { type ScratchTenants, openScratchTenants } from "./scratch-tenants.ts";
import { LIFE, type Step } from "./life.ts";
import { programWithoutEngine } from "./registrations.ts";
import { disturbedLife, recordLife, type Recorded, type Result } from "./sweep.ts";
import { tableOf } from "./table.ts";

/** Another one each night, so that some nights try all there is. */
const SEED = Number(process.env["TENANTRY_SEED"] ?? (isDeep ? Math.floor(Date.now() / 86_400_000) : 14));
/** As many as a step has cases, about 450, try all. */
const LIVES = Number(process.env["TENANTRY_LIVES"] ?? times(1, 150));
/** Only one way to go wrong, by a part of its title: after a change that concerns it, all its cases can be tried. */
const TROUBLE = process.env["TENANTRY_TROUBLE"] ?? "";
const HOURS = 3_600_000;

let clouds: readonly ScratchTenants[] = [];
let recorded: readonly Recorded[];

beforeAll(async () => {
  await programWithoutEngine();
  clouds = await Promise.all(Array.from({ length: times(1, 2) }, openScratchTenants));
  const [first] = clouds;
  if (first !== undefined) recorded = await recordLife(first, "undisturbed", LIFE);
}, 300_000);

afterAll(() => Promise.all(clouds.map((scratch) => scratch.dispose())), 60_000);

/** The cases of each step, in the order of the seed. */
function shuffled(): readonly (readonly Case[])[] {
  const random = seeded(SEED);
  return recorded.map(({ step, calls }) =>
    (isDisturbed(step) ? casesOf(calls).filter(({ trouble }) => trouble.title.includes(TROUBLE)) : [])
      .map((one) => ({ one, at: random() }))
      .sort((a, b) => a.at - b.at)
      .map(({ one }) => one),
  );
}

/** The proof of absence only looks, at what is gone for certain by then. */
const isDisturbed = ({ title }: Step) => title !== "proof of absence";

async function allLives(cases: readonly (readonly Case[])[]): Promise<readonly Result[]> {
  const results: Result[] = [];
  let next = 0;
  const onGround = async (scratch: ScratchTenants) => {
    for (let life = next++; life < LIVES; life = next++)
      results.push(...(await disturbedLife(scratch, `life${life}`, recorded, (step) => cases[step]?.[life])));
  };
  await Promise.all(clouds.map(onGround));
  return results;
}

describe("a tenant's life, created, changed, rotated, suspended, restored, cloned, moved, exported and purged", () => {
  it(
    `ends as an undisturbed one when a call of each step goes wrong and the step is done again (${LIVES} lives, TENANTRY_SEED=${SEED})`,
    async () => {
      const cases = shuffled();
      const results = await allLives(cases);
      if (isDeep) {
        mkdirSync(".tenantry/faults", { recursive: true });
        writeFileSync(join(".tenantry/faults", "sweep.md"), tableOf(SEED, cases.flat().length, results));
      }
      expect(results.filter(({ wrong }) => wrong !== undefined)).toEqual([]);
      expect(results.length).toBeGreaterThan(LIVES * 10);
      // Or nothing of this would be shown.
      expect(results.filter(({ isStruck }) => isStruck).length).toBeGreaterThan(results.length * 0.9);
    },
    times(0.1, 3) * HOURS,
  );
});
