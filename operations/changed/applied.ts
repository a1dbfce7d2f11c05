import type { StackContext } from "../../stack/context.ts";
import type { Tenant } from "../../tenants/model/tenant.ts";
import type { StoredResource } from "../engine/stack-state.ts";
import { declaredDigests } from "./declared-digests.ts";
import { settledStore } from "./settled-store.ts";
import { stateDigests } from "./state-digests.ts";

/** The ids of the tenants that an `up` has left as their files declare them now. Asks no vendor. Throws CLOUD_NOT_UP. */
export async function appliedTenants(
  context: StackContext,
  tenants: readonly Tenant[],
  stored: readonly StoredResource[],
): Promise<ReadonlySet<string>> {
  const [settled, declared, states] = [
    await settledStore(context).read(),
    declaredDigests(context, tenants),
    stateDigests(stored),
  ];
  const isApplied = ({ id }: Tenant) => {
    const last = settled.get(id);
    return last !== undefined && last.declared === declared.get(id) && last.state === states.get(id);
  };
  return new Set(tenants.filter(isApplied).map(({ id }) => id));
}
