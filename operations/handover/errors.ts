import { errorKinds } from "../../errors/tenantry-error.ts";

export const handoverErrors = errorKinds({
  EXPORT_NO_BUCKET: {
    meaning:
      "Only files in a bucket at Tigris can be exported; those of this tenant lie elsewhere. Nothing was written.",
    next: "Give the tenant a bucket first (docs/backends.md, section Moving a tenant), or copy its files by `npx tenantry exec`.",
  },
  EXPORT_FOLDER_IN_USE: {
    meaning:
      "The folder, or what lies below the prefix, is something else than an export of this tenant. Nothing was written.",
    next: "Name an empty folder, one that does not exist yet, or another prefix.",
  },
  EXPORT_INTO_TENANT: {
    meaning: "The bucket that was named for the export is a tenant's. Nothing was written.",
    next: "Name a bucket of your team's own, to which no tenant has a key.",
  },
  EXPORT_BUCKET_FAILED: {
    meaning: "The bucket that the export is written to or read from refuses a call, or its credentials were not found.",
    next: "Try the same with `aws s3 ls`: credentials come from AWS_ACCESS_KEY_ID or a profile of `~/.aws`, the address from --endpoint. Then run the same command again: it goes on where it stopped.",
  },
  EXPORT_NO_VERSIONS: {
    meaning: "The tenant's bucket keeps no older versions: only one with snapshots does. Nothing was written.",
    next: "Export without --versions. To keep versions from now on, set `storage: { snapshots: true }` in the tenant's file.",
  },
  EXPORT_OF_ANOTHER: {
    meaning: "The folder holds the export of another tenant than the one that was named. It was not looked into.",
    next: "Name the tenant whose export it is, or the folder of this tenant's.",
  },
  EXPORT_COPY_NAME_TAKEN: {
    meaning: "The name for the passing copy of the database is held by a database that is no copy of it.",
    next: "Look at the named database at Turso; delete or rename it there if it is yours to.",
  },
  EXPORT_UNREADABLE: {
    meaning:
      "There is no export in this place that tenantry can read: its manifest is missing, cut off or of another format.",
    next: "Run the same `npx tenantry export` again: it goes on where it stopped.",
  },
  EXPORT_DAMAGED: {
    meaning: "Files of the export are missing or are not what its manifest says.",
    next: "Export again to the same place while the tenant exists: what is whole is kept.",
  },
  EXPORT_OBJECT_FAILED: {
    meaning: "Objects could not be read; the rest is exported.",
    next: "Run the same command again: it goes on where it stopped.",
  },
  IMPORT_NOT_EMPTY: {
    meaning:
      "The tenant's database holds tables already. An import writes into a new tenant only; nothing was written.",
    next: "Make a tenant of its own for it: `npx tenantry new`, then `npx tenantry up`.",
  },
  IMPORT_NO_DATABASE: {
    meaning: "The export holds a database, and the tenant has none. Nothing was written.",
    next: "Set `database: { engine: turso }` in the tenant's file and run `npx tenantry up`.",
  },
  IMPORT_CONFLICT: {
    meaning:
      "Objects of the same name and with other content are in the bucket. They were left as they are; the others were written.",
    next: "Look at the named objects; import into a new tenant instead.",
  },
});
