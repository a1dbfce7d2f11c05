import { byteSize } from "../../output/byte-size.ts";
import { counted } from "../../output/counted.ts";
import { pointWords } from "../history/snapshots-due.ts";
import { DUE_SOON_DAYS } from "../engine/coming-due.ts";
import { printable } from "../../output/printable.ts";
import { daysUntil, type FleetReport, isKept, type ReportRow, totals } from "./fleet-report.ts";
import { day, minute } from "./dates.ts";
import { footnotes } from "./footnotes.ts";
import { thingWords } from "./input-file.ts";
import { whyUndeclared } from "./page.ts";
import { ringWords, schemaWords, shortImage } from "./tenant-view.ts";
import { versionMatrix } from "./version-matrix.ts";

const GB = 1e9;

/** A report as Markdown: the figures, and the tenants that want to be looked at first. */
export function asMarkdown(report: FleetReport): string {
  const sums = totals(report);
  const columns = COLUMNS.filter(({ isKnown }) => isKnown?.(report) ?? true);
  const drift =
    report.driftCheckedAt !== undefined
      ? `${sums.drifting} with drift, ${sums.unknownDrift} unknown`
      : "drift not looked for";
  const lines = [
    `## Fleet \`${report.stack}\`, ${minute(report.madeAt)} UTC`,
    "",
    `${counted(sums.tenants, "tenant")}; ${drift}; ${sums.dueSoon} with credentials or trials due within ${DUE_SOON_DAYS} days; $${report.usd.toFixed(2)} a month (estimated).`,
    "",
    `| ${columns.map(({ head }) => head).join(" | ")} |`,
    `|${columns.map(({ isRight }) => (isRight === true ? "---:" : "---")).join("|")}|`,
    ...[...report.rows]
      .sort(byConcern)
      .map((row) => `| ${columns.map(({ of }) => cell(of(row, report.madeAt))).join(" | ")} |`),
    "",
    ...versionLines(report),
    ...undeclaredLines(report),
    ...gateLines(report),
    ...footnotes(report).map((note) => `- ${note}`),
  ];
  return `${lines.join("\n")}\n`;
}

/** Drift first, then what is due first. */
function byConcern(one: ReportRow, other: ReportRow): number {
  const weight = ({ drift, credentials: [first] }: ReportRow) =>
    drift.state === "found" ? -drift.things.length : (first?.due ?? Number.MAX_SAFE_INTEGER);
  return weight(one) - weight(other);
}

interface MarkdownColumn {
  readonly head: string;
  readonly isRight?: boolean;
  /** Whether the report knows anything for it; default: always. */
  readonly isKnown?: (report: FleetReport) => boolean;
  readonly of: (row: ReportRow, now: number) => string;
}

const someRow =
  (isKnownOf: (row: ReportRow) => boolean) =>
  ({ rows }: FleetReport) =>
    rows.some(isKnownOf);

