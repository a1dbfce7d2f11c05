import type { Gate, Measured, Table } from "../gate.ts";
import type { Sides } from "../scratch-tenants.ts";
import { REQUESTS } from "../load.ts";
import { failedOf, type Loads, loadsInTurn, timesOf, timesTable } from "../loads-in-turn.ts";
import type { Measurement } from "../measurement.ts";

const FAR = "the vendors' real latency under load, and the effect of a shared CPU at Fly.";

const TYPICAL: Gate = {
  id: "notes.typical",
  phase: "1 server-side mount",
  name: "Notes API under a typical load",
  question: "With 10 users at once, how long does the slowest kind of request take on mount and database (median)?",
  unit: "ms",
  threshold: 500,
  good: "below",
  cannotTell: FAR,
};
const DATABASE: Gate = {
  id: "notes.database",
  phase: "2 database",
  name: "Turso compared with a local SQLite file",
  question:
    "How much longer does a request take when the index is in the tenant's database instead of a SQLite file on the machine?",
  unit: "x",
  threshold: 2,
  good: "below",
  cannotTell: FAR,
};
const VOLUME: Gate = {
  id: "notes.volume",
  phase: "3 production",
  name: "Mount compared with a volume",
  question: "How much longer does a request take when the files are in a mounted bucket instead of on a volume?",
  unit: "x",
  threshold: 1.5,
  good: "below",
  cannotTell: `${FAR} The volume is a directory of this computer, not a disk at Fly.`,
};

/** Those that a verdict counts. */
const COUNTED = {
  "mount + libSQL": { files: "bucket", index: "libsql" },
  "mount + SQLite": { files: "bucket", index: "sqlite" },
  "volume + SQLite": { files: "volume", index: "sqlite" },
} as const satisfies Readonly<Record<string, Sides>>;
const SIDES = {
  ...COUNTED,
  "mount + libSQL, replica": { files: "bucket", index: "libsql", env: { INDEX_REPLICA: "/tmp" } },
} as const satisfies Readonly<Record<string, Sides>>;
type Side = keyof typeof SIDES;
const NAMES = Object.keys(SIDES) as Side[];

/** The verdicts count these. */
const USERS = 10;

/** The same requests to the same app on a machine of each kind. */
export const notesMeasurement: Measurement = {
  gates: [TYPICAL, DATABASE, VOLUME],
  needsCloud: true,
  async measure(scratch, scope) {
    const [rounds, count, users] = scope.quick ? [1, 10, [USERS]] : [3, 100, [1, USERS, 50]];
    const amount = { rounds, count, users, label: "notes" };
    const all: Loads<Side> = await (scope.quick
      ? loadsInTurn(scratch, COUNTED, amount, scope)
      : loadsInTurn(scratch, SIDES, amount, scope));
    return notesGates(all, `${rounds} rounds in turn, ${count} requests of each kind, ${USERS} users`);
  },
};

/** The three answers out of all that was measured. A failed request makes its gate unanswered. Pure. */
export function notesGates(all: Loads<Side>, how: string): Readonly<Record<string, Measured>> {
  const { median } = timesOf(all, USERS);
  const ratios = (one: Side, other: Side) => REQUESTS.map((request) => median(one, request) / median(other, request));
  const errors = failedOf(all);
  const measured = (samples: readonly number[], detail: Table): Measured =>
    errors > 0
      ? { why: `${errors} requests failed`, samples, how, detail }
      : { value: Math.max(...samples), samples, how, detail };
  const times = REQUESTS.map((request) => median("mount + libSQL", request));
  const measuredSides = NAMES.filter((name) => all.has(`${name} ${USERS} read`));
  const table = timesTable(all, measuredSides);
  const ratioTable = (found: readonly number[]): Table => ({
    head: REQUESTS.map(String),
    rows: [found.map((ratio) => `${ratio.toFixed(2)} x`)],
  });
  const [database, volume] = [ratios("mount + libSQL", "mount + SQLite"), ratios("mount + SQLite", "volume + SQLite")];
  return {
    [TYPICAL.id]: measured(times, table),
    [DATABASE.id]: measured(database, ratioTable(database)),
    [VOLUME.id]: measured(volume, ratioTable(volume)),
  };
}
