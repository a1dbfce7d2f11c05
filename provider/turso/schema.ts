import * as z from "zod";

import { TenantryError } from "../../errors/tenantry-error.ts";
import { schemaErrors } from "../../tenants/schemas/errors.ts";
import { declaredDigest, schemaDigest } from "../../tenants/schemas/migration.ts";
import type { FolderRead } from "../../tenants/schemas/read-folder.ts";
import { versionOf } from "../../tenants/schemas/steps.ts";
import type { Call, Known, Observed, ResourceType } from "../plugin/resource-type.ts";
import type { TursoClient } from "./client.ts";
import type { Database } from "./database-calls.ts";
import { nameInput } from "./names.ts";
import { withDatabase } from "./schema-access.ts";
import type { SchemaHalt } from "../schema-halt.ts";
import { readLedger } from "./schema-ledger.ts";
import { bringTo } from "./schema-run.ts";

/** Inputs of `tenantry:turso:Schema`; docs/resources.md describes each. */
export interface SchemaInputs {
  tenant: string;
  database: string;
  dbId: string;
  from: string;
  version: number;
  digest: string;
  order: "schema-first" | "image-first";
  closed: boolean;
}

/** All that is known of a schema is in its inputs. */
export type SchemaState = Record<string, never>;

/** The resource type, with its inputs and outputs. */
export type SchemaType = ResourceType<SchemaInputs, SchemaState>;

/** What the migrations of a project are taken from. */
export interface SchemaSource {
  readonly folderOf: (from: string) => FolderRead;
  /** The commit that the project is at; empty: no git. */
  readonly revision: () => Promise<string>;
  /** How many failures of a rollout's tenants halt it; undefined: no rollout brings the tenant anything. */
  readonly paceOf?: (
    stack: string,
    tenant: string,
  ) => Promise<{ readonly rollout: string; readonly halt: number } | undefined>;
  /** Counts what fails in this run, whatever brings a schema forward. */
  readonly halt: SchemaHalt;
}

interface SchemaParts extends SchemaSource {
  readonly turso: TursoClient;
  readonly urlOf: (hostname: string) => string;
}

/**
 * `tenantry:turso:Schema`: which migrations of a folder a database has had. Its id is the database's name; import by name.
 *
 * The truth is the ledger in the database (`_tenantry_migrations`): making and changing it read the ledger and run what is
 * missing, so both can be repeated, and a database that is older than the state says is brought forward. While the tenant is
 * closed its database answers nobody, and nothing is run. Deleting it runs nothing: tables and ledger stay.
 */
export function schemaType(turso: TursoClient, urlOf: (hostname: string) => string, source: SchemaSource): SchemaType {
  const parts = { turso, urlOf, ...source };
  return {
    token: "tenantry:turso:Schema",
    inputs: schemaInputs(turso),
    replaceOn: ["tenant", "database", "dbId"],
    outputs: [],
    check: asOfClosed,
    async create(inputs, call) {
      await bring(parts, inputs, call);
      return { id: inputs.database, state: {} };
    },
    read: (id, known, call) => read(parts, id, known, call),
    async update(_id, _known, news, call) {
      await bring(parts, news, call);
      return {};
    },
    delete: () => Promise.resolve(),
  };
}

function schemaInputs(client: TursoClient) {
  return z.strictObject({
    tenant: z
      .string()
      .min(1)
      .describe("The tenant's id. Changing it replaces the schema. Default: the start of the resource's name."),
    database: nameInput(client).describe("Name of the database. Changing it replaces the schema."),
    dbId: z
      .string()
      .min(1)
      .describe("Id of the database: a recreated database has no migrations. Changing it replaces the schema."),
    from: z.string().describe("Folder of the migrations, from the project's. Changed in place."),
    version: z
      .int()
      .min(0)
      .describe("Number of the last migration for the database. Changed in place, by running migrations."),
    digest: z
      .string()
      .describe("SHA-256 over numbers and checksums of the migrations up to the version. Changed in place."),
    order: z
      .enum(["schema-first", "image-first"])
      .default("schema-first")
      .describe("Whether the migrations run before the machine is changed or after. Default: schema-first. In place."),
    closed: z
      .boolean()
      .default(false)
      .describe("The tenant is suspended, so nothing runs until it is resumed. Default: false. Changed in place."),
  });
}

/** While a tenant is closed its schema stays what it was. */
function asOfClosed(news: SchemaInputs, olds: SchemaInputs | undefined): SchemaInputs {
  if (!news.closed) return news;
  const { from, version, digest } = olds ?? { from: news.from, version: 0, digest: schemaDigest([]) };
  return { ...news, from, version, digest };
}

async function bring(parts: SchemaParts, inputs: SchemaInputs, call: Call): Promise<void> {
  const { tenant, from, version, digest, closed } = inputs;
  if (closed) return;
  const serving = { signal: call.signal, tenant };
  const { folder, faults } = parts.folderOf(from);
  if (faults.length > 0 || declaredDigest(folder, version) !== digest)
    throw new TenantryError(schemaErrors.SCHEMA_FILES_MOVED, from, { tenant });
  const database = await databaseOf(parts, inputs, call);
  const revision = await parts.revision();
  const target = { folder, version, revision, now: call.clock };
  await parts.halt.guard(await parts.paceOf?.(call.stack, tenant), serving, () =>
    withDatabase(parts, database, "full-access", serving, (client) => bringTo(client, target, serving)),
  );
}

/** The database, if it is still the one that is meant. Throws SCHEMA_DATABASE_GONE. */
async function databaseOf({ turso }: SchemaParts, inputs: SchemaInputs, { signal }: Call): Promise<Database> {
  const { database, dbId, tenant } = inputs;
  const found = await turso.database(database, { signal, tenant });
  if (found?.dbId === dbId) return found;
  const what = `database ${database} has the id ${found?.dbId ?? "of no database"}, not ${dbId}`;
  throw new TenantryError(schemaErrors.SCHEMA_DATABASE_GONE, what, { resource: `database ${database}`, tenant });
}

async function read(
  parts: SchemaParts,
  id: string,
  known: Known<SchemaInputs, SchemaState> | undefined,
  call: Call,
): Promise<Observed<SchemaInputs, SchemaState> | undefined> {
  const serving = { signal: call.signal, tenant: known?.inputs.tenant };
  if (known?.inputs.closed === true) return { id, ...known };
  const database = await parts.turso.database(id, serving);
  if (database === undefined || (known !== undefined && database.dbId !== known.inputs.dbId)) return undefined;
  try {
    const ledger = await withDatabase(parts, database, "read-only", serving, readLedger);
    const found = { version: versionOf(ledger), digest: schemaDigest(ledger) };
    const rest = known?.inputs ?? {
      tenant: "",
      database: id,
      dbId: database.dbId,
      from: "",
      order: "schema-first",
      closed: false,
    };
    return { id, inputs: { ...rest, ...found }, state: {} };
  } catch (error) {
    if (known === undefined || call.signal.aborted) throw error;
    call.log("warning", `database ${id} does not answer: its migrations are not known`);
    return { id, ...known };
  }
}
