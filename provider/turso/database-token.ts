import * as z from "zod";

import { TenantryError } from "../../errors/tenantry-error.ts";
import type { Call, Known, ResourceType, Existing } from "../plugin/resource-type.ts";
import { issuedAt, parseDuration } from "../rotation.ts";
import type { TursoClient } from "./client.ts";
import { tursoErrors } from "./errors.ts";
import { nameInput } from "./names.ts";
import { tokenEnd, tokenExpiration } from "./token-life.ts";

/** Inputs of `tenantry:turso:DatabaseToken`; docs/resources.md describes each. */
export interface TokenInputs {
  tenant: string;
  database: string;
  dbId: string;
  purpose: string;
  mode: "read-write" | "read-only";
  epoch: number;
  rotation: string;
  issued?: string | undefined;
}

/** Outputs of `tenantry:turso:DatabaseToken`. The token is a secret of Pulumi's. */
export interface TokenState {
  /** The JWT that opens the database. Secret. */
  token: string;
  /** When it expires, ISO 8601: the rotation and its overlap after it was minted. */
  expiresAt: string;
}

/** The resource type, with its inputs and outputs. */
export type TokenType = ResourceType<TokenInputs, TokenState>;

/**
 * `tenantry:turso:DatabaseToken`: a token for one database, bound to that database's id, with an end. Its id is
 * `<database>/<purpose>/<issued>`. It grows old by `rotation` and is then replaced, the new one first.
 *
 * Turso can neither list, show nor revoke a single token. So deleting one makes no call: it expires, and raising the
 * database's `tokenEpoch` revokes all at once. Reading one tests whether the database still accepts it. Importing is refused.
 * Group tokens, which open every tenant's database, are never made.
 *
 * Source: Platform API operation createDatabaseToken; docs.turso.tech/api-reference/groups/create-token
 */
export function databaseTokenType(client: TursoClient): TokenType {
  return {
    token: "tenantry:turso:DatabaseToken",
    inputs: tokenInputs(client),
    replaceOn: ["tenant", "database", "dbId", "purpose", "mode", "epoch", "rotation", "issued"],
    outputs: ["token", "expiresAt"],
    secretOutputs: ["token"],
    check: (news, olds, clock) => ({ ...news, issued: issuedAt(olds, news.rotation, clock) }),
    create: (inputs, call) => create(client, inputs, call),
    async read(id, known, call) {
      if (known === undefined) {
        throw new TenantryError(tursoErrors.TURSO_TOKEN_IMPORT, `token ${id}`, { resource: `token ${id}` });
      }
      return (await isDead(client, known, call)) ? undefined : { id, ...known };
    },
    delete: () => Promise.resolve(),
  };
}

function tokenInputs(client: TursoClient) {
  return z.strictObject({
    tenant: z
      .string()
      .min(1)
      .describe("The tenant's id. Changing it replaces the token. Default: the start of the resource's name."),
    database: nameInput(client).describe("Name of the database it opens. Changing it replaces the token."),
    dbId: z
      .string()
      .min(1)
      .describe("Id of the database it opens: a recreated database needs a new token. Changing it replaces the token."),
    purpose: z
      .string()
      .regex(/^[a-z0-9][a-z0-9-]*$/, "expected a-z, 0-9 and -")
      .describe("Who uses it, like `machine`. Changing it replaces the token."),
    mode: z.enum(["read-write", "read-only"]).describe("What it allows. Changing it replaces the token."),
    epoch: z.int().min(1).default(1).describe("The database's tokenEpoch. Changing it replaces the token."),
    rotation: z
      .string()
      .refine((text) => parseDuration(text) !== undefined, "expected a duration like 30d or 12h")
      .describe("Age at which the next `up` replaces it, like `30d`. Changing it replaces the token."),
    issued: z.string().optional().describe("Set by the provider; do not set it. Changing it replaces the token."),
  });
}

async function create(client: TursoClient, inputs: TokenInputs, call: Call): Promise<Existing<TokenState>> {
  const { tenant, database, dbId, purpose, mode, rotation, issued } = inputs;
  const serving = { signal: call.signal, tenant };
  const mintedAt = call.clock();
  const authorization = mode === "read-only" ? "read-only" : "full-access";
  // Minting leaves nothing behind, so the look at the database does not have to come first.
  const [token, found] = await Promise.all([
    client.mint(database, { expiration: tokenExpiration(rotation), authorization }, serving),
    client.database(database, serving),
  ]);
  if (found?.dbId !== dbId) {
    const what = `database ${database} has the id ${found?.dbId ?? "of no database"}, not ${dbId}`;
    throw new TenantryError(tursoErrors.TURSO_TOKEN_OTHER_DATABASE, what, { resource: `database ${database}`, tenant });
  }
  const id = `${database}/${purpose}/${issued ?? issuedAt(undefined, rotation, call.clock)}`;
  return { id, state: { token, expiresAt: tokenEnd(token, mintedAt, rotation) } };
}

/** Whether the token certainly opens nothing any more. An unclear result counts as valid. */
async function isDead(client: TursoClient, known: Known<TokenInputs, TokenState>, call: Call): Promise<boolean> {
  const { inputs, state } = known;
  if (call.clock().getTime() >= Date.parse(state.expiresAt)) return true;
  const serving = { signal: call.signal, tenant: inputs.tenant };
  const database = await client.database(inputs.database, serving);
  if (database?.dbId !== inputs.dbId) return true;
  const answer = await client.probe(database.hostname, state.token, serving);
  if (answer === "silent") {
    call.log("warning", `database ${inputs.database} does not answer: it is not known whether it accepts its token`);
  }
  return answer === "refused";
}
