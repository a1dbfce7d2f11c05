import { errorKinds } from "../../errors/tenantry-error.ts";

/** Errors of work on a group of stacks, by code. */
export const fleetErrors = errorKinds({
  STACK_GROUP_FULL: {
    meaning: "Every stack of the group holds as many tenants as `tenantry:shardLimit` allows.",
    next: "Make another stack with `npx tenantry fleet add <group>`, or raise `tenantry:shardLimit` in all of them.",
  },
  MATRIX_TOO_LARGE: {
    meaning: "GitHub runs at most 256 jobs of one matrix.",
    next: "Split the list: name some of the stacks or groups in one job and the others in another.",
  },
  MOVE_OUTSIDE_GROUP: {
    meaning:
      "A tenant's names and marks at the vendors hold its stack's name, or that of the stack's group. Only within a group they stay.",
    next: "Give both stacks the same `tenantry:stackGroup` before they have tenants (docs/fleets.md).",
  },
  MOVE_UNSETTLED: {
    meaning: "A run on one of the two stacks broke off in the middle of something. Its state can't be moved like that.",
    next: "Bring the named stack to its end with `npx tenantry up --stack <stack>`, then move again.",
  },
  MOVE_AT_AWS: {
    meaning:
      "The tenant's files lie at AWS. What Pulumi's own provider of AWS keeps of them is not moved: it has not been tried.",
    next: "Leave the tenant where it is.",
  },
  MOVE_MEETS_ANOTHER: {
    meaning: "The state of a stack was written by somebody else while the move was at work.",
    next: "Run the same move again: it goes on where it stopped.",
  },
});
