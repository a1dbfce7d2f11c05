import type { IgnoreRule } from "../../tenants/model/drift.ts";
import type { ExpiredRule, DriftFinding } from "./report.ts";

/** A rule with the tenant whose file holds it. */
export interface PlacedRule extends IgnoreRule {
  readonly tenant: string;
}

/**
 * Marks the findings that a rule leaves out. A rule covers settings, and what no file declares: that a resource is gone or a
 * credential has ended is never left out. The last day of a rule is its own.
 */
export function underRules(
  findings: readonly DriftFinding[],
  rules: readonly PlacedRule[],
  now: Date,
): { findings: DriftFinding[]; expired: ExpiredRule[] } {
  const hasEnded = ({ until }: PlacedRule) => now.toISOString().slice(0, 10) > until;
  const valid = rules.filter((rule) => !hasEnded(rule));
  const marked = findings.map((finding) => {
    const rule = valid.find((each) => covers(each, finding));
    return rule === undefined ? finding : { ...finding, ignored: told(rule) };
  });
  return { findings: marked, expired: rules.filter(hasEnded).map(told) };
}

function covers({ what, tenant }: PlacedRule, { kind, aspect, tenant: of }: DriftFinding): boolean {
  // Whose an undeclared thing is, is a guess: its rule may be in any file of the stack.
  if (kind === "unmanaged") return aspect === what;
  if (kind !== "modified" || tenant !== of) return false;
  return aspect === what || aspect.startsWith(`${what}.`) || aspect.startsWith(`${what}[`);
}

function told({ what, reason, until, tenant }: PlacedRule): ExpiredRule {
  return { what, reason, until, tenant };
}
