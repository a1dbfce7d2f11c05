import type { FleetReport, ReportRow } from "../operations/report/fleet-report.ts";
import type { DriftedThing, Gates } from "../operations/report/input-file.ts";

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
    tenant: name,
    owner: `ops@${name}.example`,
    state,
    region: pick(REGIONS, scatter),
    backend,
    expires: scatter % 31 === 0 ? new Date(NOW + (scatter % 40) * DAY_MS).toISOString().slice(0, 10) : undefined,
    stands: scatter % 97 !== 0,
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
    changed:
      scatter % 5 === 0
        ? undefined
        : { at: NOW - scatter * 3_600_000, actor: pick(["octocat", "ada@acme.example"], scatter) },
  };
}
