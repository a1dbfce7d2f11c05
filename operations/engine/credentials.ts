import { parseDuration } from "../../provider/rotation.ts";
import { ownKind } from "../../resource-kinds/kinds.ts";
import type { StoredResource } from "./stack-state.ts";
import { tenantOf } from "./steps.ts";

/** A key or a token of a tenant, without its secret. */
export interface Credential {
  /** `key of the machine`, `token of the machine`, `key of alice-laptop`. */
  readonly what: string;
  /** Milliseconds since 1970. */
  readonly issued: number;
  /** When the next `up` replaces it because of its age. */
  readonly due: number;
}

/** The credentials in a state, by tenant; those due first come first. */
export function credentialsOf(resources: readonly StoredResource[]): ReadonlyMap<string, readonly Credential[]> {
  const found = new Map<string, Credential[]>();
  for (const { urn, type, inputs } of resources) {
    const kind = ownKind(type)?.credential;
    const { purpose, issued, rotation } = inputs;
    if (kind === undefined || typeof issued !== "string") continue;
    const tenant = tenantOf(urn);
    const since = Date.parse(issued);
    const lifetime = parseDuration(String(rotation));
    if (Number.isNaN(since) || lifetime === undefined) continue;
    const owner = String(purpose).replace(/^access-/, "");
    const credential = {
      what: `${kind} of ${owner === "machine" ? "the machine" : owner}`,
      issued: since,
      due: since + lifetime,
    };
    found.set(
      tenant,
      [...(found.get(tenant) ?? []), credential].sort((one, other) => one.due - other.due),
    );
  }
  return found;
}
