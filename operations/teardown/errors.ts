import { errorKinds } from "../../errors/tenantry-error.ts";

/** Errors of `drop` and `destroy`, by code. */
export const teardownErrors = errorKinds({
  DROP_REFUSED: {
    meaning: "`drop` is for a new tenant that was a mistake; this one is something else. Nothing was touched.",
    next: "Let it go in two steps: `state: offboarding`, then `state: purged` (docs/adding-a-tenant.md).",
  },
  DROP_HOLDS_DATA: {
    meaning: "The tenant holds data, so it is not dropped. None of the data was touched.",
    next: "Look at it: `npx tenantry pull` brings the files, `npx tenantry env --show-secrets --out FILE` how to reach the database. Delete it yourself where it is nothing to keep, and run `drop` again; else let the tenant go in two steps (docs/adding-a-tenant.md).",
  },
  DROP_BEGUN_ELSEWHERE: {
    meaning: "The state knows nothing of the tenant, and something under its names exists at a vendor.",
    next: "An interrupted run or a `clone` leaves that: run `npx tenantry up` for this tenant, which takes over what is its own, then `drop` again.",
  },
});
