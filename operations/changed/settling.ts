import { join } from "node:path";

import { TenantryError } from "../../errors/tenantry-error.ts";
import { declaredFleet } from "../../stack/declared-fleet.ts";
import type { StackContext } from "../../stack/context.ts";
import type { Deployed } from "../engine/deploy.ts";
import type { TenantOutcome } from "../engine/deployment-events.ts";
import { type StackState, stackState } from "../engine/stack-state.ts";
import { SHARED } from "../engine/steps.ts";
import { codeFiles, stampOf } from "./code-files.ts";
import { declaredDigests } from "./declared-digests.ts";
import { changedErrors } from "./errors.ts";
import type { Settled, SettledStore } from "./settled.ts";
import { settledStore } from "./settled-store.ts";
import { recordsIn, stateDigests } from "./state-digests.ts";

/**
 * Does `work`, which applies these tenants, and records which of them it settled. It first forgets their earlier records, so
 * that nothing is assumed after a killed run. Throws SETTLED_UNWRITABLE before anything is changed.
 *
 * @param meant ids; `all`: the whole stack
 */
export function settling(
  context: StackContext,
  meant: readonly string[] | "all",
  work: () => Promise<Deployed>,
): Promise<TenantOutcome[]> {
  const ledger = {
    store: settledStore(context),
    ground: () => groundOf(context),
    state: () => stackState(context),
  };
  return settlingIn(ledger, meant, work);
}

/** The store of settled tenants, and the digests to compare it with. */
export interface SettlingLedger {
  readonly store: SettledStore;
  /** Undefined: that can't be told. */
  ground(): Ground | undefined;
  /** The stack's, after the run. */
  state(): Promise<StackState>;
}

/** What everything is declared to be, and when its files were written last. */
interface Ground {
  readonly declared: ReadonlyMap<string, string>;
  readonly stamp: string;
}

/** `settling`, wherever that is kept. */
export async function settlingIn(
  { store, ground, state }: SettlingLedger,
  meant: readonly string[] | "all",
  work: () => Promise<Deployed>,
): Promise<TenantOutcome[]> {
  const others = without(await store.read(), meant);
  if (!(await store.write(others))) throw new TenantryError(changedErrors.SETTLED_UNWRITABLE, store.where);
  const before = ground();
  const deployed = await work();
  const after = ground();
  // An edit of a file during the run may be applied or not.
  if (before !== undefined && after?.stamp === before.stamp) {
    const now = settledBy(deployed, after.declared, await state());
    await store.write(new Map([...others, ...now]));
  }
  return deployed.outcomes;
}

function without(known: Settled, meant: readonly string[] | "all"): Settled {
  return new Map([...known].filter(([id]) => meant !== "all" && !meant.includes(id)));
}

/** Undefined: that can't be told. */
function groundOf(context: StackContext): Ground | undefined {
  const { projectDir, stack } = context;
  try {
    const { tenants } = declaredFleet(context);
    const files = tenants.map(({ id }) => join(projectDir, "tenants", stack, `${id}.yaml`));
    const stamp = stampOf([...files, join(projectDir, "tenants/plans.yaml"), ...codeFiles(projectDir)]);
    const declared = declaredDigests(context, tenants);
    return { declared, stamp: `${stamp} ${[...declared.values()].join(" ")}` };
  } catch {
    return undefined;
  }
}

/**
 * The tenants of which nothing is open: the run came to its own end, all that was theirs went well, and their record is
 * written. Pure.
 *
 * @param declared what each tenant was declared to be, all through the run
 * @param state the stack's state after it
 */
export function settledBy(
  { outcomes, isWhole }: Deployed,
  declared: ReadonlyMap<string, string>,
  { resources, isBroken }: StackState,
): Settled {
  const isSound = outcomes.every(
    ({ tenant, result }) => result !== "interrupted" && (tenant !== SHARED || result === "ok"),
  );
  if (!isWhole || !isSound || isBroken) return new Map();
  const good = outcomes.filter(
    ({ result, errors, warnings }) => result === "ok" && errors.length + warnings.length === 0,
  );
  const digests = stateDigests(resources, new Set(good.map(({ tenant }) => tenant)));
  const records = recordsIn(resources);
  return new Map(
    good.flatMap(({ tenant }) => {
      const [told, stored] = [declared.get(tenant), digests.get(tenant)];
      if (told === undefined || stored === undefined || records[tenant] === undefined) return [];
      return [[tenant, { declared: told, state: stored }] as const];
    }),
  );
}
