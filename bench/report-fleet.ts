import type { FleetReport, ReportRow } from "../operations/report/fleet-report.ts";
import type { DriftedThing, Gates } from "../operations/report/input-file.ts";
import type { TenantView } from "../operations/report/tenant-view.ts";

const NOW = Date.UTC(2026, 10, 23, 12);
const DAY_MS = 86_400_000;
const WORDS = [
  "amber",
  "birch",
  "cedar",
  "delta",
  "ember",
  "fjord",
  "grove",
  "heron",
  "inlet",
  "juniper",
  "kestrel",
  "lagoon",
];
const TRADES = ["bakery", "cinema", "dental", "florist", "gallery", "hostel", "library", "museum", "optics", "radio"];
const REGIONS = ["iad", "fra", "lhr", "nrt", "sjc", "syd", "gru"];
const THINGS: readonly DriftedThing[] = [
  { kind: "modified", what: "machine", aspects: ["machine.config.guest.memory_mb", "machine.config.env.LOG_LEVEL"] },
  { kind: "missing", what: "addresses", aspects: [] },
  { kind: "unmanaged", what: "volume vol_4ql2mxk9w8pz31nr", aspects: [] },
  { kind: "expired", what: "database token", aspects: [] },
];
const pick = <Value>(from: readonly Value[], at: number): Value => from[at % from.length] as Value;

/** The report of an invented fleet of `count` tenants: the same one every time. */
export function inventedReport(count: number, gates?: Gates): FleetReport {
  const rows = Array.from({ length: count }, (_, at) => inventedRow(at));
  return {
    stack: "prod",
    madeAt: NOW,
    rows,
    usd: 4.99 + rows.reduce((sum, { usd }) => sum + usd, 0),
    unknownPrices: rows.some(({ isPriceKnown }) => !isPriceKnown) ? ["aws storage"] : [],
    driftCheckedAt: NOW,
    blind: [],
    shared: [],
    undeclared: [],
    gates,
  };
}

function inventedRow(at: number): ReportRow {
  // Any fixed scatter will do.
  const scatter = (at * 7919 + 13) % 1009;
  const name = `${pick(WORDS, at)}-${pick(TRADES, Math.floor(at / 12))}${at < 120 ? "" : `-${Math.floor(at / 120)}`}`;
  const state = scatter % 37 === 0 ? "suspended" : scatter % 53 === 0 ? "offboarding" : "active";
  const backend = scatter % 11 === 0 ? "fly-volume" : scatter % 41 === 0 ? "aws-s3 + turso" : "tigris + turso";
  const issued = NOW - (scatter % 92) * DAY_MS;
  return {
    ...inventedView(scatter),
    tenant: name,
    owner: `ops@${name}.example`,
    state,
    region: pick(REGIONS, scatter),
    backend,
    expires: scatter % 31 === 0 ? new Date(NOW + (scatter % 40) * DAY_MS).toISOString().slice(0, 10) : undefined,
    exists: scatter % 97 !== 0,
    drift:
      scatter % 29 === 0
        ? { state: "found", things: THINGS.slice(0, 1 + (scatter % 4)) }
        : { state: scatter % 61 === 0 ? "unknown" : "none" },
    url: `https://${name}.example`,
    credentials: [
      {
        what: "token of the machine",
        issued: NOW - (scatter % 28) * DAY_MS,
        due: NOW + (30 - (scatter % 28)) * DAY_MS,
      },
      { what: "key of the machine", issued, due: issued + 90 * DAY_MS },
    ].sort((one, other) => one.due - other.due),
    filesGb: scatter % 23 === 0 ? undefined : ((scatter * scatter) % 40_000) / 1000,
    databaseGb: backend === "fly-volume" ? undefined : (scatter % 900) / 1000,
    usd: 0.8 + (scatter % 700) / 100,
    isPriceKnown: !backend.startsWith("aws"),
    exported: state === "offboarding" ? `exports/${name}.json` : undefined,
    restore: undefined,
    isSnapshotLate: false,
    changed:
      scatter % 5 === 0
        ? undefined
        : { at: NOW - scatter * 3_600_000, actor: pick(["octocat", "ada@acme.example"], scatter) },
  };
}

const IMAGES = [
  `ghcr.io/acme/agent@sha256:${"1a2b3c4d".repeat(8)}`,
  `ghcr.io/acme/agent@sha256:${"9f8e7d6c".repeat(8)}`,
];

/** A fleet in the middle of a rollout: a third has the new image, and one in twenty of them failed with it. */
function inventedView(scatter: number): TenantView {
  const isPinned = scatter % 3 === 0;
  const isFailed = scatter % 60 === 0;
  const [before = "", after = ""] = IMAGES;
  const declared = isPinned ? after : before;
  const ring = scatter % 2 === 0 ? "5%" : "25%";
  const begun = new Date(NOW - 2 * DAY_MS).toISOString();
  const at = new Date(NOW - DAY_MS).toISOString();
  return {
    plan: scatter % 7 === 0 ? "large" : "standard",
    image: { declared, applied: scatter % 97 === 0 ? undefined : isFailed ? before : declared },
    schema: { from: "migrations/notes", declared: 14, found: scatter % 5 === 0 ? 13 : 14 },
    settings: [
      {
        setting: "machine.image",
        value: declared,
        ...(isPinned ? { from: "pin", rollout: "agent-2", ring } : { from: "plan" }),
      },
      { setting: "machine.memoryMb", value: 1024, from: scatter % 10 === 0 ? "own" : "plan" },
    ],
    lastRing: !isPinned
      ? undefined
      : isFailed
        ? {
            rollout: "agent-2",
            ring,
            begun,
            gate: "failed",
            at: undefined,
            found: "its check http is critical",
            isUnderWay: true,
          }
        : { rollout: "agent-2", ring, begun, gate: "passed", at, found: "checks: 12 hold", isUnderWay: true },
  };
}
