import { quantile } from "../../engine/quantile.ts";
import { answersOf } from "../basic-memory/answers-table.ts";
import { CALLS, FEW_CALLS, timedCalls } from "../basic-memory/calls.ts";
import { type Compared, compareTools, timeCalls, Times, timeSync, withPair } from "../basic-memory/comparison.ts";
import { whyNoBasicMemory } from "../basic-memory/packages.ts";
import type { Gate, Measured } from "../gate.ts";
import type { Measurement } from "../measurement.ts";

const PHASE = "2 database";
const FAR =
  "Turso's real latency, and a machine's shared CPU. Both servers run on this computer and keep their notes on its disk.";

const ANSWERS: Gate = {
  id: "database.basic-memory-answers",
  phase: PHASE,
  name: "Answers of Basic Memory's tools",
  question:
    "How many calls of Basic Memory's tools give another answer when the index is in the tenant's database instead of a local file?",
  unit: "calls with another answer",
  threshold: 0,
  good: "below",
  cannotTell: FAR,
};
const TIMES: Gate = {
  id: "database.basic-memory",
  phase: PHASE,
  name: "Basic Memory with its index in the tenant's database",
  question: "How much longer does the slowest kind of call take than with a local file (median)?",
  unit: "x",
  threshold: 2,
  good: "below",
  cannotTell: FAR,
};

/** Of the calls whose time is taken: a note is written and read. */
const QUICK_TIMED = 2;

/** The same calls to two servers of Basic Memory, in turn: one has its index in a file, one in a tenant's database. */
export const basicMemoryMeasurement: Measurement = {
  gates: [ANSWERS, TIMES],
  needsCloud: true,
  async measure(scratch, { quick, tell, signal }) {
    const why = whyNoBasicMemory();
    if (why !== "") {
      const not = { why, samples: [], how: "" };
      return { [ANSWERS.id]: not, [TIMES.id]: not };
    }
    const [calls, timed, rounds, syncs, files] = quick
      ? [FEW_CALLS, QUICK_TIMED, 1, 1, 3]
      : [CALLS, Infinity, 10, 3, 30];
    const { database, credentials } = await scratch.party();
    const { token } = credentials.database as { token: string };
    tell("Basic Memory: two servers start");
    return withPair(`${database?.url ?? ""}?authToken=${token}`, async (pair) => {
      tell(`Basic Memory: ${calls.length} calls on both`);
      const compared = await compareTools(pair, calls);
      const times = new Times();
      for (let round = 0; round < rounds && !signal.aborted; round += 1) {
        tell(`Basic Memory: round ${round + 1} of ${rounds}`);
        await timeCalls(pair, timedCalls(`heron-${round}`).slice(0, timed), round, times);
      }
      for (let round = 0; round < syncs && !signal.aborted; round += 1) {
        tell(`Basic Memory: sync ${round + 1} of ${syncs}`);
        await timeSync(pair, files, round, times);
      }
      return {
        [ANSWERS.id]: answersGate(compared),
        [TIMES.id]: timesOf(times, `${rounds} rounds in turn, ${syncs} syncs`),
      };
    });
  },
};

/** How many answers differ, and each call. Pure. */
export function answersGate(compared: readonly Compared[]): Measured {
  const differ = compared.filter(({ local, libsql }) => local !== libsql);
  const tools = new Set(compared.map(({ tool }) => tool)).size;
  return {
    value: compared.length === 0 ? undefined : differ.length,
    samples: [],
    how: `${compared.length} calls of ${tools} tools, ids and times ignored`,
    detail: answersOf(compared),
  };
}

/** The ratio of the medians, of the kind of work where it is the largest. Pure. */
export function timesOf(times: Pick<Times, "entries">, how: string): Measured {
  const found = times.entries().map(([name, { local, libsql }]) => {
    const ratio = quantile(libsql, 0.5) / quantile(local, 0.5);
    const figures = [local, libsql].map((ms) => [0.5, 0.95].map((share) => quantile(ms, share).toFixed(0)).join(" / "));
    return { ratio, row: [name, ...figures, `${ratio.toFixed(2)} x`] };
  });
  return {
    value: found.length === 0 ? undefined : Math.max(...found.map(({ ratio }) => ratio)),
    samples: found.map(({ ratio }) => ratio),
    how,
    detail: {
      head: ["call", "local file: p50 / p95 ms", "libSQL: p50 / p95 ms", "ratio"],
      rows: found.map(({ row }) => row),
    },
  };
}
