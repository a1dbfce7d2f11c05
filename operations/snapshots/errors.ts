import { errorKinds } from "../../errors/tenantry-error.ts";

/** Errors of snapshots, restores and clones, by code. */
export const snapshotErrors = errorKinds({
  SNAPSHOT_UNKNOWN: {
    meaning: "The history has no snapshot of this tenant at or before that time. Nothing was changed.",
    next: "`npx tenantry snapshot <tenant> --list` lists them; name one by its time.",
  },
  SNAPSHOT_FILES_BUSY: {
    meaning:
      "The tenant's machine could not upload the app's files in time, so files and rows would not match. No snapshot was taken, and the database accepts writes again.",
    next: "Try again when the app writes less, or suspend the tenant first.",
  },
  SNAPSHOT_STILL_FENCED: {
    meaning: "The database still refuses the app's writes after a snapshot.",
    next: "Run `npx tenantry up <tenant>` at once. It restores the database's settings.",
  },
  VERIFY_SCRATCH_TAKEN: {
    meaning: "Another resource has the name that the test restore needs. Nothing was changed.",
    next: "Find its owner, rename or delete it, then run the command again.",
  },
  VERIFY_SCRATCH_LEFT: {
    meaning:
      "The bucket of the test restore could not be deleted. The tenant is unchanged, but its own bucket cannot be deleted while this one exists.",
    next: "Run the same command again. It first deletes the remains.",
  },
  RESTORE_NO_SUCH_TABLE: {
    meaning: "A table of `--tables` is neither in the snapshot nor in the tenant's database. Nothing was changed.",
    next: "`npx tenantry restore <tenant> --at <time> --dry-run` names the tables.",
  },
  RESTORE_TOO_OLD: {
    meaning:
      "Turso cannot restore the database to that time. The limit depends on the plan (24 hours on Free; 10, 30 or 90 days). Nothing was changed.",
    next: "Use a newer snapshot, or an export of the tenant (docs/handing-over.md).",
  },
  RESTORE_DATABASE_REPLACED: {
    meaning: "The snapshot was taken of an earlier database of the tenant, and Turso has no history of that one.",
    next: "Use a snapshot from after the replacement of the database.",
  },
  RESTORE_NOT_SUSPENDED: {
    meaning: "`--switch` needs a suspended tenant, so that nobody writes. Nothing was changed.",
    next: "Run `npx tenantry suspend <tenant> --apply` first. Without `--switch`, `restore` brings back missing data while the tenant runs.",
  },
  RESTORE_HELD: {
    meaning: "The tenant is on hold, and a switch would remove data written after the snapshot.",
    next: "Remove `hold` from the tenant's file when its reason ends, or `clone` the tenant at that snapshot.",
  },
  RESTORE_UNFINISHED: {
    meaning: "A switch of the tenant to a snapshot is unfinished, so its data is mixed.",
    next: "Run the `restore --at <time> --switch` of the message again, or the command that reverses it.",
  },
  RESTORE_NOT_EQUAL: {
    meaning: "The restored database differs from the snapshot.",
    next: "Run the same command again. The tenant stays suspended until it succeeds.",
  },
  RESTORE_STILL_OPEN: {
    meaning:
      "The database of the suspended tenant could not be blocked again after a switch. Old tokens do not open it.",
    next: "Run `npx tenantry up <tenant>` at once. It restores the database's settings.",
  },
  CLONE_EXISTS: {
    meaning: "A tenant, a bucket or a database with the clone's name already exists. Nothing was changed.",
    next: "Choose another id for the clone.",
  },
  CLONE_SCRUB_FAILED: {
    meaning:
      "A statement of the scrub file failed. The copy was deleted. No tenant file was written, and nobody has a key.",
    next: "Correct the file and run the same command again. It continues with the same bucket.",
  },
});
