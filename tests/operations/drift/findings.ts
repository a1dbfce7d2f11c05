import type { DriftFinding } from "../../../operations/drift/report.ts";
import { seenResources, type SeenResource } from "../../../operations/drift/resources.ts";
import type { PreviewStep } from "../../../operations/engine/preview-digest.ts";

const TENANT = "urn:pulumi:prod::tenantry::tenantry:index:Tenant";

/** A step of a refresh, of a resource of one tenant. */
export function step(type: string, name: string, more: Partial<PreviewStep> = {}): PreviewStep {
  return { op: "refresh", urn: `${TENANT}$tenantry:index:Part$tenantry:${type}::${name}`, ...more };
}

export const state = (inputs: Record<string, unknown>, outputs: Record<string, unknown> = {}) => ({
  type: "",
  id: "an-id",
  inputs,
  outputs,
});

/** The one resource that a step is about. */
export function seen(one: PreviewStep): SeenResource {
  const [resource] = seenResources({ steps: [one], warnings: [], errors: [] });
  if (resource === undefined) throw new Error("the step is about no resource");
  return resource;
}

export function finding(more: Partial<DriftFinding> & Pick<DriftFinding, "kind" | "aspect">): DriftFinding {
  return { tenant: "acme", resource: "machine", ...more };
}
