import { costChange } from "../../cost/cost-change.ts";
import { parseUrn } from "../../resource-kinds/urn.ts";
import type { PlannedResource } from "../../policies/policy.ts";
import type { Tenant } from "../../tenants/model/tenant.ts";
import { review } from "./changes.ts";
import { UNKNOWN_VALUE } from "../../resource-kinds/pulumi-marks.ts";
import type { Due } from "../engine/coming-due.ts";
import { countingSteps, tenantOf } from "../engine/steps.ts";
import { fingerprintOf } from "./fingerprint.ts";
import type { LeftOut, Monthly, PlacedViolation, TenantChanges } from "./model.ts";
import { FORMAT, type PlanDocument } from "./plan-document.ts";
import { planHash } from "./plan-hash.ts";
import type { PreviewDigest, PreviewStep } from "../engine/preview-digest.ts";
import { existingTenant } from "./existing-tenant.ts";

/** What a plan is made of. */
export interface Planned {
  readonly stack: string;
  readonly digest: PreviewDigest;
  /** Every tenant with a file. */
  readonly tenants: readonly Tenant[];
  readonly violations: readonly PlacedViolation[];
  readonly removed: readonly string[];
  readonly due: readonly Due[];
  /** Default: nobody. */
  readonly leftOut?: readonly LeftOut[];
  /** URNs of the buckets that would be deleted and hold files. */
  readonly filled?: ReadonlySet<string>;
  readonly refreshed: boolean;
  readonly madeAt: Date;
}

/** The plan of a stack. Pure. */
export function planned({ stack, digest, tenants, filled, madeAt, leftOut = [], ...rest }: Planned): PlanDocument {
  const purged = tenants.filter(({ state }) => state === "purged").map(({ id }) => id);
  const { changed, ...found } = review(stack, digest, new Set(purged), filled);
  const fingerprint = fingerprintOf(digest);
  const steps = byTenant(digest);
  const declared = new Map(tenants.map((tenant) => [tenant.id, tenant]));
  const priced = changed.map((changes): TenantChanges => {
    const tenant = declared.get(changes.tenant);
    const monthly = tenant === undefined ? undefined : costOf(tenant, steps.get(changes.tenant) ?? []);
    return monthly === undefined ? changes : { ...changes, monthly };
  });
  const monthly = sumOf(priced.flatMap(({ monthly }) => monthly ?? []));
  return {
    format: FORMAT,
    ...found,
    ...rest,
    leftOut,
    madeAt: madeAt.toISOString(),
    changed: priced,
    hash: planHash(stack, fingerprint),
    fingerprint,
    ...(monthly === undefined ? {} : { monthly }),
  };
}

/** The resources of each tenant as the plan would leave them, without what is not known yet. */
export function plannedResources(digest: PreviewDigest): ReadonlyMap<string, readonly PlannedResource[]> {
  const resources = [...byTenant(digest)].map(([tenant, steps]) => {
    const staying = steps.filter(({ op, newState }) => op !== "delete" && newState?.inputs !== undefined);
    return [tenant, staying.map(plannedResource)] as const;
  });
  return new Map(resources);
}

function plannedResource({ urn, newState }: PreviewStep): PlannedResource {
  const { types, name } = parseUrn(urn);
  const known = Object.entries(newState?.inputs ?? {}).filter(([, value]) => value !== UNKNOWN_VALUE);
  return { type: types.at(-1) ?? "", name, inputs: Object.fromEntries(known) };
}

function byTenant({ steps }: PreviewDigest): Map<string, PreviewStep[]> {
  return Map.groupBy(countingSteps(steps).values(), ({ urn }) => tenantOf(urn));
}

/** Undefined when the change moves no price. */
function costOf(tenant: Tenant, steps: readonly PreviewStep[]): Monthly | undefined {
  const { usd, unknown } = costChange(existingTenant(tenant, steps), tenant);
  const cents = Math.round(usd * 100) / 100;
  return cents === 0 && unknown.length === 0 ? undefined : { usd: cents, unknown: [...unknown] };
}

function sumOf(changes: readonly Monthly[]): Monthly | undefined {
  if (changes.length === 0) return undefined;
  const usd = changes.reduce((sum, each) => sum + each.usd, 0);
  return { usd: Math.round(usd * 100) / 100, unknown: [...new Set(changes.flatMap(({ unknown }) => unknown))].sort() };
}
