import { COMPARED, declaredBy, IDENTITY, RECREATED_EMPTY, resourceKind, UNSEEN } from "./resource-kind.ts";

const NEW_KEY =
  "a new key is created and given to the machine, which restarts (seconds); then the old key stops working";

/** The resource types of Tigris. */
export const TIGRIS_KINDS = {
  "tenantry:tigris:Bucket": resourceKind({
    word: "bucket",
    root: "bucket",
    holds: "all its files",
    isListed: true,
    isNamedAfterTenant: true,
    means: {
      replace: {
        name: "a new, EMPTY bucket under another name: the files are not moved and are lost with the old one",
      },
      update: {
        access: "the bucket was opened; it becomes private again",
        claimed: "the tenant's mark is set on it again",
        locations: "Tigris moves the data between locations, without downtime",
        deletable: "its protection changes: while it is true, a later step may delete the bucket",
        exportedContents: "the step that deletes the bucket first deletes exactly the objects that the export lists",
        softDeleteDays: "from now on deleted files can be restored for that long",
      },
      delete: "all its files are deleted; Tigris keeps them restorable for `softDeleteDays`",
    },
    ifGone: `${RECREATED_EMPTY} (Tigris keeps what was deleted for bucket.softDeleteDays)`,
    inputs: {
      tenant: IDENTITY,
      name: IDENTITY,
      access: COMPARED,
      claimed: COMPARED,
      deletable: IDENTITY,
      exportedContents: IDENTITY,
      deletionProtection: COMPARED,
      locations: declaredBy("storage", "locations"),
      snapshots: declaredBy("storage", "snapshots"),
      softDeleteDays: declaredBy("storage", "softDeleteDays"),
    },
  }),
  "tenantry:tigris:AccessKey": resourceKind({
    word: "access key",
    root: "key",
    credential: "key",
    isListed: true,
    means: {
      replace: { "*": NEW_KEY },
      update: { enabled: "turns the key on or off at once" },
      rotate: NEW_KEY,
      delete: "clients that still use this key lose access at once",
    },
    inputs: {
      tenant: IDENTITY,
      bucket: IDENTITY,
      purpose: IDENTITY,
      mode: IDENTITY,
      epoch: UNSEEN,
      rotation: UNSEEN,
      issued: UNSEEN,
      enabled: COMPARED,
      policy: COMPARED,
    },
    outputs: { secretAccessKey: UNSEEN },
  }),
} as const;
