import { errorKinds } from "../../errors/tenantry-error.ts";

/** Errors of plans and of applying a reviewed one, by code. */
export const reviewErrors = errorKinds({
  PLAN_UNREADABLE: {
    meaning: "The file is not a plan of this version of tenantry, or it was edited.",
    next: "Create it again: `npx tenantry plan --stack <stack> --out <file>`.",
  },
  PLAN_OTHER_STACK: {
    meaning: "The plan was made for another stack.",
    next: "Name its stack with `--stack`, or make a plan for this stack.",
  },
  PLAN_NOT_APPLICABLE: {
    meaning: "The plan has errors, so its effect is not known. Nothing is applied.",
    next: "Fix the errors that the plan names, and run `npx tenantry plan` again.",
  },
  DESTROY_UNDECLARED: {
    meaning:
      "The plan destroys data without permission from a tenant file. Nothing is applied, and the exit code is 3.",
    next: "Undo the change. To end a tenant, set `state: offboarding` and run `up`, then `state: purged`. A bucket with files is not deleted: download them with `npx tenantry pull`, then delete them in the bucket.",
    exit: 3,
  },
  PLAN_MOVED: {
    meaning: "The tenant files or the resources changed after the plan was made. Nothing was applied.",
    next: "Make a new plan with `npx tenantry plan --stack <stack> --out <file>`, review it, and apply it.",
  },
  POLICY_BROKEN: {
    meaning: "A tenant breaks a mandatory policy. Nothing was called at any vendor.",
    next: "Correct the named fields; docs/policies.md explains each policy and how to change its level.",
  },
  BASE_UNKNOWN: {
    meaning: "git cannot tell what changed since the given base.",
    next: "Fetch the base with its history: `git fetch origin <branch>`, in a workflow `fetch-depth: 0` at the checkout.",
  },
});
