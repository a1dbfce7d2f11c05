import { errorKinds } from "../../errors/tenantry-error.ts";

/** Errors of `verify`, by code. */
export const verifyErrors = errorKinds({
  VERIFY_NOT_AGREED: {
    meaning: "On a real account `verify` makes requests that cost money, and there is no terminal to ask at.",
    next: "Read what it does, then run the command again with `--yes`.",
  },
  VERIFY_TOO_FEW: {
    meaning: "Isolation is between tenants, and the stack has fewer than two that are active.",
    next: "Add a tenant with `npx tenantry new` and run `npx tenantry up`.",
  },
});
