/** A version that a team may have installed. `package.json` names the one that is worked on: CONTRIBUTING.md says how one is cut. */
export interface Release {
  readonly version: string;
  /** What `make package` makes of this commit is the version's package. */
  readonly commit: string;
}

/** The newest release: from its package tests/e2e/upgrade.test.ts upgrades to today's. */
export const PREVIOUS_RELEASE: Release = { version: "0.1.0", commit: "c230b4612502f203180fd465dfe30feadf2c3c0e" };

/**
 * What today's package changes of tenants that the newest release has made: each change as a plan shows it, and words of the
 * entry of CHANGELOG.md, marked **tenants**, that tells teams of it. A release empties this.
 */
export const CHANGES_SINCE: Readonly<Record<string, string>> = {
  "update machine: config.env.WATCHED_STAT_CACHE_TTL": "`mount.statCacheTtl` is an hour by default",
};
