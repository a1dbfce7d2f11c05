import { errorKinds } from "../../errors/tenantry-error.ts";

/** Errors of work on a group of stacks, by code. */
export const fleetErrors = errorKinds({
  STACK_GROUP_FULL: {
    meaning: "Every stack of the group has as many tenants as `tenantry:shardLimit` allows.",
    next: "Create another stack with `npx tenantry fleet add <group>`, or raise `tenantry:shardLimit` in all of them.",
  },
  MATRIX_TOO_LARGE: {
    meaning: "A matrix has more than 256 jobs, GitHub's limit.",
    next: "Split the stacks or groups into several jobs.",
  },
  MOVE_OUTSIDE_GROUP: {
    meaning:
      "The two stacks are not in the same group. A tenant's names and marks contain the name of its stack or group, so they would change.",
    next: "Give both stacks the same `tenantry:stackGroup` before they have tenants (docs/fleets.md).",
  },
  MOVE_UNSETTLED: {
    meaning: "A run on one of the two stacks broke off, and its state is unfinished.",
    next: "Complete the named stack with `npx tenantry up --stack <stack>`, then move again.",
  },
  MOVE_AT_AWS: {
    meaning: "The tenant's files are at AWS. Moving the state of Pulumi's AWS provider is not supported.",
    next: "Leave the tenant where it is.",
  },
  MOVE_MEETS_ANOTHER: {
    meaning: "Somebody else wrote the state of a stack during the move.",
    next: "Run the same move again to continue.",
  },
});
