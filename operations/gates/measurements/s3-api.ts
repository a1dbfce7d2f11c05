import type { Gate, Measured } from "../gate.ts";
import { type Request, REQUESTS } from "../load.ts";
import { failedOf, type Loads, loadsInTurn, timesOf } from "../loads-in-turn.ts";
import type { Measurement } from "../measurement.ts";
import type { Sides } from "../scratch-tenants.ts";

const GATE: Gate = {
  id: "backends.s3-api",
  phase: "all",
  name: "The app on the S3 API, without a mount",
  question:
    "How long does a request take when the app reads and writes the bucket's objects itself, relative to a mount (worst kind of request)?",
  unit: "x",
  good: "below",
  isAlternative: true,
  cannotTell:
    "the vendors' real latency under load, and the work to write such an app. It has whole objects instead of files: a rename is a copy and a deletion, nothing can be appended, the only lock is a condition on each write, and no other program sees a file (docs/backends.md).",
};

const SIDES = {
  "mount + libSQL": { files: "bucket", index: "libsql" },
  "S3 API + libSQL": { files: "objects", index: "libsql" },
  "S3 API + SQLite": { files: "objects", index: "sqlite" },
  "volume + SQLite": { files: "volume", index: "sqlite" },
} as const satisfies Readonly<Record<string, Sides>>;
type Side = keyof typeof SIDES;
const NAMES = Object.keys(SIDES) as Side[];

const USERS = 10;

/** The same requests to the same app on four machines: files on a mount, as objects, and on a volume, each with an index like its own. */
export const s3ApiMeasurement: Measurement = {
  gates: [GATE],
  needsCloud: true,
  async measure(scratch, scope) {
    const [rounds, count] = scope.quick ? [1, 10] : [3, 100];
    const all = await loadsInTurn(scratch, SIDES, { rounds, count, users: [USERS], label: "objects" }, scope);
    return { [GATE.id]: s3ApiGate(all, `${rounds} rounds in turn, ${count} requests of each kind, ${USERS} users`) };
  },
};

/** How much of a mount's time the S3 API takes, of the kind of request where that is the most; a failure makes it unanswered. Pure. */
export function s3ApiGate(all: Loads<Side>, how: string): Measured {
  const { median, shown } = timesOf(all, USERS);
  const ratio = (request: Request, one: Side, other: Side) => median(one, request) / median(other, request);
  const samples = REQUESTS.map((request) => ratio(request, "S3 API + libSQL", "mount + libSQL"));
  const detail = {
    head: [
      "request",
      ...NAMES.map((side) => `${side}: p50 / p95 ms`),
      "libSQL: S3 API : mount",
      "SQLite: S3 API : volume",
    ],
    rows: REQUESTS.map((request, position) => [
      request,
      ...NAMES.map((side) => shown(side, request)),
      `${(samples[position] ?? Number.NaN).toFixed(2)} x`,
      `${ratio(request, "S3 API + SQLite", "volume + SQLite").toFixed(2)} x`,
    ]),
  };
  const failed = failedOf(all);
  if (failed > 0) return { why: `${failed} requests failed`, samples, how, detail };
  return { value: Math.max(...samples), samples, how, detail };
}
