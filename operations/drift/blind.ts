import type { BlindSpot } from "./report.ts";

/** What no drift report can see, because the vendors' APIs do not show it. docs/drift.md lists them. */
export const ALWAYS_BLIND: readonly (BlindSpot & {
  /** Inputs and outputs of resource types that this is about, as `Type.name`. */
  readonly of: readonly string[];
})[] = [
  {
    aspect: "the values of secrets",
    why: "Fly shows only a digest of each. The comparison shows that a value changed, not the new value.",
    of: ["Secrets.version"],
  },
  {
    aspect: "the secrets with which a machine booted",
    why: "Fly does not show them. `drift` compares tenantry's mark in the metadata.",
    of: [],
  },
  {
    aspect: "whether an access key's secret is still the stored one",
    why: "Tigris shows a secret once. A `RotateAccessKey` by somebody else leaves no trace; the machine then gets 403.",
    of: ["AccessKey.secretAccessKey"],
  },
  {
    aspect: "when an access key was last used, and who created it",
    why: "Tigris has no such call. It does not store `issued`, `epoch` and `rotation`.",
    of: ["AccessKey.issued", "AccessKey.epoch", "AccessKey.rotation"],
  },
  {
    aspect: "policies with other names that open a tenant's bucket",
    why: "`drift` reads only policies with tenantry's names and policies attached to tenantry's keys.",
    of: [],
  },
  {
    aspect: "other database tokens",
    why: "Turso cannot list, show or revoke a single token. `drift` tries tenantry's tokens; raising `rotation.epoch` ends all.",
    of: ["DatabaseToken.mode", "DatabaseToken.rotation", "DatabaseToken.issued", "DatabaseToken.token"],
  },
  {
    aspect: "how often a database's tokens were revoked",
    why: "Turso keeps no count. `drift` sees only that tenantry's token is refused.",
    of: ["Database.tokenEpoch", "DatabaseToken.epoch"],
  },
  {
    aspect: "the source of a copied database",
    why: "It matters only at creation.",
    of: ["Database.seed"],
  },
  {
    aspect: "tables that were changed outside the migrations",
    why: "`drift` compares only the ledger of a schema: which migrations ran, and their texts.",
    of: ["Schema.from", "Schema.order", "Schema.closed"],
  },
  {
    aspect: "the tables that the app's own migrator creates",
    why: "It has no ledger that tenantry reads. The state holds only the inputs and the time of its last successful run.",
    of: [
      ...["image", "command", "version", "region", "guest", "env", "secretsVersion", "order", "closed", "finished"].map(
        (name) => `Migrator.${name}`,
      ),
    ],
  },
  {
    aspect: "the contents of buckets, databases and volumes",
    why: "Data belongs to the tenant. `drift` compares only settings.",
    of: ["Volume.guest"],
  },
  {
    aspect: "platform tokens, Fly deploy tokens and people's accounts at the vendors",
    why: "They belong to the organisation, and a token cannot list other tokens.",
    of: [],
  },
  {
    aspect: "certificates, network policies and extensions of a Fly app",
    why: "Tenant files do not declare them.",
    of: [],
  },
  {
    aspect: "whether a machine is running now",
    why: "Fly's proxy stops and starts machines. `drift` compares only `suspended`.",
    of: [],
  },
];
