import { COMPARED, declaredBy, IDENTITY, RECREATED_EMPTY, resourceKind, UNSEEN } from "./resource-kind.ts";

const NEW_DATABASE =
  "deleted first, then created again, EMPTY: all rows are lost, new URL, down until the machine is back";
const NEW_TOKEN = "a new token, and the machine restarts with it (seconds); the old one works until it expires";

const SEE_PLAN = "`npx tenantry schema plan` shows them";

/** The resource types of Turso. */
export const TURSO_KINDS = {
  "tenantry:turso:Group": resourceKind({
    word: "database group",
    root: "group",
    isShared: true,
    holds: "every database in it",
    isListed: true,
    means: {
      replace: { "*": "deleted first, with EVERY database of the stack in it: all rows of those tenants are lost" },
      delete: "no tenant uses this location any more; refused while a database is in it",
    },
    inputs: { name: IDENTITY, location: COMPARED, deleteProtection: COMPARED },
  }),
  "tenantry:turso:Database": resourceKind({
    word: "database",
    root: "database",
    holds: "all its rows",
    isListed: true,
    isNamedAfterTenant: true,
    means: {
      replace: {
        name: NEW_DATABASE,
        group: `another region is another database: ${NEW_DATABASE}`,
        seed: `starts over as another copy: ${NEW_DATABASE}`,
        "*": NEW_DATABASE,
      },
      update: {
        tokenEpoch:
          "every token of this database stops working at once; the app has no access until its machine has the new one",
        blockReads: "turns reading on or off at once",
        blockWrites: "turns writing on or off at once",
        engine: "cannot be changed: Turso chooses the engine",
      },
      delete: "all its rows are deleted",
    },
    ifGone: `${RECREATED_EMPTY} (ask Turso)`,
    inputs: {
      tenant: IDENTITY,
      claim: IDENTITY,
      name: IDENTITY,
      group: COMPARED,
      sizeLimit: declaredBy("database", "sizeLimit"),
      deleteProtection: COMPARED,
      blockReads: COMPARED,
      blockWrites: COMPARED,
      allowedIps: COMPARED,
      engine: COMPARED,
      seed: UNSEEN,
      tokenEpoch: UNSEEN,
    },
    outputs: { dbId: COMPARED, hostname: COMPARED },
  }),
  "tenantry:turso:DatabaseToken": resourceKind({
    word: "database token",
    root: "token",
    credential: "token",
    means: {
      replace: { "*": NEW_TOKEN },
      rotate: `${NEW_TOKEN}, unless the epoch was raised`,
      delete: "no new one is minted; this one works until it expires",
    },
    ifGone: "the database no longer accepts it: its tokens were revoked, or the database was created again",
    inputs: {
      tenant: IDENTITY,
      database: IDENTITY,
      dbId: IDENTITY,
      purpose: IDENTITY,
      mode: UNSEEN,
      epoch: UNSEEN,
      rotation: UNSEEN,
      issued: UNSEEN,
    },
    outputs: { token: UNSEEN },
  }),
  "tenantry:turso:Schema": resourceKind({
    word: "schema",
    root: "schema",
    means: {
      replace: { "*": "the database is new: every migration runs on it" },
      update: {
        version: `migrations run, each in one transaction; ${SEE_PLAN}`,
        digest: `the database does not have these migrations; ${SEE_PLAN}`,
        closed: "no migration runs while the tenant is closed; due ones run when the tenant is open again",
      },
      delete: "tenantry no longer manages the schema; its tables and their rows stay",
    },
    ifGone: "the database is gone, or another one has its name",
    inputs: {
      tenant: IDENTITY,
      database: IDENTITY,
      dbId: IDENTITY,
      from: UNSEEN,
      version: declaredBy("database", "schema", "version"),
      digest: COMPARED,
      order: UNSEEN,
      closed: UNSEEN,
    },
  }),
} as const;
