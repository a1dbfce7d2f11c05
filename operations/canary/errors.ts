import { errorKinds } from "../../errors/tenantry-error.ts";

/** Errors of `doctor --canary`, by code. */
export const canaryErrors = errorKinds({
  CANARY_NOT_AGREED: {
    meaning: "A canary makes things at the vendors, and nobody at a terminal has agreed to that.",
    next: "Read what it makes, then run the command again with `--yes`.",
  },
});
