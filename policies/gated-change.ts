import type { FleetFinding, FleetLimits, Policy, RestartingChange, Subject } from "./policy.ts";
import { counted } from "../output/counted.ts";

/** Refuses a change of a plan that would restart many machines at once without a rollout. */
export const gatedChange: Policy = {
  name: "gated-change",
  demands:
    "A change of a plan restarts at most `tenantry:maxUngatedTenants` machines at once (default 5); more need a rollout in rings: one bad image would take all of them down.",
  check: () => [],
  checkAll: (subjects, limits) => {
    const reached = subjects.flatMap(({ tenant, restarts }) =>
      tenant.state !== "active"
        ? []
        : restarts
            .filter(({ from }) => from === "plan")
            .map((change) => ({ tenant: tenant.id, plan: tenant.plan, change })),
    );
    const alike = Map.groupBy(reached, ({ plan, change }) => JSON.stringify([plan, change.setting, change.after]));
    return [...alike.values()].flatMap((each) => findingOf(each, limits));
  },
};

interface Reached {
  readonly tenant: Subject["tenant"]["id"];
  readonly plan: string;
  readonly change: RestartingChange;
}

function findingOf(reached: readonly Reached[], { maxUngatedTenants }: FleetLimits): FleetFinding[] {
  const [first] = reached;
  if (first === undefined || reached.length <= maxUngatedTenants) return [];
  const { setting, after } = first.change;
  const what = `${setting.join(".")} of the plan ${first.plan} becomes ${after} and restarts ${counted(reached.length, "machine")} at once`;
  const way =
    "put the plan back, write the change into rollouts/<name>.yaml and start it with `npx tenantry rollout start <name>` (docs/rollouts.md)";
  return [
    {
      tenant: first.tenant,
      plan: first.plan,
      path: setting,
      message: `${what}; at most ${maxUngatedTenants} may without a rollout: ${way}`,
    },
  ];
}
