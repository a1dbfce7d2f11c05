import { errorKinds } from "../../errors/tenantry-error.ts";

/** Errors of `tenantry offboard`, by code. */
export const offboardingErrors = errorKinds({
  OFFBOARD_HELD: {
    meaning: "The tenant is on hold: its data must be kept. No file was edited.",
    next: "When the data may be deleted, remove `hold` from the file and run the same command again.",
  },
  OFFBOARD_NOT_APPLIED: {
    meaning: "The previous step is in the tenant's file but is not applied yet. No file was edited.",
    next: "Commit the file and apply it (`npx tenantry up <tenant>`), then run the same command again.",
  },
  OFFBOARD_NOT_PURGED: {
    meaning: "`--certify` needs a tenant with `state: purged`. No file was edited.",
    next: "Run `npx tenantry offboard <tenant>` without `--certify` for the tenant's next step.",
  },
  OFFBOARD_NO_EXPORT: {
    meaning: "The tenant needs an export before its protections are removed. No file was edited.",
    next: "Run `npx tenantry offboard <tenant> --export PLACE`, with a folder or an s3:// address for the export.",
  },
  TENANT_ID_PURGED: {
    meaning:
      "A file declares a tenant with the id of a purged tenant. An id is used only once, because backups, exports and certificates contain it.",
    next: "Choose another id, and restore the purged tenant's file with `state: purged` and its manifest.",
  },
  PURGE_INCOMPLETE: {
    meaning: "A tenant was deleted, but a resource of it still exists, or an old credential still works.",
    next: "`npx tenantry offboard <tenant>` shows the certificate with the findings. Delete them at the vendor, then run `npx tenantry offboard <tenant> --certify`.",
  },
  OFFBOARD_TOO_EARLY: {
    meaning: "The retention of the tenant's data has not ended. No file was edited.",
    next: "Wait until the day in `purgeAfter`. If the customer asks for an earlier deletion, give it as the reason: `--reason <text>`.",
  },
});
