import { policyName } from "../../provider/tigris/access-key-names.ts";
import { UNMANAGED_KINDS, type UnmanagedKind } from "../../resource-kinds/kinds.ts";
import type { Tenant } from "../../tenants/model/tenant.ts";
import { type Named, namesAtVendors } from "../../stack/names-at-vendors.ts";
import type { SeenResource } from "./resources.ts";

/** What is declared or is in the state. */
export interface Managed {
  /** Names and ids by kind: of machines, volumes and keys their ids, of all else the names. */
  readonly ids: Readonly<Record<UnmanagedKind, ReadonlySet<string>>>;
  /** Apps whose machine is in the state. */
  readonly appsInState: ReadonlySet<string>;
  /** To how many of our keys a policy of ours is attached; undefined for any other. */
  keysOf(policy: string): number | undefined;
}

/** What a file declares need not exist yet: the next `up` makes it, or takes up what an earlier one has left. */
export function managedIn(resources: readonly SeenResource[], tenants: readonly Tenant[], of: Named): Managed {
  const kinds = Object.keys(UNMANAGED_KINDS) as UnmanagedKind[];
  const ids = Object.fromEntries(kinds.map((kind) => [kind, new Set<string>()])) as Record<UnmanagedKind, Set<string>>;
  const policies = new Map<string, number>();
  const appsInState = new Set<string>();
  for (const { root, id, inputs } of resources.filter(({ type }) => type.startsWith("tenantry:"))) {
    const kind = kinds.find((each) => each === root.split("/")[0]);
    if (kind !== undefined) ids[kind].add(id.slice(id.lastIndexOf("/") + 1));
    if (kind === "machine" && typeof inputs["app"] === "string") appsInState.add(inputs["app"]);
    if (kind === "key") {
      const policy = policyName(inputs as unknown as Parameters<typeof policyName>[0]);
      ids.policy.add(policy);
      policies.set(policy, (policies.get(policy) ?? 0) + (inputs["enabled"] === false ? 0 : 1));
    }
  }
  for (const { id, storage, database: db } of tenants.filter(({ state }) => state !== "purged")) {
    const { bucket, app, database } = namesAtVendors(of, id);
    ids.app.add(app);
    if (storage.backend === "tigris") ids.bucket.add(bucket);
    if (db.engine === "turso") ids.database.add(database);
  }
  return { ids, appsInState, keysOf: (policy) => policies.get(policy) };
}
