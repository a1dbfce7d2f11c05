import type { ByHand } from "./question.ts";

/** Questions of docs/going-live.md that no canary can answer. */
export const byHand: readonly ByHand[] = [
  {
    id: "fly.networks",
    asks: "Can one tenant's machine reach another's, and which networks reach `ingress: private`?",
    how: "two tenants with machines: `tenantry exec` in one, a request to the other's private address; again with `machine.callers: own`",
  },
  {
    id: "fly.secrets-after-rotation",
    asks: "Does a machine run with the new values after a rotation?",
    how: "`tenantry rotate` of one tenant, then `tenantry demo`",
  },
  { id: "fly.ten-at-once", asks: "Does `up` of ten tenants succeed?", how: "ten small tenants, `tenantry up`" },
  {
    id: "all.interruption",
    asks: "Does the next `up` complete one that was killed?",
    how: "`kill -9` of an `up`, then `tenantry up` and `tenantry drift`",
  },
  {
    id: "all.import",
    asks: "Does an imported bucket plan no change?",
    how: "`pulumi import` into a new stack, then a plan",
  },
  { id: "all.egress", asks: "Is traffic between Fly and Tigris billed?", how: "the bills after a week" },
];
