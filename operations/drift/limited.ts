import { SHARED } from "../engine/steps.ts";
import type { DriftReport } from "./report.ts";

/**
 * The part of a report that is about these tenants; all of it when none is named. It omits what several tenants share and
 * what belongs to no known tenant. It keeps errors, because any tenant may be their cause. Pure.
 */
export function limitedTo(report: DriftReport, ids: readonly string[]): DriftReport {
  if (ids.length === 0) return report;
  const isMeant = ({ tenant }: { readonly tenant: string }) => ids.includes(tenant);
  const without = report.tenants.without.filter((tenant) => ids.includes(tenant));
  const findings = report.findings.filter(isMeant);
  const errors = report.errors.filter(({ tenant }) => tenant === SHARED || ids.includes(tenant));
  const told = new Set([...findings, ...errors].map(({ tenant }) => tenant));
  const checked = new Set([...without, ...ids.filter((tenant) => told.has(tenant))]).size;
  return {
    ...report,
    tenants: { checked, without },
    findings,
    expiredRules: report.expiredRules.filter(isMeant),
    errors,
  };
}
