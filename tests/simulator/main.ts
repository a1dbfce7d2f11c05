// `make sim`: simulations of tenantry and its vendors in this one process, on virtual time, until the seeds or the minutes are over.
import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { programWithoutEngine } from "../faults/registrations.ts";
import { MUTANTS, type MutantName } from "./mutants.ts";
import type { Network } from "./network.ts";
import { movesOf } from "./scenario.ts";
import { shrunk } from "./shrink.ts";
import { type Ground, type Outcome, simulate } from "./simulation.ts";
import { VirtualTime } from "./virtual-time.ts";
import type { World } from "./world.ts";

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: "1" },
    seeds: { type: "string" },
    minutes: { type: "string" },
    mutant: { type: "string" },
    /** `no-claim:10`, any number of times: whether that seed finds that planted fault, and nothing else. */
    planted: { type: "string", multiple: true, default: [] },
    evidence: { type: "string" },
  },
});
const mutant = values.mutant as MutantName | undefined;
if (mutant !== undefined && !Object.hasOwn(MUTANTS, mutant)) throw new Error(`no planted fault is called ${mutant}`);
const seeds = values.seeds === undefined && values.minutes === undefined ? 1 : Number(values.seeds ?? Infinity);
const limitSeconds = Number(values.minutes ?? Infinity) * 60;

// The time that goes by outside, which this process is not to know otherwise.
const began = process.hrtime.bigint();
const seconds = () => Number(process.hrtime.bigint() - began) / 1e9;

/** Loaded on virtual time it would take turns of the event loop that nobody waits for. */
async function open(): Promise<Ground> {
  await programWithoutEngine();
  await Promise.all([import("@aws-sdk/client-s3"), import("@smithy/signature-v4"), import("@aws-crypto/sha256-js")]);
  const time = new VirtualTime();
  let present: World | undefined;
  const network = () => {
    if (present === undefined) throw new Error("there is no world");
    return present.network;
  };
  globalThis.fetch = (input, init) => network().fetch(input, init);
  const request = (...given: Parameters<Network["request"]>) => network().request(...given);
  for (const client of [http, https]) Object.assign(client, { request });
  time.install();
  return {
    time,
    enter(world) {
      present = world;
      Math.random = () => world.chance.number();
    },
  };
}

async function all(ground: Ground): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  for (let at = 0; at < seeds && seconds() < limitSeconds; at += 1) {
    const seed = Number(values.seed) + at;
    const outcome = await simulate(ground, seed, movesOf(seed), mutant);
    outcomes.push(outcome);
    if (outcome.wrong !== undefined) console.log(`seed ${seed}, move ${outcome.wrong.move + 1}: ${outcome.wrong.what}`);
    if (outcome.wrong !== undefined && mutant !== undefined) break;
  }
  return outcomes;
}

/** What goes wrong, without whom it concerns. */
function kindOf(what: string): string {
  return what.split(" ").slice(0, 2).join(" ");
}

const ground = await open();
if (values.planted.length > 0) {
  for (const each of values.planted) {
    const [name = "", seed = ""] = each.split(":");
    const { wrong } = await simulate(ground, Number(seed), movesOf(Number(seed)), name as MutantName);
    console.log(`${name}: ${wrong?.what ?? "not found"}`);
  }
  process.exit(0);
}
const outcomes = await all(ground);
const failing = outcomes.filter(({ wrong }) => wrong !== undefined);
const sum = (of: (outcome: Outcome) => number) => outcomes.reduce((total, outcome) => total + of(outcome), 0);
const report = {
  firstSeed: Number(values.seed),
  mutant: mutant ?? null,
  seeds: outcomes.length,
  failingSeeds: failing.map(({ seed }) => seed),
  simulatedHours: Math.round(sum(({ hours }) => hours)),
  runs: sum(({ steps }) => steps),
  calls: sum(({ calls }) => calls),
  distinctStates: new Set(outcomes.flatMap(({ states }) => states)).size,
  /** The same for the same seeds: the simulations have no chance of their own. */
  digest: createHash("sha256")
    .update(JSON.stringify(outcomes.map(({ states }) => states)))
    .digest("hex")
    .slice(0, 16),
  seconds: Math.round(seconds() * 10) / 10,
};
for (const [name, value] of Object.entries(report)) console.log(`${name.padEnd(16)}${JSON.stringify(value)}`);

const [first] = failing;
if (first?.wrong !== undefined) {
  const kind = kindOf(first.wrong.what);
  const isWrong = async (moves: readonly ReturnType<typeof movesOf>[number][]) => {
    const { wrong } = await simulate(ground, first.seed, moves, mutant);
    return wrong !== undefined && kindOf(wrong.what) === kind;
  };
  const least = mutant === undefined ? await shrunk(movesOf(first.seed), isWrong) : movesOf(first.seed);
  const { wrong } = await simulate(ground, first.seed, least, mutant);
  console.log(
    `\nseed ${first.seed}: ${first.wrong.what}\n\nThe least that goes wrong: ${wrong?.what ?? "(it needs all moves)"}`,
  );
  for (const move of least) console.log(JSON.stringify(move));
  if (values.evidence !== undefined) {
    const lines = (wrong ?? first.wrong).arrivals.map((each) => JSON.stringify(each));
    writeFileSync(`${values.evidence}.trace.jsonl`, `${lines.join("\n")}\n`);
  }
}
if (values.evidence !== undefined) {
  mkdirSync(join(values.evidence, ".."), { recursive: true });
  writeFileSync(values.evidence, `${JSON.stringify(report, null, 2)}\n`);
}
process.exit(mutant === undefined && failing.length > 0 ? 1 : 0);
