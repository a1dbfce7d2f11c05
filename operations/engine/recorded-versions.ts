import type { StoredResource } from "./stack-state.ts";
import { tenantOf } from "./steps.ts";

/** What the state has last seen of a tenant. */
export interface RecordedVersions {
  /** The image that its machine was given last. */
  readonly image?: string;
  /** Number of the last migration that its database was seen with, or the version that the app's own migrator has brought. */
  readonly schema?: number;
}

/** Images and schemas as the last `up` or refresh has seen them, by tenant. What is already replaced does not count. Pure. */
export function recordedVersions(stored: readonly StoredResource[]): ReadonlyMap<string, RecordedVersions> {
  const found = new Map<string, RecordedVersions>();
  for (const { urn, type, inputs, delete: isReplaced } of stored) {
    const seen = isReplaced === true ? undefined : versionOf(type, inputs);
    const tenant = tenantOf(urn);
    if (seen !== undefined) found.set(tenant, { ...found.get(tenant), ...seen });
  }
  return found;
}

function versionOf(type: string, inputs: StoredResource["inputs"]): RecordedVersions | undefined {
  if (type === "tenantry:turso:Schema" || type === "tenantry:fly:Migrator")
    return { schema: Number(inputs["version"]) };
  if (type !== "tenantry:fly:Machine") return undefined;
  const image = (inputs["config"] as { readonly image?: unknown } | undefined)?.image;
  return typeof image === "string" ? { image } : undefined;
}
