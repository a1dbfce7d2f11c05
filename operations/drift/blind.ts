import type { BlindSpot } from "./report.ts";

/** What no drift report can see, because the vendors' APIs do not show it. docs/drift.md lists them. */
export const ALWAYS_BLIND: readonly (BlindSpot & {
  /** Inputs and outputs of resource types that this is about, as `Type.name`. */
  readonly of: readonly string[];
})[] = [
  {
    aspect: "the values of secrets",
    why: "Fly shows a digest of each, which is compared: it tells that a value was changed, not to what.",
    of: ["Secrets.version"],
  },
  {
    aspect: "with which secrets a machine was booted",
    why: "Fly does not tell; tenantry's own mark in the metadata is compared.",
    of: [],
  },
  {
    aspect: "whether an access key's secret is still the stored one",
    why: "Tigris shows a secret once. `RotateAccessKey` by somebody else leaves no trace; the machine then gets 403.",
    of: ["AccessKey.secretAccessKey"],
  },
  {
    aspect: "when an access key was last used, and who made it",
    why: "Tigris has no such call. `issued`, `epoch` and `rotation` are what was applied; Tigris keeps nothing of them.",
    of: ["AccessKey.issued", "AccessKey.epoch", "AccessKey.rotation"],
  },
  {
    aspect: "policies under names of their own that open a tenant's bucket",
    why: "Only policies under our names are read, and whatever else is attached to our keys.",
    of: [],
  },
  {
    aspect: "other database tokens",
    why: "Turso neither lists nor shows nor revokes a single token. Ours are tried out; raising `rotation.epoch` ends all.",
    of: ["DatabaseToken.mode", "DatabaseToken.rotation", "DatabaseToken.issued", "DatabaseToken.token"],
  },
  {
    aspect: "how many times a database's tokens were revoked",
    why: "Turso keeps no count. That ours is refused shows.",
    of: ["Database.tokenEpoch", "DatabaseToken.epoch"],
  },
  {
    aspect: "what a database was copied from",
    why: "It counts when it is made; later it is only history.",
    of: ["Database.seed"],
  },
  {
    aspect: "tables that were changed past their ledger",
    why: "Of a schema the ledger is compared: which migrations a database has had, and with which texts.",
    of: ["Schema.from", "Schema.order", "Schema.closed"],
  },
  {
    aspect: "which tables the app's own migrator has made",
    why: "It has no ledger that tenantry reads. What it was run with last, and when it ended well, is what the state says.",
    of: [
      ...["image", "command", "version", "region", "guest", "env", "secretsVersion", "order", "closed", "finished"].map(
        (name) => `Migrator.${name}`,
      ),
    ],
  },
  {
    aspect: "what lies in buckets, databases and volumes",
    why: "Data is the tenant's; only settings are compared.",
    of: ["Volume.guest"],
  },
  {
    aspect: "platform tokens, Fly deploy tokens and people's accounts at the vendors",
    why: "They are the organisation's, not a tenant's, and a token may not see its like.",
    of: [],
  },
  {
    aspect: "certificates, network policies and extensions of a Fly app",
    why: "Nothing of them is declared, so nothing is compared.",
    of: [],
  },
  {
    aspect: "whether a machine runs at this moment",
    why: "Fly's proxy stops and starts machines at will; only `suspended` is compared.",
    of: [],
  },
];
