import { driftedIn } from "../../operations/changed/drifted.ts";
import { changedTenants, limited } from "../../operations/changed/selection.ts";
import { parseSettled, settledText } from "../../operations/changed/settled.ts";
import { type SettlingLedger, settlingIn } from "../../operations/changed/settling.ts";
import { digestOf } from "../../operations/engine/canonical.ts";
import type { Deployed } from "../../operations/engine/deploy.ts";
import type { TenantOutcome } from "../../operations/engine/deployment-events.ts";
import type { StoredResource } from "../../operations/engine/stack-state.ts";
import { SHARED, tenantOf } from "../../operations/engine/steps.ts";
import { targetArgs } from "../../operations/engine/targets.ts";
import type { Tenant } from "../../tenants/model/tenant.ts";
import { type Outcome, type State, urnOf } from "../faults/small-engine.ts";

/** Ids of tenants; `all`: the whole stack. */
export type Chosen = readonly string[] | "all";

/** How a run went, as the engine's events tell it. */
export interface Ran extends Pick<Outcome, "state" | "failed"> {
  /** URNs that the provider has warned of. */
  readonly warned: readonly string[];
  readonly isCancelled: boolean;
}

/**
 * What `up` does before and after the engine's run: it looks only at the tenants that are not as an earlier run has left them.
 * The rules are tenantry's own; the place where it keeps what it knows is in memory here.
 */
export class Planner {
  #text = "";
  /** Tenants whose record is in the stack's outputs. */
  #records: ReadonlySet<string> = new Set();
  readonly #outcomeOf: (outcome: TenantOutcome) => TenantOutcome;

  /** @param outcomeOf for a planted fault: what is taken for the outcome of a tenant */
  constructor(outcomeOf: (outcome: TenantOutcome) => TenantOutcome = (outcome) => outcome) {
    this.#outcomeOf = outcomeOf;
  }

  /** @param looked what a refresh has found, if there was one */
  chosen(tenants: readonly Tenant[], before: State, looked: Pick<Outcome, "state" | "failed"> | undefined): Chosen {
    const changed = changedTenants({
      tenants,
      state: { resources: this.#stored(before), isBroken: false },
      declared: declaredBy(tenants),
      settled: parseSettled(this.#text),
      clock: () => new Date(),
    });
    if (looked === undefined || changed.tenants === "all") return changed.tenants;
    const drifted = driftedIn(previewOf(before, looked));
    return drifted === undefined ? "all" : limited([...new Set([...changed.tenants, ...drifted])], tenants).tenants;
  }

  /** What a run is limited to that was told to look at these. */
  targets(tenants: readonly Tenant[], chosen: Chosen, before: State): (urn: string) => boolean {
    if (chosen === "all") return () => true;
    const own = tenants.filter(({ id }) => chosen.includes(id));
    const patterns = targetArgs("local", own, this.#stored(before)).filter((word) => word !== "--target");
    const forms = patterns.map(formOf);
    return (urn) => forms.some((form) => form.test(urn));
  }

  /** Does `work`, and keeps which of these tenants it has left as they are declared. */
  async settling(tenants: readonly Tenant[], chosen: Chosen, work: () => Promise<Ran>): Promise<void> {
    let after: State = [];
    const ledger: SettlingLedger = {
      store: {
        where: "memory",
        read: () => Promise.resolve(parseSettled(this.#text)),
        write: (settled) => {
          this.#text = settledText(settled);
          return Promise.resolve(true);
        },
      },
      ground: () => ({ declared: declaredBy(tenants), stamp: "" }),
      state: () => Promise.resolve({ resources: this.#stored(after), isBroken: false }),
    };
    await settlingIn(ledger, chosen, async () => {
      const ran = await work();
      after = ran.state;
      return this.#deployed(tenants, chosen, ran);
    });
  }

  #deployed(tenants: readonly Tenant[], chosen: Chosen, { failed, warned, isCancelled }: Ran): Deployed {
    const ids = [SHARED, ...tenants.flatMap(({ id }) => (chosen === "all" || chosen.includes(id) ? [id] : []))];
    const about = (urns: readonly string[], id: string) => urns.filter((urn) => tenantOf(urn) === id);
    const outcomes = ids.map((id) => {
      const errors = about(failed, id);
      const result = isCancelled ? "interrupted" : errors.length > 0 ? "failed" : "ok";
      const done = { create: 0, update: 0, replace: 0, rotate: 0, delete: 0 };
      return this.#outcomeOf({ tenant: id, result, done, open: [], errors, warnings: about(warned, id) });
    });
    const gone = tenants.flatMap(({ id, state }) => (state === "purged" ? [id] : []));
    const made = outcomes.flatMap(({ tenant, result }) => (result === "ok" && tenant !== SHARED ? [tenant] : []));
    this.#records = new Set([...this.#records, ...made].filter((id) => !gone.includes(id) || !made.includes(id)));
    return { outcomes, isWhole: !isCancelled };
  }

  /** The state as Pulumi's file has it. */
  #stored(state: State): StoredResource[] {
    const fleet = Object.fromEntries([...this.#records].map((id) => [id, {}]));
    const stack = {
      urn: "urn:pulumi:local::tenantry::pulumi:pulumi:Stack::tenantry-local",
      type: "pulumi:pulumi:Stack",
    };
    return [{ ...stack, inputs: {}, outputs: { fleet } }, ...state.map(storedAs)];
  }
}

function storedAs({ key, type, id, inputs, outputs, needs, isHalf, isReplaced }: State[number]): StoredResource {
  return {
    ...{ urn: urnOf(key), type, id, inputs, outputs, dependencies: [...needs].map(urnOf) },
    ...(isHalf ? { initErrors: ["half done"] } : {}),
    ...(isReplaced ? { delete: true } : {}),
  };
}

/** The code and the stack's settings stay the same here. */
function declaredBy(tenants: readonly Tenant[]): ReadonlyMap<string, string> {
  return new Map(tenants.map((tenant) => [tenant.id, digestOf(tenant)]));
}

function previewOf(before: State, { state, failed }: Pick<Outcome, "state" | "failed">) {
  const steps = before.map((old) => {
    const now = state.find(({ key, id }) => key === old.key && id === old.id);
    if (now === undefined) return { op: "delete", urn: urnOf(old.key), oldState: storedAs(old) };
    return { op: "refresh", urn: urnOf(old.key), oldState: storedAs(old), newState: storedAs(now) };
  });
  return { steps, errors: failed.map((urn) => ({ urn, message: "not read" })), warnings: [] };
}

/** A target as Pulumi reads it: `*` is anything without a colon, `**` anything. */
function formOf(target: string): RegExp {
  const literal = (text: string) => text.replaceAll(/[$.]/g, String.raw`\$&`);
  const parts = target.split("**").map((part) => part.split("*").map(literal).join("[^:]*"));
  return new RegExp(`^${parts.join(".*")}$`);
}
