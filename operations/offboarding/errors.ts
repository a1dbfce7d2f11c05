import { errorKinds } from "../../errors/tenantry-error.ts";

/** Errors of `tenantry offboard`, by code. */
export const offboardingErrors = errorKinds({
  OFFBOARD_HELD: {
    meaning: "The tenant is on hold: its data must be kept. No file was edited.",
    next: "When its data need not be kept any more, take `hold` out of its file, and run the same command again.",
  },
  OFFBOARD_NOT_APPLIED: {
    meaning: "The step before is in the tenant's file and was not applied yet. No file was edited.",
    next: "Commit the file and have it applied (`npx tenantry up <tenant>`), then run the same command again.",
  },
  OFFBOARD_NOT_PURGED: {
    meaning: "A new certificate was asked for of a tenant whose file does not say `state: purged`. No file was edited.",
    next: "Without `--certify`, `npx tenantry offboard <tenant>` does the tenant's next step.",
  },
  OFFBOARD_NO_EXPORT: {
    meaning: "The tenant has to be exported before its protections are lifted. No file was edited.",
    next: "Run `npx tenantry offboard <tenant> --export PLACE`, with a folder or an s3:// address where the export is kept.",
  },
  TENANT_ID_PURGED: {
    meaning:
      "A file declares a tenant whose id belonged to one that was purged. An id is used once: old backups, exports and certificates name it.",
    next: "Choose another id, and put the tombstone back: the purged tenant's file with `state: purged` and its manifest.",
  },
  PURGE_INCOMPLETE: {
    meaning: "A tenant was deleted, and something of it is still there, or an old credential still opens something.",
    next: "`npx tenantry offboard <tenant>` shows the certificate with what was found. Delete that at the vendor, then run `npx tenantry offboard <tenant> --certify` for a new one.",
  },
  OFFBOARD_TOO_EARLY: {
    meaning: "The day before which the tenant is not purged has not come. No file was edited.",
    next: "Wait for the day in `purgeAfter`; or, at the customer's word, give it as the reason: `--reason <text>`.",
  },
});
