import { bytes } from "../../cost/as-table.ts";
import { printable } from "../../output/printable.ts";
import { daysUntil, DUE_SOON_DAYS, type FleetReport, isKept, type ReportRow, totals } from "./fleet-report.ts";
import { day, footnotes, minute } from "./page.ts";

/** A report as Markdown: the figures, and the tenants that want to be looked at first. */
export function asMarkdown(report: FleetReport): string {
  const sums = totals(report);
  const drift =
    report.driftCheckedAt !== undefined
      ? `${sums.drifting} with drift, ${sums.unknownDrift} unknown`
      : "drift not looked for";
  const lines = [
    `## Fleet \`${report.stack}\`, ${minute(report.madeAt)} UTC`,
    "",
    `${sums.tenants} tenants; ${drift}; ${sums.dueSoon} with credentials due within ${DUE_SOON_DAYS} days; $${report.usd.toFixed(2)} a month (estimated).`,
    "",
    "| tenant | owner | state | drift | credentials | files | database | $ a month | last change |",
    "|---|---|---|---|---|---:|---:|---:|---|",
    ...[...report.rows].sort(byConcern).map((row) => `| ${cellsOf(row, report.madeAt).map(cell).join(" | ")} |`),
    "",
    "### Gates",
    "",
    ...gateLines(report),
    "",
    ...footnotes(report).map((note) => `- ${note}`),
  ];
  return `${lines.join("\n")}\n`;
}

/** Drift first, then what is due first. */
function byConcern(one: ReportRow, other: ReportRow): number {
  const weight = ({ drift, credentials: [first] }: ReportRow) =>
    drift.state === "found" ? -drift.count : (first?.due ?? Number.MAX_SAFE_INTEGER);
  return weight(one) - weight(other);
}

function cellsOf(row: ReportRow, now: number): string[] {
  const { tenant, owner, state, stands, drift, credentials, filesGb, databaseGb, usd, isPriceKnown, changed } = row;
  const [first] = credentials;
  return [
    tenant,
    owner,
    stands || state === "purged" ? state : `${state}, does not stand`,
    drift.state === "found" ? `${drift.count} ${drift.count === 1 ? "resource" : "resources"}` : drift.state,
    first === undefined ? "none known" : `due ${day(first.due)} (${daysUntil(first.due, now)} days)`,
    filesGb === undefined ? "not measured" : bytes(filesGb),
    databaseGb === undefined ? "not measured" : bytes(databaseGb),
    `${usd.toFixed(2)}${isPriceKnown ? "" : " + unknown"}`,
    changed === undefined ? "none known" : `${day(changed.at)} ${changed.actor}`,
  ];
}

function gateLines({ gates }: FleetReport): string[] {
  if (gates === undefined) return ["Not measured yet."];
  return gates.gates.map((gate) => {
    const kept = isKept(gate);
    const verdict = kept === undefined ? "not measured" : kept ? "kept" : "**missed**";
    const wanted = `${gate.good === "below" ? "at most" : "at least"} ${gate.threshold}`;
    return `- ${cell(gate.name)}: ${verdict}${gate.value === null ? "" : `, ${gate.value}`} (wanted ${wanted} ${cell(gate.unit)}). ${cell(gate.conditions)}`;
  });
}

/** Keeps a text inside its cell, and from being read as HTML, a link or code. */
function cell(text: string): string {
  return printable(text)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(/[|`*_[\]\\]/g, (sign) => `\\${sign}`);
}
