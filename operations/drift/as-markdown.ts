import { causesOf, whomInWords } from "../engine/grouped-errors.ts";
import { cell, prose, quote, value } from "../../output/markdown.ts";
import { byTenant, byThing } from "./grouping.ts";
import type { DriftReport, DriftFinding } from "./report.ts";
import { countsLine } from "./summary.ts";

const SIGN = {
  modified: "🟡 modified",
  missing: "🔴 **missing**",
  unmanaged: "🟣 unmanaged",
  expired: "🔴 **expired**",
  expiring: "🔵 due",
} as const;

/** A report as an issue or a comment. The first line finds an earlier one again. */
export function asMarkdown(report: DriftReport): string {
  const lines = [`<!-- tenantry:drift:${report.stack} -->`, `### Drift of \`${report.stack}\`: ${countsLine(report)}`];
  const told = report.findings.filter(({ ignored }) => ignored === undefined);
  for (const [tenant, findings] of byTenant(told)) {
    lines.push(
      "",
      `#### ${tenant}`,
      "",
      "| what | resource | aspect | applied | at the vendor |",
      "|---|---|---|---|---|",
    );
    lines.push(...byThing(findings).flatMap(rows));
  }
  for (const { tenants, message } of causesOf(report.errors))
    lines.push("", `> **${whomInWords(tenants)}**: error`, ...quote(message));
  lines.push(...asides(report));
  const { checked, without } = report.tenants;
  lines.push("", `Without drift: ${without.length} of ${checked} tenants.`);
  return `${lines.join("\n")}\n`;
}

function rows(findings: readonly DriftFinding[]): string[] {
  return findings.map((finding, index) => {
    const { kind, resource, id, aspect, declared, observed, due, note } = finding;
    const named = id === undefined ? cell(resource) : `${cell(resource)} \`${cell(id)}\``;
    const head = index === 0 ? `| ${SIGN[kind]} | ${named} ` : "| | ";
    if (kind === "modified") return `${head}| \`${cell(aspect)}\` | ${value(declared)} | ${value(observed)} |`;
    const words = [due, note].filter((text) => text !== undefined).join("; ");
    return `${head}| \`${cell(aspect)}\` | ${cell(prose(words))} | |`;
  });
}

function asides({ findings, expiredRules, blind }: DriftReport): string[] {
  const ignored = findings.flatMap(({ tenant, aspect, ignored: rule }) =>
    rule === undefined ? [] : [`- ${tenant} \`${cell(aspect)}\` until ${rule.until}: ${prose(rule.reason)}`],
  );
  const ended = expiredRules.map(
    ({ tenant, what, until, reason }) => `- ${tenant} \`${cell(what)}\` ended ${until}: ${prose(reason)}`,
  );
  const unseen = blind.map(({ aspect, why }) => `- ${prose(aspect)}: ${prose(why)}`);
  return [
    ...section("Ignored", ignored),
    ...section("Rules that have ended", ended),
    ...section("Not seen in this run", unseen),
  ];
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ["", `**${title}**`, "", ...lines];
}
