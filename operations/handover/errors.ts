import { errorKinds } from "../../errors/tenantry-error.ts";

export const handoverErrors = errorKinds({
  EXPORT_NO_BUCKET: {
    meaning: "Only files in a Tigris bucket can be exported. This tenant's files are elsewhere. Nothing was written.",
    next: "Give the tenant a bucket first (docs/backends.md, section Moving a tenant), or copy its files by `npx tenantry exec`.",
  },
  EXPORT_FOLDER_IN_USE: {
    meaning: "The folder or prefix contains something other than an export of this tenant. Nothing was written.",
    next: "Name an empty folder, one that does not exist yet, or another prefix.",
  },
  EXPORT_INTO_TENANT: {
    meaning: "The bucket for the export belongs to a tenant. Nothing was written.",
    next: "Name a bucket of your team that no tenant has a key for.",
  },
  EXPORT_BUCKET_FAILED: {
    meaning: "The bucket of the export refuses a call, or its credentials were not found.",
    next: "Try the same with `aws s3 ls`: credentials come from AWS_ACCESS_KEY_ID or a profile of `~/.aws`, the address from --endpoint. Then run the same command again: it goes on where it stopped.",
  },
  EXPORT_NO_VERSIONS: {
    meaning: "The tenant's bucket keeps no older versions: only one with snapshots does. Nothing was written.",
    next: "Export without --versions. To keep versions from now on, set `storage: { snapshots: true }` in the tenant's file.",
  },
  EXPORT_OF_ANOTHER: {
    meaning: "The folder holds the export of another tenant. It was not checked.",
    next: "Name the tenant of this export, or the folder of this tenant's export.",
  },
  EXPORT_COPY_NAME_TAKEN: {
    meaning: "Another database has the name that the temporary copy needs.",
    next: "Check the named database at Turso, and delete or rename it if it is yours.",
  },
  EXPORT_UNREADABLE: {
    meaning: "There is no readable export in this place: its manifest is missing, incomplete or has another format.",
    next: "Run the same `npx tenantry export` again: it goes on where it stopped.",
  },
  EXPORT_DAMAGED: {
    meaning: "Files of the export are missing or differ from its manifest.",
    next: "Export again to the same place while the tenant exists. Good files are kept.",
  },
  EXPORT_OBJECT_FAILED: {
    meaning: "Objects could not be read; the rest is exported.",
    next: "Run the same command again to continue.",
  },
  IMPORT_NOT_EMPTY: {
    meaning: "The tenant's database already has tables. An import needs a new tenant. Nothing was written.",
    next: "Create a new tenant: `npx tenantry new`, then `npx tenantry up`.",
  },
  IMPORT_NO_DATABASE: {
    meaning: "The export contains a database, but the tenant has none. Nothing was written.",
    next: "Set `database: { engine: turso }` in the tenant's file and run `npx tenantry up`.",
  },
  IMPORT_CONFLICT: {
    meaning:
      "The bucket has objects of the same name with other content. They were not changed; all others were written.",
    next: "Check the named objects, or import into a new tenant.",
  },
});
