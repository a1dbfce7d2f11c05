import {
  COMPARED,
  declaredBy,
  FILES_STAY,
  IDENTITY,
  OPEN,
  RECREATED_EMPTY,
  resourceKind,
  UNSEEN,
} from "./resource-kind.ts";

const RESTART = "the machine restarts: seconds of downtime, and its root file system is reset";
const NEW_ADDRESSES = "DNS records that name the old ones must follow";
const RUNS = "the app's own migrator runs, in a one-off machine; `npx tenantry schema plan` shows it";
const NEW_SECRETS = "the machine restarts to get them (seconds)";

/** The resource types of Fly. */
export const FLY_KINDS = {
  "tenantry:fly:App": resourceKind({
    word: "app",
    root: "app",
    isListed: true,
    isNamedAfterTenant: true,
    means: {
      replace: {
        name: "a new URL (https://<name>.fly.dev); deleted first with its machine and addresses: down until the new machine is up",
        "*": "deleted first with its machine and addresses, then created again: new IPv6 address, down until the new machine is up",
      },
      update: { claim: FILES_STAY },
      delete: "its URL, its addresses and its machine are gone",
    },
    inputs: { tenant: IDENTITY, claim: IDENTITY, name: IDENTITY, organization: COMPARED, network: COMPARED },
  }),
  "tenantry:fly:IpAssignment": resourceKind({
    word: "addresses",
    root: "addresses",
    means: {
      replace: { "*": `new addresses: ${NEW_ADDRESSES}` },
      update: {
        ingress: `the addresses change: ${NEW_ADDRESSES}; with none the app is not reachable from outside any more`,
        callers: "the private address changes with the network that it answers; its name <app>.flycast stays",
      },
      delete: "not reachable from outside any more",
    },
    inputs: {
      tenant: IDENTITY,
      app: IDENTITY,
      ingress: IDENTITY,
      callers: declaredBy("machine", "callers"),
      types: OPEN,
    },
  }),
  "tenantry:fly:Secrets": resourceKind({
    word: "secrets",
    root: "secrets",
    means: {
      replace: { "*": "written to the new app, whose machine boots with them" },
      update: { values: NEW_SECRETS, templates: NEW_SECRETS },
      delete: "the app has no secrets any more",
    },
    inputs: { tenant: IDENTITY, app: IDENTITY, values: OPEN, templates: OPEN },
    outputs: { version: UNSEEN },
  }),
  "tenantry:fly:Machine": resourceKind({
    word: "machine",
    root: "machine",
    isListed: true,
    means: {
      replace: {
        region:
          "a new machine is created there first, then the old one is deleted: requests in progress on it fail, new ones do not wait",
        volume: `a new machine with that storage is made first, then the old one goes; ${FILES_STAY}`,
        "*": "a new machine in the new app: down until it is up",
      },
      update: { config: RESTART, secretsVersion: RESTART, suspended: "stops the machine, or lets it start again" },
      delete: "the app is down",
    },
    inputs: {
      tenant: IDENTITY,
      app: IDENTITY,
      region: COMPARED,
      config: OPEN,
      secretsVersion: COMPARED,
      volume: COMPARED,
      suspended: COMPARED,
    },
  }),
  "tenantry:fly:Migrator": resourceKind({
    word: "migrator",
    root: "migrator",
    means: {
      replace: { "*": "the database or the app is new: the app's own migrator runs on it" },
      update: {
        version: RUNS,
        command: RUNS,
        image: RUNS,
        closed: "the migrator does not run while the tenant is closed; a due one runs when the tenant is open again",
      },
      delete: "tenantry no longer runs the app's migrator; the tables and their rows stay",
    },
    inputs: {
      tenant: IDENTITY,
      app: IDENTITY,
      dbId: IDENTITY,
      image: UNSEEN,
      command: UNSEEN,
      version: UNSEEN,
      region: UNSEEN,
      guest: UNSEEN,
      env: UNSEEN,
      secretsVersion: UNSEEN,
      order: UNSEEN,
      closed: UNSEEN,
    },
    outputs: { finished: UNSEEN },
  }),
  "tenantry:fly:Volume": resourceKind({
    word: "volume",
    root: "volume",
    holds: "all its files",
    isListed: true,
    means: {
      replace: { "*": "a new, EMPTY volume: the files on the old one are not moved and are lost with it" },
      update: { deletable: "its protection changes: while it is true, a later step may delete the volume" },
      delete: "all files on it are lost; Fly keeps its snapshots for their retention",
    },
    ifGone: `${RECREATED_EMPTY} (Fly keeps a destroyed volume for a day, and its snapshots)`,
    inputs: {
      tenant: IDENTITY,
      app: IDENTITY,
      name: COMPARED,
      region: COMPARED,
      sizeGb: declaredBy("storage", "volume", "sizeGb"),
      encrypted: COMPARED,
      snapshotRetention: declaredBy("storage", "volume", "snapshotRetentionDays"),
      autoBackup: COMPARED,
      deletable: IDENTITY,
      guest: UNSEEN,
    },
  }),
} as const;
