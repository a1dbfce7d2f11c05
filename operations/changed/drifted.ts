import type { PreviewDigest, PreviewStep } from "../engine/preview-digest.ts";
import { readsAtATime } from "../engine/at-a-time.ts";
import { digestOf } from "../engine/canonical.ts";
import { previewDigest } from "../engine/preview.ts";
import { SHARED, tenantOf } from "../engine/steps.ts";
import type { StoredResource } from "../engine/stack-state.ts";
import type { StackContext } from "../../stack/context.ts";
import { masked } from "./state-digests.ts";

/**
 * The tenants of which the vendors have something else than the state says, and those that could not be read. Undefined: that
 * can't be told tenant by tenant. Reads every resource once, without the program; changes nothing.
 */
export async function driftedTenants(context: StackContext): Promise<ReadonlySet<string> | undefined> {
  return driftedIn(await previewDigest(context, ["refresh", "--preview-only", ...readsAtATime]));
}

/** The same of what a refresh has found. Pure. */
export function driftedIn({ steps, errors, warnings }: PreviewDigest): ReadonlySet<string> | undefined {
  const said = [...errors, ...warnings].map(({ urn }) => (urn === "" ? SHARED : tenantOf(urn)));
  const moved = steps.filter((step) => !isAsKnown(step)).map(({ urn }) => tenantOf(urn));
  const found = new Set([...said, ...moved]);
  return found.has(SHARED) ? undefined : found;
}

/**
 * Whether a preview that asks the vendors has found of each of these resources what the state says, outputs too. What it has found is what
 * its steps begin with; those of the look itself say what was known before. Pure.
 */
export function isSeenAsKnown({ steps, errors, warnings }: PreviewDigest, stored: readonly StoredResource[]): boolean {
  const begun = Map.groupBy(
    steps.filter(({ op, oldState }) => op !== "refresh" && oldState !== undefined),
    ({ urn }) => urn,
  );
  const isKnown = (resource: StoredResource) => {
    const kept = told(masked(resource) as StoredResource);
    const found = begun.get(resource.urn) ?? [];
    return resource.delete !== true && found.some(({ oldState = NOTHING }) => told(oldState) === kept);
  };
  return (
    errors.length + warnings.length === 0 && stored.every((each) => each.type.startsWith("pulumi:") || isKnown(each))
  );
}

const NOTHING = { type: "" };

/** Also where only an output differs: other resources may be made of it. */
function isAsKnown({ op, oldState, newState }: PreviewStep): boolean {
  if (op !== "refresh" && op !== "same") return false;
  if (oldState === undefined || newState === undefined) return false;
  return told(oldState) === told(newState);
}

function told({ id, inputs = {}, outputs = {} }: NonNullable<PreviewStep["oldState"]>): string {
  return digestOf({ id, inputs, outputs });
}
