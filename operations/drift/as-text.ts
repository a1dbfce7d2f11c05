import { causesOf, whomInWords } from "../engine/grouped-errors.ts";
import { paint } from "../../output/terminal.ts";
import { type DriftReport, type DriftFinding } from "./report.ts";
import { byTenant, byThing } from "./grouping.ts";
import { lastLine } from "./summary.ts";

const SIGN = { modified: "~", missing: "-", unmanaged: "+", expired: "!", expiring: "·" } as const;
const COLOUR = { modified: "yellow", missing: "red", unmanaged: "magenta", expired: "red", expiring: "cyan" } as const;
const WORD = {
  modified: "modified",
  missing: "missing",
  unmanaged: "unmanaged",
  expired: "expired",
  expiring: "due",
} as const;

/** A report for a terminal. */
export function asText(report: DriftReport): string {
  const told = report.findings.filter(({ ignored }) => ignored === undefined);
  const blocks = byTenant(told).map(([tenant, findings]) =>
    [paint("bold", tenant), ...byThing(findings).flatMap(thingLines)].join("\n"),
  );
  const errors = causesOf(report.errors).map(
    ({ tenants, message }) => `${paint("red", `${whomInWords(tenants)}: error`)}\n${indent(message)}`,
  );
  return [...blocks, ...asides(report), ...errors, lastLine(report)].join("\n\n");
}

function thingLines(findings: readonly DriftFinding[]): string[] {
  const [first] = findings;
  if (first === undefined) return [];
  const { kind, resource, id, due, note } = first;
  const when = due === undefined ? "" : ` ${due.slice(0, 10)}`;
  const head = `  ${paint(COLOUR[kind], SIGN[kind])} ${resource} ${WORD[kind]}${when}${id === undefined ? "" : ` (${id})`}`;
  const settings = findings
    .filter((each) => each.kind === "modified")
    .map(({ aspect, declared, observed }) => `      ${aspect}: ${declared ?? "(none)"} -> ${observed ?? "(none)"}`);
  return [head, ...(note === undefined ? [] : [`      ${note}`]), ...settings];
}

/** What counts as no drift, in short. */
function asides({ findings, expiredRules, blind }: DriftReport): string[] {
  const ignored = findings.flatMap(({ tenant, aspect, ignored: rule }) =>
    rule === undefined ? [] : [`  ${tenant} ${aspect} until ${rule.until}: ${rule.reason}`],
  );
  const ended = expiredRules.map(({ tenant, what, until, reason }) => `  ${tenant} ${what} ended ${until}: ${reason}`);
  const unseen = blind.map(({ aspect, why }) => `  ${aspect}: ${why}`);
  return [
    ...block("ignored by rules of tenant files", ignored),
    ...block(paint("yellow", "expired rules: remove them from the files, or renew them"), ended),
    ...block("not seen in this run", unseen),
  ];
}

function block(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [[`${title}:`, ...lines].join("\n")];
}

function indent(message: string): string {
  return message
    .split("\n")
    .map((line) => `  ${line}`)
    .join("\n");
}
