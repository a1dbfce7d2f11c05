import { errorKinds } from "../../errors/tenantry-error.ts";

/** Errors of snapshots, restores and clones, by code. */
export const snapshotErrors = errorKinds({
  SNAPSHOT_UNKNOWN: {
    meaning: "The history knows no snapshot of this tenant at or before that time. Nothing was changed.",
    next: "`npx tenantry snapshot <tenant> --list` lists them; name one by its time.",
  },
  SNAPSHOT_FILES_BUSY: {
    meaning:
      "The tenant's machine could not upload in time what its app has written, so that files and rows would not be of one instant. Nothing was taken; the database takes writes again.",
    next: "Try again when the app writes less, or suspend the tenant first.",
  },
  SNAPSHOT_STILL_FENCED: {
    meaning: "The database could not be told to take writes again after a snapshot: the app's writes are refused.",
    next: "Run `npx tenantry up <tenant>` at once: it sets the database as the tenant's file has it.",
  },
  VERIFY_SCRATCH_TAKEN: {
    meaning:
      "Something that `verify --restore` has not made has the name under which it restores for a test. Nothing was changed.",
    next: "Look whose it is; rename or delete it, then run the command again.",
  },
  VERIFY_SCRATCH_LEFT: {
    meaning:
      "The bucket into which `verify --restore` has restored could not be deleted. The tenant is as it was; but its own bucket cannot be deleted as long as this one exists.",
    next: "Run the same command again: it deletes what was left first.",
  },
  RESTORE_NO_SUCH_TABLE: {
    meaning: "A table of `--tables` is neither in the snapshot nor in the tenant's database. Nothing was changed.",
    next: "`npx tenantry restore <tenant> --at <time> --dry-run` names the tables.",
  },
  RESTORE_TOO_OLD: {
    meaning:
      "Turso does not make the database as of that time: how far back it can depends on the plan (24 hours on Free; 10, 30 or 90 days). Nothing was changed.",
    next: "Name a younger snapshot, or a tenant's export (docs/handing-over.md).",
  },
  RESTORE_DATABASE_REPLACED: {
    meaning:
      "The tenant's database is another than the one that the snapshot was taken of: Turso has no history of that one.",
    next: "Name a snapshot that was taken after the database was replaced.",
  },
  RESTORE_NOT_SUSPENDED: {
    meaning:
      "Only a tenant that is suspended, and of which that is applied, can be switched to a snapshot: nobody may write meanwhile. Nothing was changed.",
    next: "Run `npx tenantry suspend <tenant> --apply` first. Without `--switch`, `restore` brings back what is gone while the tenant runs.",
  },
  RESTORE_HELD: {
    meaning: "The tenant is on hold: nothing of it may be removed, and a switch removes what came after the snapshot.",
    next: "Take `hold` out of the tenant's file when the reason for it is gone; or `clone` the tenant at that snapshot.",
  },
  RESTORE_UNFINISHED: {
    meaning:
      "A switch of the tenant to a snapshot has begun and has not ended: it is partly as it was then and partly as it was before.",
    next: "Run the `restore --at <time> --switch` that the message names again, or the one that takes it back.",
  },
  RESTORE_NOT_EQUAL: {
    meaning: "The tenant's database is not what the snapshot holds, although it was made anew from it.",
    next: "Run the same command again; the tenant stays suspended until it ends well.",
  },
  RESTORE_STILL_OPEN: {
    meaning:
      "The database of the suspended tenant could not be told to answer nobody again after a switch. No token of before opens it.",
    next: "Run `npx tenantry up <tenant>` at once: it sets the database as the tenant's file has it.",
  },
  CLONE_EXISTS: {
    meaning: "There is a tenant, a bucket or a database of the clone's name already. Nothing was changed.",
    next: "Choose another id for the clone.",
  },
  CLONE_SCRUB_FAILED: {
    meaning:
      "A statement of the scrub file failed. The copy that it was tried on was deleted; no tenant file was written and nobody has a key.",
    next: "Correct the file and run the same command again: it goes on with the bucket that it has made.",
  },
});
