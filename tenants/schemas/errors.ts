import { errorKinds } from "../../errors/tenantry-error.ts";

/** Errors of the schemas of tenants' databases, by code. */
export const schemaErrors = errorKinds({
  SCHEMA_FILE_CHANGED: {
    meaning:
      "A migration that a database has had is not the file that is there now. Nothing was run: databases would differ under one number.",
    next: "Bring the file back as it was (git has it), and write what is to change into a new migration.",
  },
  SCHEMA_UNKNOWN_MIGRATION: {
    meaning:
      "A database has had a migration that the folder does not have: it was brought forward from another commit. Nothing was run.",
    next: "Bring this checkout up to date; `npx tenantry schema status` names the commit that the migration came from.",
  },
  SCHEMA_NO_WAY_BACK: {
    meaning:
      "A database has had more migrations than its tenant's file declares, and one of them has no `.down.sql`. Nothing was run.",
    next: "Declare the version that it has: an app of before runs with a schema that was only added to (docs/schemas.md). Or write the `.down.sql`.",
  },
  SCHEMA_LEDGER_DAMAGED: {
    meaning: "The ledger in a database, `_tenantry_migrations`, has a gap: somebody has edited it. Nothing was run.",
    next: "Look at its lines and at the tables, and put the ledger right by hand.",
  },
  SCHEMA_MIGRATION_FAILED: {
    meaning:
      "A migration failed on a database. Its transaction was rolled back, ledger line and all: the database is as it was before it.",
    next: "Correct the data or write a migration that copes with it, then run the same command again: it goes on where it stopped.",
  },
  SCHEMA_MIGRATOR_FAILED: {
    meaning:
      "The app's own migrator did not end with 0. What it did to the database is its own matter; with `schema-first` the tenant's machine is as it was.",
    next: "Read what it said above, correct it or the data, then run the same command again: it is run again, from its beginning.",
  },
  SCHEMA_MIGRATOR_RECORD: {
    meaning:
      "The app's own migrator cannot be run: machines of this embedded cloud are records, and nothing runs in them.",
    next: "See in docs/machines.md how machines run here and how an image is registered; or set `database: { schema: { version: 0 } }` for this stack's tenants, which runs nothing.",
  },
  SCHEMA_MIGRATOR_IMPORT: {
    meaning: "A migrator cannot be imported: what it was run with is known only to the state that it was run from.",
    next: "Leave it out of the import: the next `up` runs the migrator.",
  },
  SCHEMA_NOT_ANSWERED: {
    meaning:
      "A database did not answer while a migration ran on it. It was committed wholly or not at all; the ledger tells which.",
    next: "Run the same command again: it reads the ledger and goes on.",
  },
  SCHEMA_REHEARSAL_FAILED: {
    meaning:
      "A migration or the app's own migrator failed on a clone of a tenant's database, or lost rows there. No living database was touched; the clones are deleted.",
    next: "Change the migration, which no database has had yet, or pin the named tenants to the version they have (docs/schemas.md); then run the same command again.",
  },
  SCHEMA_HALTED: {
    meaning: "Migrations failed on too many databases in this run, so this one was left as it is.",
    next: "Look at the errors of the others first; then run the same command again.",
  },
  SCHEMA_FILES_MOVED: {
    meaning: "The migrations are not those that the plan was made with. Nothing was run.",
    next: "Make the plan again and look at it.",
  },
  SCHEMA_DATABASE_GONE: {
    meaning: "The database is gone, or another one has its name. Nothing was run.",
    next: "Run `npx tenantry drift` to see what is there, then `npx tenantry up`.",
  },
  SCHEMA_IMAGE_FIRST: {
    meaning:
      "The tenant's image goes before its schema (`order: image-first`), and its machine does not have the declared image yet. Nothing was run for it.",
    next: "Run `npx tenantry up <tenant>`: it changes the image first, then the schema.",
  },
});
