import type { DriftFinding } from "./report.ts";

/** Findings by tenant, in their order. */
export function byTenant(findings: readonly DriftFinding[]): [tenant: string, findings: DriftFinding[]][] {
  return groups(findings, ({ tenant }) => tenant);
}

/** The findings of one tenant by what they are about: settings of one resource belong together. */
export function byThing(findings: readonly DriftFinding[]): DriftFinding[][] {
  return groups(findings, ({ kind, urn, aspect }) => `${kind} ${urn ?? aspect}`).map(([, group]) => group);
}

function groups(
  findings: readonly DriftFinding[],
  keyOf: (finding: DriftFinding) => string,
): [string, DriftFinding[]][] {
  const found = new Map<string, DriftFinding[]>();
  for (const finding of findings) found.set(keyOf(finding), [...(found.get(keyOf(finding)) ?? []), finding]);
  return [...found];
}

/** By tenant, then kind, resource and aspect: the same report whatever the order in which vendors answer. */
export function inOrder(findings: readonly DriftFinding[]): DriftFinding[] {
  const key = ({ tenant, urn, kind, aspect }: DriftFinding) =>
    [tenant, kind === "unmanaged" ? "1" : "0", urn ?? "", aspect].join("\u0000");
  return findings.toSorted((one, other) => (key(one) < key(other) ? -1 : key(one) > key(other) ? 1 : 0));
}
