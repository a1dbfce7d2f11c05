import { errorKinds } from "../../errors/tenantry-error.ts";

/** Errors of `doctor --canary`, by code. */
export const canaryErrors = errorKinds({
  CANARY_NOT_AGREED: {
    meaning: "A canary creates resources at the vendors, and there is no terminal to ask at.",
    next: "Read what it creates, then run the command again with `--yes`.",
  },
});
