import type { PreviewDigest, PreviewStep } from "../engine/preview-digest.ts";
import { readsAtATime } from "../engine/at-a-time.ts";
import { digestOf } from "../engine/canonical.ts";
import { previewDigest } from "../engine/preview.ts";
import { SHARED, tenantOf } from "../engine/steps.ts";
import type { StackContext } from "../../stack/context.ts";

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

/** Also where only an output differs: other resources may be made of it. */
function isAsKnown({ op, oldState, newState }: PreviewStep): boolean {
  if (op !== "refresh" && op !== "same") return false;
  if (oldState === undefined || newState === undefined) return false;
  const told = ({ id, inputs, outputs }: typeof oldState) => digestOf({ id, inputs, outputs });
  return told(oldState) === told(newState);
}
