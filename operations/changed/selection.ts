import type { Clock } from "../../provider/clock.ts";
import { issuedAt } from "../../provider/rotation.ts";
import { ownKind } from "../../resource-kinds/kinds.ts";
import { parseUrn } from "../../resource-kinds/urn.ts";
import type { Tenant } from "../../tenants/model/tenant.ts";
import type { StackState, StoredResource } from "../engine/stack-state.ts";
import { SHARED, tenantOf } from "../engine/steps.ts";
import type { Settled } from "./settled.ts";
import { recordsIn, stateDigests } from "./state-digests.ts";

/** What a run has to look at. */
export interface Selection {
  /** Ids of the tenants, sorted; `all`: the whole stack, with what several tenants share. */
  readonly tenants: readonly string[] | "all";
  /** Why it is all of the stack, for people. Absent when it is not. */
  readonly why?: string;
}

export interface Compared {
  readonly tenants: readonly Tenant[];
  readonly state: StackState;
  /** What each tenant is declared to be (declared-digests.ts). */
  readonly declared: ReadonlyMap<string, string>;
  readonly settled: Settled;
  readonly clock: Clock;
}

/**
 * The tenants that changed since the last `up`: in their declaration, in the state, or by a key or token that is due. If
 * anything is unknown, all tenants. Pure.
 */
export function changedTenants({ tenants, state, declared, settled, clock }: Compared): Selection {
  const why = whyAll(tenants, state, settled);
  if (why !== undefined) return { tenants: "all", why };
  const digests = stateDigests(state.resources);
  const records = recordsIn(state.resources);
  const own = Map.groupBy(state.resources, ({ urn }) => tenantOf(urn));
  const isSettled = (tenant: Tenant): boolean => {
    const resources = own.get(tenant.id) ?? [];
    // A run that is stopped has deleted, and has not come to take the record out of the stack's outputs.
    if (tenant.state === "purged") return resources.length === 0 && !(tenant.id in records);
    const last = settled.get(tenant.id);
    const isAsItWas = last?.declared === declared.get(tenant.id) && last?.state === digests.get(tenant.id);
    return last !== undefined && isAsItWas && resources.every((each) => isAtRest(each, clock));
  };
  return limited(
    tenants.filter((tenant) => !isSettled(tenant)).map(({ id }) => id),
    tenants,
  );
}

/** These tenants; all where they are most of them: then nothing is saved by telling the engine whom it has to look at. Pure. */
export function limited(changed: readonly string[], tenants: readonly Tenant[]): Selection {
  if (2 * changed.length > tenants.length) return { tenants: "all", why: "most tenants are changed" };
  return { tenants: changed.toSorted() };
}

/** Why the tenants can't be told apart; undefined: they can. */
function whyAll(tenants: readonly Tenant[], state: StackState, settled: Settled): string | undefined {
  const ids = new Set(tenants.map(({ id }) => id));
  const locations = new Set(
    tenants.flatMap(({ state: life, database }) =>
      life !== "purged" && database.engine === "turso" ? [database.location as string] : [],
    ),
  );
  const shared = state.resources.filter(({ urn, type }) => tenantOf(urn) === SHARED && !type.startsWith("pulumi:"));
  if (settled.size === 0) return "no earlier `up` is recorded";
  if (state.isBroken) return "a run was interrupted";
  if (Object.keys(recordsIn(state.resources)).some((id) => !ids.has(id))) return "a tenant's file is gone";
  if (shared.some(({ type }) => type !== GROUP)) return "the stack has resources of its own";
  if (shared.some((each) => !isWhole(each))) return "a database group is incomplete";
  if (shared.some(({ urn }) => !locations.has(parseUrn(urn).name))) return "a database group is no longer used";
  return undefined;
}

const GROUP = "tenantry:turso:Group";
const COMPONENT = /^tenantry:index:/;

/** What the next run leaves alone: nothing half done, nothing due, and of our own kinds: what else changes one of another provider is not known. */
function isAtRest(resource: StoredResource, clock: Clock): boolean {
  const { type, inputs } = resource;
  if (ownKind(type) === undefined && !COMPONENT.test(type)) return false;
  const { issued } = inputs;
  return isWhole(resource) && (issued === undefined || issuedAt(inputs, inputs["rotation"], clock) === issued);
}

/** Pulumi's marks of what a run has not brought to its end (sdk/go/common/apitype/core.go, ResourceV3). */
function isWhole({ delete: isReplaced, initErrors, pendingReplacement, taint, external }: StoredResource): boolean {
  const broken = Array.isArray(initErrors) && initErrors.length > 0;
  return isReplaced !== true && !broken && pendingReplacement !== true && taint !== true && external !== true;
}
