import * as fc from "fast-check";

import type { PreviewStep } from "../../../operations/engine/preview-digest.ts";

const TENANT = "urn:pulumi:prod::tenantry::tenantry:index:Tenant";

export function urn(tenant: string, type: string, name = tenant): string {
  return `${TENANT}$${type}::${name}`;
}

export function step(op: string, resource: string, more: Partial<PreviewStep> = {}): PreviewStep {
  return { op, urn: resource, ...more };
}

/** A resource that is as it is declared. */
export function same(resource: string, inputs: Record<string, unknown>): PreviewStep {
  return step("same", resource, { oldState: { type: "", inputs }, newState: { type: "", inputs } });
}

export const machine = urn("acme", "tenantry:fly:Machine");
export const bucket = urn("acme", "tenantry:tigris:Bucket");
export const key = urn("acme", "tenantry:tigris:AccessKey", "acme/alice");
export const database = urn("acme", "tenantry:turso:Database");

const TYPES = [
  "tenantry:tigris:Bucket",
  "tenantry:tigris:AccessKey",
  "tenantry:turso:Database",
  "tenantry:fly:Machine",
] as const;

const inputs = fc.dictionary(
  fc.constantFrom("name", "region", "config", "a.b", "issued"),
  fc.oneof(fc.integer(), fc.constantFrom("x", "[secret]", ""), fc.dictionary(fc.constantFrom("env", "b"), fc.nat())),
);
const state = fc.record({ type: fc.constant(""), inputs, id: fc.constantFrom("one", "two") });

function stepOf(resource: string): fc.Arbitrary<PreviewStep> {
  const whole = { op: fc.constant("update"), urn: fc.constant(resource) };
  return fc.oneof(
    fc.record({ ...whole, oldState: state, newState: state }),
    fc.record({ ...whole, op: fc.constant("create"), newState: state }),
    fc.record({ ...whole, op: fc.constant("delete"), oldState: state }),
    state.map((existing) => ({ op: "same", urn: resource, oldState: existing, newState: existing })),
  );
}

/** The steps of a preview: any changes to any resources of up to three tenants, each resource once. */
export const anySteps: fc.Arbitrary<PreviewStep[]> = fc
  .uniqueArray(fc.tuple(fc.constantFrom("acme", "beta", "zed"), fc.constantFrom(...TYPES)), {
    selector: ([tenant, type]) => tenant + type,
    minLength: 1,
    maxLength: 6,
  })
  .chain((resources) => fc.tuple(...resources.map(([tenant, type]) => stepOf(urn(tenant, type)))));

/** The same elements in another order, and the same order for the same seed. */
export function shuffled<T>(elements: readonly T[], seed: number): T[] {
  const rank = (index: number) => Math.sin(seed + index * 12.9898);
  return elements
    .map((element, index) => ({ element, rank: rank(index) }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ element }) => element);
}
