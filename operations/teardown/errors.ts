import { errorKinds } from "../../errors/tenantry-error.ts";

/** Errors of `drop` and `destroy`, by code. */
export const teardownErrors = errorKinds({
  DROP_REFUSED: {
    meaning: "`drop` works only for a new tenant that was a mistake. Nothing was changed.",
    next: "End it in two steps: `state: offboarding`, then `state: purged` (docs/adding-a-tenant.md).",
  },
  DROP_HOLDS_DATA: {
    meaning: "The tenant holds data, so it is not dropped. The data was not changed.",
    next: "Check the data: `npx tenantry pull` downloads the files, and `npx tenantry env --show-secrets --out FILE` writes the database's credentials. Delete data that you do not need and run `drop` again, or end the tenant in two steps (docs/adding-a-tenant.md).",
  },
  DROP_BEGUN_ELSEWHERE: {
    meaning: "The state does not contain the tenant, but a vendor has a resource with its names.",
    next: "An interrupted run or a `clone` leaves such resources. Run `npx tenantry up` for this tenant, which adopts them, then `drop` again.",
  },
});
