import { EXIT, type ExitCode } from "../../output/exit-codes.ts";
import { type DriftReport, type DriftFinding, isDrift, isWarning } from "./report.ts";
import { counted } from "../../output/counted.ts";

const KINDS = ["modified", "missing", "expired", "unmanaged"] as const;

/** `2 modified, 1 missing`; `no drift`; what is only a warning or left out comes after it. */
export function countsLine({ findings, errors }: Pick<DriftReport, "findings" | "errors">): string {
  const found = KINDS.map(
    (kind) => [kind, things(findings.filter((each) => isDrift(each) && each.kind === kind))] as const,
  );
  const parts = found.filter(([, count]) => count > 0).map(([kind, count]) => `${count} ${kind}`);
  const due = things(findings.filter(isWarning));
  const ignored = findings.filter((finding) => finding.ignored !== undefined).length;
  const calm = parts.length > 0 ? [] : errors.length > 0 ? [] : ["no drift"];
  const failed = errors.length === 0 ? [] : [counted(errors.length, "error")];
  return [
    ...calm,
    ...parts,
    ...failed,
    ...(due > 0 ? [`${due} due`] : []),
    ...(ignored > 0 ? [`${ignored} ignored`] : []),
  ].join(", ");
}

/** Resources, each once however many of its settings differ. */
function things(findings: readonly DriftFinding[]): number {
  return new Set(findings.map(({ urn, aspect }) => urn ?? aspect)).size;
}

/** The line that ends a report: `drift of prod: 2 modified; 97 of 99 tenants without`. */
export function lastLine(report: DriftReport): string {
  const { checked, without } = report.tenants;
  const calm = checked > 0 ? `; ${without.length} of ${checked} tenants without` : "";
  return `drift of ${report.stack}: ${countsLine(report)}${calm}`;
}

/** 1 when something could not be checked, 2 when there is drift. What is due or ignored is none. */
export function exitCodeOf({ findings, errors }: DriftReport): ExitCode {
  if (errors.length > 0) return EXIT.error;
  return findings.some(isDrift) ? EXIT.changes : EXIT.ok;
}
