import type { PreviewStep } from "../engine/preview-digest.ts";
import type { StoredResource } from "../engine/stack-state.ts";
import { masked } from "./state-digests.ts";

/**
 * What a preview of everything would say of the resources that it was not asked for: the same as before. So whatever is made
 * of a preview (the review, its hash, policies, prices) is the same, whether all of the stack was looked at or a part. Pure.
 *
 * @param steps what the preview said
 */
export function withUntouched(
  steps: readonly PreviewStep[],
  stored: readonly StoredResource[],
): readonly PreviewStep[] {
  const told = new Set(steps.map(({ urn }) => urn));
  const others = stored.filter(({ urn, delete: isReplaced }) => !told.has(urn) && isReplaced !== true);
  return [...steps, ...others.map(untouched)];
}

function untouched(resource: StoredResource): PreviewStep {
  // As a preview prints it: secrets in no form.
  const shown = masked(resource) as StoredResource;
  return { op: "same", urn: resource.urn, oldState: shown, newState: shown };
}
