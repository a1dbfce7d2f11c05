import type { Gate, Measured } from "../gate.ts";
import { withLitestream } from "../litestream/program.ts";
import { type Request, REQUESTS } from "../load.ts";
import { failedOf, type Loads, loadsInTurn, timesOf } from "../loads-in-turn.ts";
import type { Measurement } from "../measurement.ts";
import type { Sides } from "../scratch-tenants.ts";

const GATE: Gate = {
  id: "backends.litestream-notes",
  phase: "all",
  name: "A local SQLite file streamed to the bucket",
  question:
    "How long does a request take with an index in a local SQLite file that Litestream streams to the tenant's bucket, relative to an index in the tenant's database (worst kind of request)?",
  unit: "x",
  good: "below",
  isAlternative: true,
  cannotTell: "the vendors' real latency under load, and the effect of a shared CPU at Fly.",
};

const SIDES = {
  "mount + libSQL": { files: "bucket", index: "libsql" },
  "mount + SQLite": { files: "bucket", index: "sqlite" },
  "mount + SQLite, streamed": { files: "bucket", index: "streamed" },
} as const satisfies Readonly<Record<string, Sides>>;
type Side = keyof typeof SIDES;
const NAMES = Object.keys(SIDES) as Side[];

const USERS = 10;

/** The same requests to the same app on three machines: index in the database, in a SQLite file, in one that is streamed. */
export const litestreamNotesMeasurement: Measurement = {
  gates: [GATE],
  needsCloud: true,
  measure: (scratch, scope) =>
    withLitestream(scratch, [GATE], async (version) => {
      const [rounds, count] = scope.quick ? [1, 10] : [3, 100];
      const amount = { rounds, count, users: [USERS], label: "streamed" };
      const all = await loadsInTurn(scratch, SIDES, amount, scope);
      const how = `${rounds} rounds in turn, ${count} requests of each kind, ${USERS} users; ${version}`;
      return { [GATE.id]: streamedGate(all, how) };
    }),
};

/** How much of the database's time a streamed file takes, of the kind of request where that is the most. Pure. */
export function streamedGate(all: Loads<Side>, how: string): Measured {
  const { median, shown } = timesOf(all, USERS);
  const ratio = (request: Request, against: Side) =>
    median("mount + SQLite, streamed", request) / median(against, request);
  const samples = REQUESTS.map((request) => ratio(request, "mount + libSQL"));
  const detail = {
    head: ["request", ...NAMES.map((side) => `${side}: p50 / p95 ms`), "streamed : libSQL", "streamed : SQLite"],
    rows: REQUESTS.map((request) => [
      request,
      ...NAMES.map((side) => shown(side, request)),
      ...(["mount + libSQL", "mount + SQLite"] as const).map((side) => `${ratio(request, side).toFixed(2)} x`),
    ]),
  };
  const failed = failedOf(all);
  if (failed > 0) return { why: `${failed} requests failed`, samples, how, detail };
  return { value: Math.max(...samples), samples, how, detail };
}
