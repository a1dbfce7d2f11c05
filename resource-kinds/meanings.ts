/** What a change of one setting means for the people who use the tenant. */
export interface Means {
  /** By the setting that makes a new one necessary; `*` for any other. */
  readonly replace?: Readonly<Record<string, string>>;
  /** By the setting that is changed in place: a top-level input, or a path below it. The longest that fits. */
  readonly update?: Readonly<Record<string, string>>;
  readonly rotate?: string;
  readonly delete?: string;
}
export const NEW_KEY =
  "a new key is made and handed to the machine, which restarts (seconds); then the old key stops working";
export const RESTART = "the machine restarts: seconds of downtime, and its root file system is made anew";
export const MOVES =
  "the tenant's files lie on another backend from now on: NONE is copied, and what lies on the old one stays (docs/backends.md)";
export const NEW_DATABASE =
  "deleted first, then made anew and EMPTY: all rows are lost, new URL, down until the machine is back";

/** From the provider's own docs of each type (docs/resources.md). A test holds it against every input that replaces. */
export const MEANS: Readonly<Record<string, Means>> = {
  "tenantry:tigris:Bucket": {
    replace: { name: "a new, EMPTY bucket under another name: the files are not moved and are lost with the old one" },
    update: {
      access: "the bucket had been opened; it is made private again",
      claimed: "the tenant's mark is written on it again",
      locations: "Tigris moves the data between places; nothing is down meanwhile",
      deletable: "its protection changes: while it is true, a later step may delete the bucket",
      softDeleteDays: "from now on deleted files can be restored for that long",
    },
    delete: "all its files are deleted; Tigris keeps them restorable for `softDeleteDays`",
  },
  "tenantry:tigris:AccessKey": {
    replace: { "*": NEW_KEY },
    update: { enabled: "turns the key on or off at once" },
    rotate: NEW_KEY,
    delete: "whoever still uses this key is shut out at once",
  },
  "tenantry:turso:Group": {
    replace: { "*": "deleted first, with EVERY database of the stack in it: all rows of those tenants are lost" },
    delete: "no tenant uses this location any more; refused while a database is in it",
  },
  "tenantry:turso:Database": {
    replace: {
      name: NEW_DATABASE,
      group: `another region is another database: ${NEW_DATABASE}`,
      seed: `starts over as another copy: ${NEW_DATABASE}`,
      "*": NEW_DATABASE,
    },
    update: {
      tokenEpoch: "every token of this database is dead at once; the app is shut out until its machine has the new one",
      blockReads: "turns reading on or off at once",
      engine: "cannot be put right: Turso chooses the engine",
      blockWrites: "turns writing on or off at once",
    },
    delete: "all its rows are deleted",
  },
  "tenantry:turso:DatabaseToken": {
    replace: {
      "*": "a new token, and the machine restarts with it (seconds); the old one lives until it ends by itself",
    },
    rotate:
      "a new token, and the machine restarts with it (seconds); the old one lives until it ends by itself, unless the epoch was raised",
    delete: "no new one is minted; this one lives until it ends by itself",
  },
  "tenantry:fly:App": {
    update: { claim: MOVES },
    replace: {
      name: "a new URL (https://<name>.fly.dev); deleted first with its machine and addresses: down until the new machine is up",
      "*": "deleted first with its machine and addresses, then made anew: new IPv6 address, down until the new machine is up",
    },
    delete: "its URL, its addresses and its machine are gone",
  },
  "tenantry:fly:IpAssignment": {
    replace: { "*": "new addresses: DNS records that name the old ones must follow" },
    update: { ingress: "the addresses change: DNS records that name the old ones must follow" },
    delete: "not reachable from outside any more",
  },
  "tenantry:fly:Secrets": {
    replace: { "*": "written to the new app, whose machine boots with them" },
    update: {
      values: "the machine restarts to get them (seconds)",
      templates: "the machine restarts to get them (seconds)",
    },
    delete: "the app has no secrets any more",
  },
  "tenantry:fly:Machine": {
    replace: {
      region: "a new machine is made there first, then the old one goes: requests under way on it break, nothing waits",
      volume: `a new machine with that storage is made first, then the old one goes; ${MOVES}`,
      "*": "a new machine in the new app: down until it is up",
    },
    update: { config: RESTART, secretsVersion: RESTART, suspended: "stops the machine, or lets it start again" },
    delete: "the app is down",
  },
  "tenantry:fly:Volume": {
    replace: { "*": "a new, EMPTY volume: the files on the old one are not moved and are lost with it" },
    update: { deletable: "its protection changes: while it is true, a later step may delete the volume" },
    delete: "all files on it are lost; Fly keeps its snapshots for their retention",
  },
};
export const EMPTY = "`up` makes it anew, empty: look first whether it can be brought back";
export const NOTES: Readonly<Record<string, string>> = {
  "tenantry:tigris:Bucket": `${EMPTY} (Tigris keeps what was deleted for bucket.softDeleteDays)`,
  "tenantry:turso:Database": `${EMPTY} (ask Turso)`,
  "tenantry:fly:Volume": `${EMPTY} (Fly keeps a destroyed volume for a day, and its snapshots)`,
  "tenantry:turso:DatabaseToken":
    "the database does not take it any more: its tokens were revoked, or it was made anew",
};