const COLUMNS: readonly MarkdownColumn[] = [
  { head: "tenant", of: ({ tenant }) => tenant },
  { head: "owner", of: ({ owner }) => owner },
  { head: "state", of: stateWords },
  { head: "drift", isKnown: ({ driftCheckedAt }) => driftCheckedAt !== undefined, of: driftWords },
  { head: "credentials", isKnown: someRow(({ credentials }) => credentials.length > 0), of: dueWords },
  {
    head: "files",
    isRight: true,
    isKnown: someRow(({ filesGb }) => filesGb !== undefined),
    of: ({ filesGb }) => (filesGb === undefined ? "not measured" : byteSize(filesGb * GB)),
  },
  {
    head: "database",
    isRight: true,
    isKnown: someRow(({ databaseGb }) => databaseGb !== undefined),
    of: ({ databaseGb }) => (databaseGb === undefined ? "not measured" : byteSize(databaseGb * GB)),
  },
  {
    head: "$ a month",
    isRight: true,
    of: ({ usd, isPriceKnown }) => `${usd.toFixed(2)}${isPriceKnown ? "" : " + unknown"}`,
  },
  { head: "image", of: ({ image }) => shortImage(image.declared) },
  { head: "schema", isKnown: someRow(({ schema }) => schema !== undefined), of: schemaWords },
  {
    head: "ring",
    isKnown: someRow(({ lastRing }) => lastRing !== undefined),
    of: ({ lastRing }) => (lastRing === undefined ? "" : ringWords(lastRing)),
  },
  {
    head: "last snapshot",
    isKnown: someRow(({ restore, isSnapshotLate }) => restore !== undefined || isSnapshotLate),
    of: ({ restore, isSnapshotLate }) =>
      `${restore === undefined ? "none known" : pointWords(restore)}${isSnapshotLate ? ", late" : ""}`,
  },
  {
    head: "last change",
    isKnown: someRow(({ changed }) => changed !== undefined),
    of: ({ changed }) => (changed === undefined ? "none known" : `${day(changed.at)} ${changed.actor}`),
  },
  {
    head: "app",
    isKnown: someRow(({ url }) => url !== undefined),
    of: ({ url }) => url ?? "not reachable",
  },
];

function stateWords({ state, exists, expires }: ReportRow): string {
  const trial = expires === undefined ? "" : `, trial until ${expires}`;
  return `${exists || state === "purged" ? state : `${state}, missing`}${trial}`;
}

function driftWords({ drift }: ReportRow): string {
  return drift.state === "found" ? drift.things.map(thingWords).join("; ") : drift.state;
}

function dueWords({ credentials: [first] }: ReportRow, now: number): string {
  return first === undefined ? "none known" : `due ${day(first.due)} (${daysUntil(first.due, now)} days)`;
}

/** Only a mixed fleet has something to tell of. */
function versionLines({ rows }: FleetReport): string[] {
  const { cells, without } = versionMatrix(rows);
  if (cells.length < 2) return [];
  const lines = cells.map(
    ({ image, schema, tenants }) => `- ${cell(shortImage(image))}, ${cell(schema)}: ${cell(namesOf(tenants))}`,
  );
  const last = without.length === 0 ? [] : [`- without a machine: ${cell(namesOf(without))}`];
  return ["### Versions", "", ...lines, ...last, ""];
}

const MOST_NAMED = 20;

function namesOf(tenants: readonly string[]): string {
  const more = tenants.length > MOST_NAMED ? ", …" : "";
  return `${counted(tenants.length, "tenant")} (${tenants.slice(0, MOST_NAMED).join(", ")}${more})`;
}

function undeclaredLines({ undeclared, shared }: FleetReport): string[] {
  if (undeclared.length === 0 && shared.length === 0) return [];
  const named = undeclared.map((each) => [each.tenant, whyUndeclared(each), ...each.things.map(thingWords)]);
  const lines = [...named, ...(shared.length === 0 ? [] : [["Of no tenant alone", ...shared.map(thingWords)]])];
  return ["### Without a usable tenant file", "", ...lines.map((words) => `- ${words.map(cell).join("; ")}`), ""];
}

function gateLines({ gates }: FleetReport): string[] {
  if (gates === undefined) return [];
  const lines = gates.gates.map((gate) => {
    const kept = isKept(gate);
    const verdict = kept === undefined ? "not measured" : kept ? "kept" : "**missed**";
    const wanted = `${gate.good === "below" ? "at most" : "at least"} ${gate.threshold}`;
    return `- ${cell(gate.name)}: ${verdict}${gate.value === null ? "" : `, ${gate.value}`} (wanted ${wanted} ${cell(gate.unit)}). ${cell(gate.conditions)}`;
  });
  return ["### Gates", "", ...lines, ""];
}

/** Keeps a text inside its cell, and from being read as HTML, a link or code. */
export function cell(text: string): string {
  return printable(text)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(/[|`*_[\]\\]/g, (sign) => `\\${sign}`);
}
