import { clockFrom } from "../../provider/clock.ts";
import type { StackContext } from "../../stack/context.ts";
import type { Tenant } from "../../tenants/model/tenant.ts";
import type { StackState } from "../engine/stack-state.ts";
import { declaredDigests } from "./declared-digests.ts";
import { driftedTenants } from "./drifted.ts";
import { isPlainProgram } from "./plain-program.ts";
import { changedTenants, limited, type Selection } from "./selection.ts";
import { settledStore } from "./settled-store.ts";

/**
 * The tenants that a run has to look at: those that differ from what the last `up` has left, and with `refresh` those of
 * which the vendors have something else than the state says. Reads only.
 */
export async function selectedTenants(
  context: StackContext,
  tenants: readonly Tenant[],
  { state, refresh }: { readonly state: StackState; readonly refresh: boolean },
): Promise<Selection> {
  if (!isPlainProgram(context.projectDir)) return { tenants: "all", why: "the program is the project's own" };
  const declared = digestsIfKnown(context, tenants);
  if (declared === undefined) return { tenants: "all", why: "the declared tenants cannot be distinguished" };
  const settled = await settledStore(context).read();
  const changed = changedTenants({ tenants, state, declared, settled, clock: clockFrom(process.env) });
  if (!refresh || changed.tenants === "all") return changed;
  const drifted = await driftedTenants(context);
  if (drifted === undefined) return { tenants: "all", why: "the vendors can't be asked tenant by tenant" };
  return limited([...new Set([...changed.tenants, ...drifted])], tenants);
}

function digestsIfKnown(context: StackContext, tenants: readonly Tenant[]): ReadonlyMap<string, string> | undefined {
  try {
    return declaredDigests(context, tenants);
  } catch {
    return undefined;
  }
}
