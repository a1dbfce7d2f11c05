import { kindOf } from "../../resource-kinds/kinds.ts";
import { declaredFleet } from "../../stack/declared-fleet.ts";
import type { StackContext } from "../../stack/context.ts";
import type { Tenant } from "../../tenants/model/tenant.ts";
import type { TenantOutcome } from "../engine/deployment-events.ts";
import { tenantsIn } from "../engine/removed-tenants.ts";
import { inClear, storedResources, type StoredResource } from "../engine/stack-state.ts";
import type { Existed } from "./certificate.ts";

/** A credential of a tenant, in clear: never print one. */
export type OldCredential =
  | { readonly kind: "access key"; readonly id: string; readonly secret: string }
  | { readonly kind: "database token"; readonly id: string; readonly hostname: string; readonly token: string };

/** A tenant that the next `up` deletes: what it has, and the credentials that must open nothing afterwards. */
export interface Purging {
  readonly tenant: Tenant;
  readonly existed: readonly Existed[];
  readonly credentials: readonly OldCredential[];
}

/**
 * The tenants whose files say `purged`, of which something still exists, and which a run is about. The state is read with its
 * secrets only when there are such: with the resources the only record of their credentials goes.
 */
export async function purgingTenants(
  context: StackContext,
  stored: readonly StoredResource[],
  meant: "all" | readonly string[],
): Promise<readonly Purging[]> {
  const there = tenantsIn(stored);
  const purged = declaredFleet(context).tenants.filter(
    ({ id, state }) => state === "purged" && there.has(id) && (meant === "all" || meant.includes(id)),
  );
  if (purged.length === 0) return [];
  const inState = tenantsIn(await storedResources(context, { secrets: true }));
  return purged.map((tenant) => purgingIn(tenant, inState.get(tenant.id) ?? []));
}

/** The same for one tenant, from its resources in a state that was read with its secrets. Pure. */
export function purgingIn(tenant: Tenant, resources: readonly StoredResource[]): Purging {
  return {
    tenant,
    existed: resources.map(({ type, id = "", inputs }) => ({
      what: kindOf(type)?.word ?? type,
      name: typeof inputs["name"] === "string" ? inputs["name"] : id,
    })),
    credentials: resources.flatMap((resource) => credentialOf(resource, resources) ?? []),
  };
}

function credentialOf(
  { type, id = "", inputs, outputs }: StoredResource,
  all: readonly StoredResource[],
): OldCredential | undefined {
  if (type === "tenantry:tigris:AccessKey") {
    const secret = inClear(outputs["secretAccessKey"]);
    return typeof secret === "string" ? { kind: "access key", id, secret } : undefined;
  }
  if (type !== "tenantry:turso:DatabaseToken") return undefined;
  const token = inClear(outputs["token"]);
  const database = all.find(
    (each) => each.type === "tenantry:turso:Database" && each.inputs["name"] === inputs["database"],
  );
  const hostname = database?.outputs["hostname"];
  if (typeof token !== "string" || typeof hostname !== "string") return undefined;
  return { kind: "database token", id: String(inputs["purpose"]), hostname, token };
}

/**
 * What a run has done to a tenant that is to be deleted: `gone`, all of it; `partly`, and something is left or not known;
 * `untouched`, as when the run was about other tenants. Pure.
 */
export function fateOf({ tenant: { id } }: Pick<Purging, "tenant">, outcomes: readonly TenantOutcome[]): Fate {
  const own = outcomes.find(({ tenant }) => tenant === id);
  if (own === undefined || (own.done.delete === 0 && own.open.length === 0)) return "untouched";
  return own.result === "ok" ? "gone" : "partly";
}

/** How far a purge came in one run. */
export type Fate = "gone" | "partly" | "untouched";
