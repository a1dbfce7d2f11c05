import type { Difference } from "../fidelity.ts";

/** Where the embedded Turso follows Turso's behaviour, which differs from its documents. */
export const fidelity: readonly Difference[] = [
  {
    id: "1",
    now: "`size_limit` is ignored at creation and refused afterwards, together with everything in the same PATCH (`turso.sizeLimit`).",
    tests: [
      {
        file: "provider/turso/database.test.ts",
        title: "is suspended, unprotected and put right all the same while its limit is refused",
      },
      {
        file: "provider/turso/database.test.ts",
        title: "is set up as declared, and then says that it can't have one, where Turso drops it",
      },
    ],
    commit: "Declare no size limit at Turso unless a tenant file asks for one",
  },
  {
    id: "26",
    now: "Ten locations, four of which are only in a live list. `turso.usageWithoutZeros`: usage omits figures that are 0.",
    tests: [
      {
        file: "provider/turso/database.test.ts",
        title: "a Turso database tells its usage, whether Turso leaves out what is 0 or not: %p",
      },
      { file: "provider/turso/locations.test.ts", title: "are all that a tenant file can name" },
    ],
    commit: "Take a figure of Turso's usage that is left out for 0, and name the locations near São Paulo and Sydney",
  },
  {
    id: "engine",
    now: "A database's id shows its engine, as turso-cli reads it. `turso.wrongEngine`: new databases get TursoDB, which is an error here.",
    tests: [
      {
        file: "provider/turso/database.test.ts",
        title: "is set up as declared, remembered, and an error that says what to do",
      },
      {
        file: "provider/turso/database.test.ts",
        title: "shows its engine as drift, and so does an import; libSQL shows nothing",
      },
      { file: "provider/turso/database.test.ts", title: "is suspended, given up and deleted all the same" },
    ],
    commit: "Tell a database of the wrong engine by its id: state, drift and an error",
  },
  {
    id: "T1",
    now: "Names in a JSON body are case-insensitive, as in Go: turso-cli sends `Name` and `Location`.",
    tests: [
      {
        file: "local/turso/platform-api.test.ts",
        title: "is made from the capitalised names that the vendor's CLI sends",
      },
      {
        file: "local/turso/api-tokens.test.ts",
        title: "creates no database in another group, however its field is spelt",
      },
    ],
    commit: "Answer as Turso does: folded names, one form of a location, 409 for what is protected",
  },
  {
    id: "T2",
    now: "A group's `primary` has the form of its `locations`, `aws-us-east-1`. `turso.barePrimary`: it lacks the prefix.",
    tests: [
      {
        file: "provider/turso/group.test.ts",
        title: "is read in its location, in whichever form Turso tells the primary one",
      },
    ],
    commit: "Answer as Turso does: folded names, one form of a location, 409 for what is protected",
  },
  {
    id: "T3",
    now: "Deleting a protected database or group is refused with 409, or as `turso.deleteProtected` says; never with 403.",
    tests: [
      {
        file: "provider/turso/database.test.ts",
        title: "is refused, and says why, when the group is protected, whether Turso answers %s",
      },
    ],
    commit: "Answer as Turso does: folded names, one form of a location, 409 for what is protected",
  },
  {
    id: "T5",
    now: "The configuration of a database has the deprecated `allow_attach`; it is stored and shown, and has no effect.",
    tests: [{ file: "local/turso/platform-api.test.ts", title: "keeps every setting that a change leaves out" }],
    commit: "Answer as Turso does: folded names, one form of a location, 409 for what is protected",
  },
  {
    id: "T4",
    now: "Embedded replicas work by gRPC, as in @libsql/client; the newer protocol of the Python client (`/info`, `/export`, `/sync`) gets 501.",
    tests: [
      { file: "local/engines.test.ts", title: "serves an embedded replica, to the database's own token only" },
      { file: "local/engines.test.ts", title: "says that it does not know the newer way to synchronise" },
    ],
    commit: "Start the embedded cloud's engines again when they end, and tell of it",
  },
  {
    id: "11",
    now: "`turso.rotation`: a rotation of one database's tokens affects only these, the whole group's, or is refused; at a location of the older platform (`iad`) it affects the group. If tenantry knows this beforehand, it revokes nothing; otherwise the next `up` mints new tokens for the neighbours.",
    tests: [
      {
        file: "provider/turso/database.test.ts",
        title: "revokes nothing where that would take the whole group's tokens: %s",
      },
      {
        file: "provider/turso/database-token.test.ts",
        title: "finds a neighbour's gone, to be minted anew, only where Turso rotates a whole group: %s",
      },
    ],
    commit: "Revoke one database's tokens only where Turso leaves the group's alone",
  },
];
