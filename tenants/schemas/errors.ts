import { errorKinds } from "../../errors/tenantry-error.ts";

/** Errors of the schemas of tenants' databases, by code. */
export const schemaErrors = errorKinds({
  SCHEMA_FILE_CHANGED: {
    meaning:
      "A migration file changed after a database ran it. Nothing was run, because databases would differ under one number.",
    next: "Restore the file from git, and write the change into a new migration.",
  },
  SCHEMA_UNKNOWN_MIGRATION: {
    meaning: "A database ran a migration that the folder does not have, from another commit. Nothing was run.",
    next: "Update this checkout; `npx tenantry schema status` names the commit of the migration.",
  },
  SCHEMA_NO_WAY_BACK: {
    meaning:
      "A database ran more migrations than its tenant's file declares, and one of them has no `.down.sql`. Nothing was run.",
    next: "Declare the version that it has; an older app works with a schema that only has additions (docs/schemas.md). Or write the `.down.sql`.",
  },
  SCHEMA_LEDGER_DAMAGED: {
    meaning: "The ledger `_tenantry_migrations` of a database has a gap, because somebody edited it. Nothing was run.",
    next: "Compare it with the tables, and correct it by hand.",
  },
  SCHEMA_MIGRATION_FAILED: {
    meaning: "A migration failed on a database. Its transaction was rolled back, so the database is unchanged.",
    next: "Correct the data or the migration, then run the same command again to continue.",
  },
  SCHEMA_MIGRATOR_FAILED: {
    meaning:
      "The app's migrator failed, and may have changed the database. With `schema-first` the tenant's machine is unchanged.",
    next: "Read its output above, correct it or the data, then run the same command again. The migrator starts from the beginning.",
  },
  SCHEMA_MIGRATOR_RECORD: {
    meaning: "The app's migrator cannot run, because machines of this embedded cloud are records.",
    next: "docs/machines.md explains how to run machines and register an image. Or set `database: { schema: { version: 0 } }` for this stack's tenants, which runs nothing.",
  },
  SCHEMA_MIGRATOR_IMPORT: {
    meaning: "A migrator cannot be imported, because only the original state holds its inputs.",
    next: "Omit it from the import. The next `up` runs the migrator.",
  },
  SCHEMA_NOT_ANSWERED: {
    meaning:
      "A database did not answer during a migration. The migration was committed completely or not at all; the ledger shows which.",
    next: "Run the same command again. It reads the ledger and continues.",
  },
  SCHEMA_REHEARSAL_FAILED: {
    meaning:
      "A migration or the app's migrator failed or lost rows on a clone of a tenant's database. No real database was changed, and the clones are deleted.",
    next: "Change the migration, which no database has run yet, or pin the named tenants to their version (docs/schemas.md). Then run the same command again.",
  },
  SCHEMA_HALTED: {
    meaning: "Migrations failed on too many databases in this run, so this one was not changed.",
    next: "Fix the errors of the others first, then run the same command again.",
  },
  SCHEMA_FILES_MOVED: {
    meaning: "The migrations changed after the plan was made. Nothing was run.",
    next: "Make a new plan and review it.",
  },
  SCHEMA_DATABASE_GONE: {
    meaning: "The database is gone, or another database has its name. Nothing was run.",
    next: "Check with `npx tenantry drift`, then run `npx tenantry up`.",
  },
  SCHEMA_IMAGE_FIRST: {
    meaning:
      "The tenant's image must change before its schema (`order: image-first`), and its machine does not have the new image yet. Nothing was run.",
    next: "Run `npx tenantry up <tenant>`: it changes the image first, then the schema.",
  },
});
