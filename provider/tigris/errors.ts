import { errorKinds } from "../../errors/tenantry-error.ts";

/** Errors of the resource types of Tigris, by code. */
export const tigrisErrors = errorKinds({
  TIGRIS_NAME_TAKEN: {
    meaning:
      "A bucket of this name exists already and is not marked as this tenant's. Bucket names are global at Tigris.",
    next: "Choose another `tenantry:prefix` or tenant id; or, if the bucket is yours, take it over on purpose with `pulumi import`.",
  },
  TIGRIS_NAME_RESERVED: {
    meaning: "The bucket's name is reserved although no such bucket exists: Tigris keeps a deleted bucket's name.",
    next: "Restore the deleted bucket in the Tigris console and run the same command again, or wait until its retention (at most 90 days) is over, or choose another name.",
  },
  TIGRIS_BUCKET_NOT_EMPTY: {
    meaning:
      "A bucket still holds objects, so it was not deleted. tenantry empties a bucket only when an export lists all that it holds.",
    next: "Set the tenant's file to `state: offboarding`, run `npx tenantry offboard <tenant> --export DIR`, apply that, then purge it. Or delete the objects on purpose with any S3 client, and run the same command again.",
  },
  TIGRIS_CONTENTS_CHANGED: {
    meaning:
      "A bucket was to be emptied, but holds something else than its tenant's export lists. Nothing that was written since the export was deleted.",
    next: "Set the tenant's file back to `state: offboarding` and run `npx tenantry offboard <tenant> --export DIR`: it exports what is new, and writes what the bucket holds now into the file. Apply that, then purge again.",
  },
  TIGRIS_NO_SNAPSHOTS: {
    meaning:
      "The bucket keeps no snapshots, so none was taken. Tigris takes them only of buckets that have them enabled.",
    next: "Set `storage: { snapshots: true }` in the tenant's file, run `npx tenantry up`, then the same command again.",
  },
  TIGRIS_DELETE_PROTECTED: {
    meaning: "A bucket is protected from deletion.",
    next: "Two steps, in this order: give the tenant up in its file (`state: offboarding`) and apply that; then `state: purged`. In a program of your own: set the bucket's `deletable` to true and its deletionProtection to false, apply that, then delete it.",
  },
  TIGRIS_NOT_OURS: {
    meaning:
      "A bucket that the state file knows is marked as somebody else's, or belongs to another organisation by now.",
    next: "Find out who has it. If it is meant to be this tenant's, remove its tag tenantry-owner and run the same command again; else `pulumi state delete` forgets it without touching it.",
  },
  TIGRIS_BUCKET_GONE: {
    meaning: "A bucket that the state file knows is gone: it was deleted outside tenantry.",
    next: "Run `pulumi refresh` to accept that; the next `up` then makes it anew, unless Tigris still reserves the name.",
  },
  TIGRIS_SETTING_REFUSED: {
    meaning: "Tigris refused to change a setting of a bucket.",
    next: "Read Tigris' words above and set the named setting to what it allows.",
  },
  TIGRIS_REFUSED: {
    meaning: "Tigris refused a change of a key or a policy, in an answer that otherwise looks like a success.",
    next: "Read Tigris' words above. Nothing was changed: run the same command again when what they name is put right.",
  },
  TIGRIS_POLICY_TAKEN: {
    meaning: "A policy for a key on this bucket exists already, but the bucket is not marked as this tenant's.",
    next: "Run `pulumi refresh` and settle whose bucket it is; then run the same command again.",
  },
  TIGRIS_KEY_IMPORT: {
    meaning: "A Tigris access key cannot be imported: its secret is shown only once, when the key is made.",
    next: "Leave the key out of the import: the next `up` mints a new one and revokes the old ones of the same tenant and purpose.",
  },
  TIGRIS_KEY_GONE: {
    meaning: "An access key that the state file knows is gone: it was deleted outside tenantry.",
    next: "Run `pulumi refresh` to accept that; the next `up` then mints a new one.",
  },
  TIGRIS_KEY_DOUBTFUL: {
    meaning: "Tigris did not clearly say whether an access key exists.",
    next: "Run the same command again; if it stays, look for the key in the Tigris console.",
  },
  TIGRIS_ANSWER: {
    meaning: "Tigris answered something that tenantry does not understand.",
    next: "Look for a newer tenantry, or report the fields named above.",
  },
});
