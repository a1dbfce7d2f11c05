import type { ByHand } from "./question.ts";

/** What docs/going-live.md asks for and no canary can answer. */
export const byHand: readonly ByHand[] = [
  {
    id: "fly.networks",
    asks: "Can one tenant's machine reach another's, and from where is `ingress: private` reached?",
    how: "two tenants with machines: `tenantry exec` in one, a request to the other's private address; then with `machine.callers: own`",
  },
  {
    id: "fly.secrets-after-rotation",
    asks: "Does a machine run with the new values after a rotation?",
    how: "`tenantry rotate` of one tenant, then `tenantry demo`",
  },
  { id: "fly.ten-at-once", asks: "Does `up` of ten tenants end well?", how: "ten small tenants, `tenantry up`" },
  {
    id: "all.interruption",
    asks: "Does an `up` that was killed go on where it stopped?",
    how: "kill -9 of an `up`, `tenantry up`, `tenantry drift`",
  },
  {
    id: "all.import",
    asks: "Does an imported bucket plan no change?",
    how: "`pulumi import` into a fresh stack, a plan",
  },
  { id: "all.egress", asks: "Is traffic between Fly and Tigris billed?", how: "the bills after a week" },
];
