import { COMPARED, declaredBy, IDENTITY, RECREATED_EMPTY, resourceKind, UNSEEN } from "./resource-kind.ts";

const NEW_DATABASE =
  "deleted first, then made anew and EMPTY: all rows are lost, new URL, down until the machine is back";
const NEW_TOKEN = "a new token, and the machine restarts with it (seconds); the old one lives until it ends by itself";

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
          "every token of this database is dead at once; the app is shut out until its machine has the new one",
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
      delete: "no new one is minted; this one lives until it ends by itself",
    },
    ifGone: "the database does not take it any more: its tokens were revoked, or it was made anew",
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
      replace: { "*": "the database is another one: every migration runs on it" },
      update: {
        version: `migrations run, each in one transaction; ${SEE_PLAN}`,
        digest: `the database does not have these migrations; ${SEE_PLAN}`,
        closed: "no migration runs while the tenant is closed; those that are due run when it is back",
      },
      delete: "tenantry looks after the schema no more; its tables and their rows stay as they are",
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
