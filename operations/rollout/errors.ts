import { errorKinds } from "../../errors/tenantry-error.ts";

/** Errors of bringing a change through a fleet in rings, by code. */
export const rolloutErrors = errorKinds({
  ROLLOUT_UNDER_WAY: {
    meaning: "The rollout is already started in this stack, or another one changes the same setting there.",
    next: "`npx tenantry rollout status` shows the progress; `npx tenantry rollout next <name>` continues.",
  },
  ROLLOUT_NOT_STARTED: {
    meaning: "The rollout is not started in this stack, or it is finished there.",
    next: "Start it with `npx tenantry rollout start <name> --stack <stack>`.",
  },
  ROLLOUT_NOBODY: {
    meaning: "The rollout has no tenants in this stack. Nothing was written.",
    next: "Run `npx tenantry rollout start <name> --dry-run` to see the excluded tenants, and correct `for`, `hold` or `ownValues`.",
  },
  ROLLOUT_CHANGED: {
    meaning: "The `change` of the rollout was edited after the start, so its rings would get different values.",
    next: "Restore its `change`. For another value, finish or revert this rollout, then write a new one.",
  },
  ROLLOUT_HALTED: {
    meaning: "The rollout is halted, by a person or because too many tenants failed (`halt`).",
    next: "`npx tenantry rollout back <name>` returns the tenants that failed. After you fix the cause, `npx tenantry rollout start <name>` continues.",
  },
  ROLLOUT_GATE_OPEN: {
    meaning:
      "The gates of the last ring have not passed yet, so the next ring does not start. No tenant file was changed.",
    next: "Follow the lines above, or wait, and run the same command again.",
    exit: 2,
  },
  ROLLOUT_OPEN: {
    meaning: "The rollout is not complete, so its value cannot move into the plan. Nothing was written.",
    next: "Complete it with `npx tenantry rollout next <name>` in each named stack, or hold the tenants that keep their value.",
  },
  ROLLOUT_NOT_ITS_TENANT: {
    meaning: "The named tenant or ring is not changed by this rollout.",
    next: "`npx tenantry rollout status <name>` shows its rings and their tenants.",
  },
  ROLLOUT_BUSY: {
    meaning: "Another `tenantry rollout` is writing files in this project right now. Nothing was written.",
    next: "Run the same command again when it ends.",
  },
});
