import { errorKinds } from "../../errors/tenantry-error.ts";

/** Errors of the resource types of Turso, by code. */
export const tursoErrors = errorKinds({
  TURSO_NAME_TAKEN: {
    meaning: "A Turso database of this name exists already, and the tenant's claim does not say that it is ours.",
    next: "Choose another prefix or tenant id; or, if the database is yours, take it over on purpose with `pulumi import`.",
  },
  TURSO_OTHER_GROUP: {
    meaning: "Our own database exists already, but in another group. Turso cannot move a database between groups.",
    next: "Set the tenant's region back, or export the database and delete it in two steps before it is made anew.",
  },
  TURSO_GROUP_TAKEN: {
    meaning: "A Turso group of this name exists already in another location. Turso cannot move a group.",
    next: "Name an existing group with `tenantry:tursoGroup`, or choose another prefix.",
  },
  TURSO_GROUP_NOT_EMPTY: {
    meaning: "A Turso group still has databases in it; deleting it would take them along, so it is not deleted.",
    next: "Delete these databases at Turso if nobody needs them, and run `up` again; a tenant in that location keeps the group.",
  },
  TURSO_DELETE_PROTECTED: {
    meaning: "A Turso database or group is protected from deletion.",
    next: "Two steps, in this order: set its deleteProtection to false and apply that; then delete it.",
  },
  TURSO_DATABASE_GONE: {
    meaning:
      "The Turso database that the state file knows is gone: deleted, or deleted and made anew, outside tenantry.",
    next: "Look at what is there now, then run `pulumi refresh` to accept it into the state.",
  },
  TURSO_NO_SIZE_LIMIT: {
    meaning:
      "Turso refuses a size limit for this database: only databases of its older platform can have one. All other settings were applied.",
    next: "Remove `database.sizeLimit` from the tenant file, and from the plan if it is there, then run `up` again.",
  },
  TURSO_WRONG_ENGINE: {
    meaning:
      "Turso gave this database its TursoDB engine, which lacks what libSQL has, FTS5 for one. All settings were applied.",
    next: "Ask Turso for libSQL databases in this organisation. A database cannot change its engine: copy what is in it, end the tenant in two steps (state offboarding, then purged) and make it anew; meanwhile its app runs without FTS5.",
  },
  TURSO_ROTATES_GROUP: {
    meaning:
      "Turso can revoke this database's tokens only together with those of all databases of its group. None is revoked; all other settings were applied.",
    next: "Set rotation.epoch back; or revoke them all with `turso group tokens invalidate GROUP` and run `up` at once, which mints new ones for every tenant of the group.",
  },
  TURSO_TOKEN_IMPORT: {
    meaning: "A Turso database token cannot be imported: Turso never shows a token again and lists none.",
    next: "Leave the token out of the import: the next `up` mints a new one. Raise rotation.epoch to revoke all older ones.",
  },
  TURSO_TOKEN_OTHER_DATABASE: {
    meaning: "The database was made anew while a token for it was minted, so the token would open another database.",
    next: "Run `pulumi refresh`, look at what changed, then run the same command again.",
  },
  TURSO_NAME_INVALID: {
    meaning: "This is no name that a Turso database or group can have.",
    next: "Use 1 to 62 characters a-z, 0-9 and -, as `turso db list` shows them.",
  },
  TURSO_QUERY_REFUSED: {
    meaning: "A database refused a statement that tenantry asked it.",
    next: "Read the database's own words above; `npx tenantry doctor` tells whether Turso can be reached with your token.",
  },
  TURSO_ANSWER: {
    meaning: "Turso answered something that tenantry does not understand.",
    next: "Look for a newer tenantry, or report the fields named above.",
  },
});
