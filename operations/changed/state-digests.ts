import { SECRET } from "../../output/shown.ts";
import { SIGNATURE_KEY } from "../../resource-kinds/pulumi-marks.ts";
import { digestOf } from "../engine/canonical.ts";
import { neededUrns, providerUrn } from "../engine/needed-urns.ts";
import type { StoredResource } from "../engine/stack-state.ts";
import { SHARED, tenantOf } from "../engine/steps.ts";

/**
 * All that Pulumi's state says of each tenant, as a digest by id: every resource of the tenant, what they need of the stack
 * (a database group, the provider), and the tenant's record in the stack's outputs. Whatever has changed any of it, by
 * whatever program, has changed the digest. Secrets count as being there, and no more: what changes one changes a date or
 * an id beside it. Pure.
 *
 * @param only ids of the tenants that are wanted; default: all
 */
export function stateDigests(
  stored: readonly StoredResource[],
  only?: ReadonlySet<string>,
): ReadonlyMap<string, string> {
  const records = recordsIn(stored);
  const shared = new Map(stored.flatMap((each) => (tenantOf(each.urn) === SHARED ? [[each.urn, each] as const] : [])));
  const own = Map.groupBy(
    stored.filter(({ urn }) => tenantOf(urn) !== SHARED && (only?.has(tenantOf(urn)) ?? true)),
    ({ urn }) => tenantOf(urn),
  );
  return new Map(
    [...own].map(([tenant, resources]) => {
      const needed = new Set(resources.flatMap(needs));
      const basis = [...needed].sort().map((urn) => told(shared.get(urn)));
      const all = resources.toSorted(byUrn).map(told);
      return [tenant, digestOf({ all, basis, record: records[tenant] ?? null })];
    }),
  );
}

/**
 * What counts of a resource. Where and in what order it names what it needs is not part of it: the state has the settings with and
 * without those that hang on nothing, from one run to the next.
 */
function told(resource: StoredResource | undefined): unknown {
  if (resource === undefined) return null;
  const { propertyDependencies: _, ...rest } = resource;
  return masked({ ...rest, dependencies: neededUrns(resource) });
}

/** The records in the stack's outputs, by tenant. Pure. */
export function recordsIn(stored: readonly StoredResource[]): Readonly<Record<string, unknown>> {
  const outputs = stored.find(({ type }) => type === "pulumi:pulumi:Stack")?.outputs ?? {};
  return (outputs["fleet"] ?? {}) as Readonly<Record<string, unknown>>;
}

/** What a resource needs beyond its tenant: all that it depends on, and its provider. */
function needs(resource: StoredResource): string[] {
  // Another id is another provider, and is in the resource itself.
  const own = providerUrn(resource);
  return [...neededUrns(resource), ...(own === undefined ? [] : [own])].filter((urn) => tenantOf(urn) === SHARED);
}

/** Without the words that secrets are encrypted to: those are others each time. */
export function masked(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(masked);
  if (typeof value !== "object" || value === null) return value;
  if (SIGNATURE_KEY in value) return SECRET;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, masked(inner)]));
}

const byUrn = (one: StoredResource, other: StoredResource) => (one.urn < other.urn ? -1 : 1);
