import { errorKinds } from "../errors/tenantry-error.ts";

/** Errors of a project's own policies, by code. */
export const policyErrors = errorKinds({
  POLICIES_UNREADABLE: {
    meaning: "The project's policies.ts cannot be used.",
    next: "Correct the file: it exports `policies`, a list as docs/policies.md describes.",
  },
});
