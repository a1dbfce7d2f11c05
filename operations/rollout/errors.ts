import { errorKinds } from "../../errors/tenantry-error.ts";

/** Errors of bringing a change through a fleet in rings, by code. */
export const rolloutErrors = errorKinds({
  ROLLOUT_UNDER_WAY: {
    meaning: "The rollout was started in this stack already, or another one changes the same setting there.",
    next: "`npx tenantry rollout status` shows how far each is; `npx tenantry rollout next <name>` goes on.",
  },
  ROLLOUT_NOT_STARTED: {
    meaning: "The rollout was not started in this stack, or it is finished there.",
    next: "Start it with `npx tenantry rollout start <name> --stack <stack>`.",
  },
  ROLLOUT_NOBODY: {
    meaning: "The rollout has nobody to go to in this stack. Nothing was written.",
    next: "Look at whom it leaves out with `npx tenantry rollout start <name> --dry-run`, and correct its `for`, `hold` or `ownValues`.",
  },
  ROLLOUT_CHANGED: {
    meaning: "What the rollout changes is not what it was when it began. Its rings would not all get the same.",
    next: "Put its `change` back as it was. For another value finish this one or take it back, then write a rollout of another name.",
  },
  ROLLOUT_HALTED: {
    meaning: "The rollout is halted: by somebody, or because as many tenants failed as its `halt` allows.",
    next: "`npx tenantry rollout back <name>` returns the tenants that failed. When the cause is fixed, `npx tenantry rollout start <name>` goes on.",
  },
  ROLLOUT_GATE_OPEN: {
    meaning:
      "The last ring is not through its gates yet, so the next one is not begun. Nothing was written to a tenant's file.",
    next: "Do what the lines above say, or wait, and run the same command again.",
    exit: 2,
  },
  ROLLOUT_OPEN: {
    meaning: "The rollout is not through, so its value cannot move into the plan. Nothing was written.",
    next: "Bring it through with `npx tenantry rollout next <name>` in each stack that is named, or hold the tenants that are to stay.",
  },
  ROLLOUT_NOT_ITS_TENANT: {
    meaning: "The tenant or ring that was named has nothing from this rollout.",
    next: "`npx tenantry rollout status <name>` shows its rings and who is in them.",
  },
  ROLLOUT_BUSY: {
    meaning: "Another `tenantry rollout` is writing files in this project right now. Nothing was written.",
    next: "Run the same command again when it has ended.",
  },
});
