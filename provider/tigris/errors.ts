import { errorKinds } from "../../errors/tenantry-error.ts";

/** Errors of the resource types of Tigris, by code. */
export const tigrisErrors = errorKinds({
  TIGRIS_NAME_TAKEN: {
    meaning:
      "A bucket of this name already exists and is not marked as this tenant's. Bucket names are global at Tigris.",
    next: "Choose another `tenantry:prefix` or tenant id; or, if the bucket is yours, import it with `pulumi import`.",
  },
  TIGRIS_NAME_RESERVED: {
    meaning: "The name belongs to a deleted bucket, and Tigris still reserves it.",
    next: "Restore the deleted bucket in the Tigris console and run the same command again, or wait until its retention (at most 90 days) is over, or choose another name.",
  },
  TIGRIS_BUCKET_NOT_EMPTY: {
    meaning:
      "A bucket still contains objects, so it was not deleted. tenantry empties a bucket only when an export lists all its objects.",
    next: "Set the tenant's file to `state: offboarding`, run `npx tenantry offboard <tenant> --export DIR`, apply that, then purge it. Or delete the objects on purpose with any S3 client, and run the same command again.",
  },
  TIGRIS_CONTENTS_CHANGED: {
    meaning:
      "A bucket contains other objects than its tenant's export lists. Nothing that was written after the export was deleted.",
    next: "Set the tenant's file back to `state: offboarding` and run `npx tenantry offboard <tenant> --export DIR`: it exports the new objects and updates the file. Apply that, then purge again.",
  },
  TIGRIS_NO_SNAPSHOTS: {
    meaning: "Snapshots are not enabled for the bucket, so none was taken.",
    next: "Set `storage: { snapshots: true }` in the tenant's file, run `npx tenantry up`, then the same command again.",
  },
  TIGRIS_DELETE_PROTECTED: {
    meaning: "A bucket is protected from deletion.",
    next: "First set `state: offboarding` in the tenant's file and apply it, then `state: purged`. In your own program: set the bucket's `deletable` to true and its deletionProtection to false, apply that, then delete it.",
  },
  TIGRIS_NOT_OURS: {
    meaning: "A bucket in the state carries another owner's mark, or belongs to another organisation now.",
    next: "Find its owner. If it belongs to this tenant, remove its tag tenantry-owner and run the same command again. Otherwise remove it from the state with `pulumi state delete`, which does not touch it.",
  },
  TIGRIS_BUCKET_GONE: {
    meaning: "A bucket in the state was deleted outside tenantry.",
    next: "Run `pulumi refresh` to accept that. The next `up` creates it again, unless Tigris still reserves the name.",
  },
  TIGRIS_SETTING_REFUSED: {
    meaning: "Tigris refused to change a setting of a bucket.",
    next: "Read Tigris' message above and set the named setting to an allowed value.",
  },
  TIGRIS_REFUSED: {
    meaning: "Tigris refused a change of a key or a policy.",
    next: "Read Tigris' message above and fix the cause. Nothing was changed. Then run the same command again.",
  },
  TIGRIS_POLICY_TAKEN: {
    meaning: "A policy for a key on this bucket already exists, but the bucket is not marked as this tenant's.",
    next: "Run `pulumi refresh`, find out who owns the bucket, then run the same command again.",
  },
  TIGRIS_KEY_IMPORT: {
    meaning: "A Tigris access key cannot be imported: Tigris shows its secret only at creation.",
    next: "Omit the key from the import. The next `up` creates a new one and revokes the tenant's old keys for the same purpose.",
  },
  TIGRIS_KEY_GONE: {
    meaning: "An access key in the state was deleted outside tenantry.",
    next: "Run `pulumi refresh` to accept that. The next `up` creates a new one.",
  },
  TIGRIS_KEY_DOUBTFUL: {
    meaning: "It is not clear from Tigris' answer whether an access key exists.",
    next: "Run the same command again. If the error stays, look for the key in the Tigris console.",
  },
  TIGRIS_ANSWER: {
    meaning: "tenantry does not understand an answer from Tigris.",
    next: "Update tenantry, or report the fields named above.",
  },
});
