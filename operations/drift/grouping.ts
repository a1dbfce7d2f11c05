import type { Finding } from "./report.ts";

/** Findings by tenant, in their order. */
export function byTenant(findings: readonly Finding[]): [tenant: string, findings: Finding[]][] {
  return groups(findings, ({ tenant }) => tenant);
}

/** The findings of one tenant by what they are about: settings of one resource belong together. */
export function byThing(findings: readonly Finding[]): Finding[][] {
  return groups(findings, ({ kind, urn, aspect }) => `${kind} ${urn ?? aspect}`).map(([, group]) => group);
}

function groups(findings: readonly Finding[], keyOf: (finding: Finding) => string): [string, Finding[]][] {
  const found = new Map<string, Finding[]>();
  for (const finding of findings) found.set(keyOf(finding), [...(found.get(keyOf(finding)) ?? []), finding]);
  return [...found];
}

/** By tenant, then kind, resource and aspect: the same report whatever the order in which vendors answer. */
export function inOrder(findings: readonly Finding[]): Finding[] {
  const key = ({ tenant, urn, kind, aspect }: Finding) =>
    [tenant, kind === "unmanaged" ? "1" : "0", urn ?? "", aspect].join("\u0000");
  return findings.toSorted((one, other) => (key(one) < key(other) ? -1 : key(one) > key(other) ? 1 : 0));
}
