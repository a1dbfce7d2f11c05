import { errorKinds } from "../../errors/tenantry-error.ts";

/** Errors of plans and of applying a reviewed one, by code. */
export const reviewErrors = errorKinds({
  PLAN_UNREADABLE: {
    meaning: "The file is no plan of this version of tenantry, or it was changed after it was written.",
    next: "Make it anew: `npx tenantry plan --stack <stack> --out <file>`.",
  },
  PLAN_OTHER_STACK: {
    meaning: "The plan was made for another stack.",
    next: "Name its stack with `--stack`, or make a plan of this one.",
  },
  PLAN_NOT_APPLICABLE: {
    meaning: "The plan has errors, so it is not known what it would do. Nothing is applied.",
    next: "Fix what the plan names; `npx tenantry plan` shows it anew.",
  },
  DESTROY_UNDECLARED: {
    meaning: "The plan destroys data that no tenant file gives up. Nothing is applied, and the exit code is 3.",
    next: "Take the change back. To end a tenant set `state: offboarding` and bring that up, then `state: purged`; a bucket with files in it is never deleted: `npx tenantry pull` brings them to you, then delete them in the bucket.",
    exit: 3,
  },
  PLAN_MOVED: {
    meaning: "What is declared or what exists is no longer as it was when the plan was made. Nothing was applied.",
    next: "Make the plan anew with `npx tenantry plan --stack <stack> --out <file>`, have it reviewed, and apply that one.",
  },
  POLICY_BROKEN: {
    meaning: "A tenant breaks a mandatory policy. Nothing was called at any vendor.",
    next: "Correct the named fields; docs/policies.md says what each policy demands and how to change its level.",
  },
  BASE_UNKNOWN: {
    meaning: "git cannot tell what changed since the given base.",
    next: "Fetch the base with its history: `git fetch origin <branch>`, in a workflow `fetch-depth: 0` at the checkout.",
  },
});
