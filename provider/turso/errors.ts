import { errorKinds } from "../../errors/tenantry-error.ts";

/** Errors of the resource types of Turso, by code. */
export const tursoErrors = errorKinds({
  TURSO_NAME_TAKEN: {
    meaning: "A Turso database of this name already exists and is not marked as this tenant's.",
    next: "Choose another prefix or tenant id; or, if the database is yours, import it with `pulumi import`.",
  },
  TURSO_OTHER_GROUP: {
    meaning: "The tenant's database already exists in another group. Turso cannot move a database between groups.",
    next: "Restore the tenant's region, or export the database and delete it in two steps first.",
  },
  TURSO_GROUP_TAKEN: {
    meaning: "A Turso group of this name already exists in another location. Turso cannot move a group.",
    next: "Name an existing group with `tenantry:tursoGroup`, or choose another prefix.",
  },
  TURSO_GROUP_NOT_EMPTY: {
    meaning: "A Turso group still has databases. Deleting it would delete them, so it is kept.",
    next: "Delete these databases at Turso if nobody needs them, and run `up` again. A tenant in that location keeps the group.",
  },
  TURSO_DELETE_PROTECTED: {
    meaning: "A Turso database or group is protected from deletion.",
    next: "First set its deleteProtection to false and apply that, then delete it.",
  },
  TURSO_DATABASE_GONE: {
    meaning: "The Turso database in the state was deleted or recreated outside tenantry.",
    next: "Check what exists now, then run `pulumi refresh` to accept it into the state.",
  },
  TURSO_NO_SIZE_LIMIT: {
    meaning:
      "Turso refuses a size limit for this database: only databases of its older platform can have one. All other settings were applied.",
    next: "Remove `database.sizeLimit` from the tenant file, and from the plan if it is there, then run `up` again.",
  },
  TURSO_WRONG_ENGINE: {
    meaning:
      "Turso gave this database its TursoDB engine, which lacks features of libSQL such as FTS5. All settings were applied.",
    next: "Ask Turso for libSQL databases in this organisation. A database cannot change its engine. Copy its data, end the tenant in two steps (state offboarding, then purged) and create it again. Until then its app runs without FTS5.",
  },
  TURSO_ROTATES_GROUP: {
    meaning:
      "Turso can revoke this database's tokens only together with those of all databases of its group. None is revoked; all other settings were applied.",
    next: "Restore rotation.epoch. Or revoke all tokens with `turso group tokens invalidate GROUP` and run `up` at once, which creates new ones for every tenant of the group.",
  },
  TURSO_TOKEN_IMPORT: {
    meaning: "A Turso database token cannot be imported: Turso never shows a token again and lists none.",
    next: "Omit the token from the import. The next `up` creates a new one. Raise rotation.epoch to revoke all older ones.",
  },
  TURSO_TOKEN_OTHER_DATABASE: {
    meaning: "The database was recreated while its token was created, so the token would open another database.",
    next: "Run `pulumi refresh`, check the changes, then run the same command again.",
  },
  TURSO_NAME_INVALID: {
    meaning: "This is not a valid name for a Turso database or group.",
    next: "Use 1 to 62 characters a-z, 0-9 and -, as `turso db list` shows them.",
  },
  TURSO_QUERY_REFUSED: {
    meaning: "A database refused a statement of tenantry.",
    next: "Read the database's message above. `npx tenantry doctor` checks whether Turso accepts your token.",
  },
  TURSO_ANSWER: {
    meaning: "tenantry does not understand an answer from Turso.",
    next: "Update tenantry, or report the fields named above.",
  },
});
