import { networkSwitch } from "../network.ts";
import { amount, choice, flag, type SwitchBoard } from "../switches.ts";

/** Behaviour that Turso's documents leave open, or that differs from them. */
export const switches = {
  network: networkSwitch("turso"),
  sizeLimit: choice(["dropped", "refused", "only-at-creation", "kept"], {
    preset: "dropped",
    awkward: "refused",
    does:
      "The handling of `size_limit`. `dropped`: POST ignores it, PATCH answers 400. `refused`: both answer 400. " +
      "`only-at-creation`: POST keeps it, PATCH answers 400. `kept`: both keep it, as for databases of the older platform.",
    source:
      "PATCH: alchemy `Turso/Database.ts` (live tests) and a Pulumi user (2026-08-19): 400 `size_limit is not supported for " +
      "db-api controlled databases`. POST: not known; the OpenAPI file documents both.",
  }),
  duplicateName: choice(["400", "409", "422"], {
    preset: "400",
    awkward: "422",
    does: "The status for creating a database with an existing name.",
    source:
      "400: turso-docs#409 and turso-api-client-ts#16, the live API since 2026-07-30. 409: the OpenAPI file. 422: turso-cli.",
  }),
  barePrimary: flag({
    does: "A group's `primary` lacks the `aws-` that its `locations` have.",
    source:
      "The OpenAPI file: one example of a group has `us-east-1` in `primary`, two have `aws-us-east-1`; turso-cli looks for " +
      "`primary` in `locations` and could create no database in such a group.",
  }),
  deleteProtected: choice(["409", "400", "422", "423"], {
    preset: "409",
    awkward: "423",
    does: "The status for deleting a protected database or group.",
    source: "Not documented. Not 403: turso-cli reads that as a user who is not a member of the organisation.",
  }),
  rotation: choice(["database", "group", "refused"], {
    preset: "database",
    awkward: "group",
    does:
      "The tokens that a rotation of one database revokes. `database`: its own. `group`: those of all databases of its group. " +
      "`refused`: none, and the answer is 400. In a group at one of the older platform's locations (`iad`) the default is " +
      "`group`. `switches/all` leaves it off: tenants that rotate concurrently then need a second `up`.",
    source:
      "turso-cli, db_invalidatetokens.go: refused for a database in a group, except on the newer server; pull requests 940 " +
      "and 1064 (2026-07-30).",
    fatal: true,
  }),
  retentionHours: amount({
    preset: 720,
    awkward: 24,
    does: "A database can be created as of up to so many hours ago; an older `timestamp` is a 400, with a message that is not Turso's.",
    source:
      "docs.turso.tech, point-in-time recovery: 24 h on the Free plan, 10, 30 and 90 days on Developer, Scaler and Pro.",
  }),
  pointInTimeGapMs: amount({
    awkward: 15_000,
    does: "A database created as of a `timestamp` has the content of the last checkpoint before it; checkpoints are at every multiple of this.",
    source: "docs.turso.tech, point-in-time recovery: a gap of up to 15 seconds before the timestamp.",
  }),
  replicasRefused: flag({
    does: "No database serves an embedded replica: its synchronisation fails with gRPC's UNIMPLEMENTED.",
    source:
      "tursodatabase/libsql#1900: `embedded replicas are not supported for this platform and tariff plan`, on the Free plan in " +
      "January 2025. The documents do not name a plan without them.",
  }),
  olderLocations: flag({
    does: "Groups can be created at locations of the older platform (`iad`), as in accounts from that time.",
    source: "turso-cli, internal/turso/databases_v3.go, falls back to the API of the older platform.",
  }),
  usageWithoutZeros: flag({
    does: "Usage figures that are 0 are omitted.",
    source: "turso-cli, internal/turso: `omitempty` on each of them; the OpenAPI file shows them all.",
  }),
  tokensOpenAll: flag({
    does: "A token of one database opens every other.",
    source: "No vendor: a breach, by which `tenantry verify` shows that it finds one.",
    breach: true,
  }),
  wrongEngine: flag({
    does: "New databases get the TursoDB engine, which has no FTS5; their id shows it. `switches/all` leaves it off, because no tenant can be created with it.",
    source: "Turso has two engines since July 2026; turso-cli, cmd/db_show.go, isTursoDB: 0x10 as the id's sixth byte.",
    fatal: true,
  }),
};

export type TursoSwitches = SwitchBoard<typeof switches>;
