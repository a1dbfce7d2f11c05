import * as z from "zod";

import { TenantryError } from "../../errors/tenantry-error.ts";
import { claimInWords, type ClaimState } from "../../resource-kinds/claim.ts";
import type { Serving } from "../http/serving.ts";
import { VendorError } from "../http/vendor-error.ts";
import { type Call, HalfDone, type Known, type ResourceType, type Existing } from "../plugin/resource-type.ts";
import type { TursoClient } from "./client.ts";
import type { Configuration, Database } from "./database-calls.ts";
import { type DatabaseSettings, settingsPatch, settingsShown, sizeLimitChange } from "./database-settings.ts";
import { type Engine, engineOf } from "./engine.ts";
import { tursoErrors } from "./errors.ts";
import { revokeTokens } from "./revocation.ts";
import { makeOrFind } from "./make-or-find.ts";
import { nameInput } from "./names.ts";
import { isNoLimit, type Size, sizeInBytes } from "./size-limit.ts";

/** Inputs of `tenantry:turso:Database`; docs/resources.md describes each. */
export interface DatabaseInputs extends DatabaseSettings {
  tenant: string;
  claim: string;
  name: string;
  group: string;
  seed?: { type: "database"; name: string; timestamp?: string | undefined } | undefined;
  tokenEpoch: number;
  engine?: Engine | undefined;
}

/** Outputs of `tenantry:turso:Database`. */
export interface DatabaseState {
  /** Turso's id of the database. A database created again with the same name has another, and old tokens do not open it. */
  dbId: string;
  /** The data plane's host, with a port on the embedded cloud; `libsqlUrl` makes a URL of it. */
  hostname: string;
}

/** The resource type, with its inputs and outputs. */
export type DatabaseType = ResourceType<DatabaseInputs, DatabaseState>;

/**
 * `tenantry:turso:Database`: a tenant's libSQL database with its settings. Its id is its name; import by name.
 *
 * A database whose name is taken is adopted only when the tenant's claim, read live, is ours. It is deleted only when it
 * is not protected and still the one that the state knows.
 *
 * Source: Platform API operations createDatabase, getDatabase, updateDatabaseConfiguration, invalidateDatabaseTokens,
 * deleteDatabase.
 */
export function databaseType(client: TursoClient): DatabaseType {
  return {
    token: "tenantry:turso:Database",
    inputs: databaseInputs(client),
    replaceOn: ["name", "group", "seed"],
    deleteBeforeReplace: true,
    outputs: ["dbId", "hostname"],
    check: (news, olds) => ({ ...news, ...keptSpelling(news.sizeLimit, olds?.sizeLimit) }),
    foresee: (_inputs, known) => known?.state ?? {},
    create: (inputs, call) => create(client, inputs, call),
    read: (id, known, call) => read(client, id, known, call),
    update: (id, known, news, call) => update(client, id, known, news, call),
    delete: (id, known, call) => remove(client, id, known, call),
  };
}

function databaseInputs(client: TursoClient) {
  const size = "expected a whole number of bytes, or one with a unit: 256mb, 1gb";
  return z.strictObject({
    tenant: z.string().min(1).describe("The tenant's id, as in the claim. Default: the start of the resource's name."),
    claim: z
      .string()
      .min(1)
      .describe(
        "The tenant's claim: the physical name of its bucket at Tigris, or `app:` and the name of its Fly app.",
      ),
    name: nameInput(client).describe("Unique in the organisation. Changing it replaces the database."),
    group: nameInput(client).describe("Its group, which decides the region. Changing it replaces the database."),
    sizeLimit: z
      .union([z.int().positive(size), z.string().refine((text) => (sizeInBytes(text) ?? 0) > 0, size)], size)
      .optional()
      .describe(
        "Largest size: bytes, or decimal units like `1gb`. Default: not set, and an existing limit stays. Databases of Turso's current platform refuse it (TURSO_NO_SIZE_LIMIT). Changed in place, but Turso cannot remove a limit.",
      ),
    deleteProtection: z
      .boolean()
      .default(true)
      .describe("Turso refuses to delete the database. Default: true. Changed in place."),
    blockReads: z.boolean().default(false).describe("Refuse all reads. Default: false. Changed in place."),
    blockWrites: z.boolean().default(false).describe("Refuse all writes. Default: false. Changed in place."),
    allowedIps: z
      .array(z.string().min(1))
      .optional()
      .describe("Addresses and CIDR blocks that may connect. Default: no restriction. Changed in place."),
    seed: z
      .strictObject({
        type: z.literal("database"),
        name: nameInput(client),
        timestamp: z.iso.datetime({ offset: true }).optional(),
      })
      .optional()
      .describe(
        "Start as a copy of another database, as it was at `timestamp` (ISO 8601, default now, as far back as the plan " +
          "keeps history). Changing it replaces the database.",
      ),
    tokenEpoch: z
      .int()
      .min(1)
      .default(1)
      .describe("Raising it revokes every token of the database at once, with a short downtime. Default: 1."),
    engine: z
      .literal("libsql")
      .optional()
      .describe(
        "Required engine of the database: only libSQL has FTS5. Turso chooses the engine, and the database's id shows it. Another one is an error (TURSO_WRONG_ENGINE). Default: libsql.",
      ),
  });
}

/** The same size in another spelling is no change: an import stores Turso's spelling. */
function keptSpelling(now: unknown, old: Size | undefined): Pick<DatabaseInputs, "sizeLimit"> {
  const isSame = old !== undefined && isSize(now) && sizeInBytes(now) === sizeInBytes(old);
  return isSame ? { sizeLimit: old } : {};
}

function isSize(value: unknown): value is Size {
  return typeof value === "string" || typeof value === "number";
}

async function create(client: TursoClient, inputs: DatabaseInputs, call: Call): Promise<Existing<DatabaseState>> {
  const { name, group, seed, tenant } = inputs;
  const serving = { signal: call.signal, tenant };
  const sizeLimit = inputs.sizeLimit === undefined ? undefined : sizeInBytes(inputs.sizeLimit);
  const outcome = await makeOrFind(
    {
      make: () => client.createDatabase({ name, group, seed, sizeLimit }, serving),
      find: () => client.database(name, serving),
    },
    call.signal,
  );
  const adopted = "found" in outcome;
  if (adopted) await assertOurs(outcome.found, inputs, call);
  const { dbId, hostname } = adopted ? outcome.found : outcome.made;
  const existing = { id: name, state: { dbId, hostname } };
  try {
    const shown = adopted || sizeLimit !== undefined ? await configurationOf(client, name, serving) : AS_CREATED;
    await configure(client, name, inputs, shown, serving);
    await limitSize(client, name, inputs, shown, serving);
    assertEngine(dbId, name, serving);
  } catch (error) {
    throw new HalfDone<DatabaseState>(existing, error as Error);
  }
  return existing;
}

/** A new database has everything switched off. Only a read shows whether it has the requested size limit. */
const AS_CREATED: Configuration = {
  sizeLimit: undefined,
  blockReads: false,
  blockWrites: false,
  deleteProtection: false,
  allowedIps: [],
};

async function assertOurs(found: Database, inputs: DatabaseInputs, call: Call): Promise<void> {
  const { name, group, tenant, claim } = inputs;
  const context = { resource: `database ${name}`, tenant };
  const state = await call.claims.read(claim, call.owner(tenant));
  if (state.held !== "by-us") {
    throw new TenantryError(tursoErrors.TURSO_NAME_TAKEN, `database ${name} exists, and ${holder(claim, state)}`, {
      ...context,
      next: `Choose another prefix or tenant id; or, if it is yours, take it over on purpose with\n    ${call.importLine(name)}`,
    });
  }
  if (found.group !== group) {
    const what = `database ${name} is ours, but in group ${found.group} instead of ${group}`;
    throw new TenantryError(tursoErrors.TURSO_OTHER_GROUP, what, context);
  }
}

function holder(claim: string, state: Exclude<ClaimState, { held: "by-us" }>): string {
  const named = claimInWords(claim);
  if (state.held === "by-other") return `the claim, ${named}, is held by ${state.who}`;
  return state.held === "gone" ? `the claim, ${named}, does not exist` : `the claim, ${named}, names no owner`;
}

async function read(
  client: TursoClient,
  id: string,
  known: Known<DatabaseInputs, DatabaseState> | undefined,
  { signal }: Call,
) {
  const serving = { signal, tenant: known?.inputs.tenant };
  const [database, shown] = await Promise.all([client.database(id, serving), client.configuration(id, serving)]);
  if (database === undefined) return undefined;
  const { name, group, dbId, hostname } = database;
  // Turso keeps nothing of these; for an import the plugin fills in tenant and claim.
  const kept = known === undefined ? { tokenEpoch: 1 } : keptInputs(known.inputs);
  const settings = settingsShown(present(shown, id, serving), known?.inputs);
  const inputs = { ...kept, name, group, ...settings, ...engineShown(dbId, known?.inputs) };
  return { id, inputs: inputs as DatabaseInputs, state: { dbId, hostname } };
}

function keptInputs({ tenant, claim, tokenEpoch, seed }: DatabaseInputs) {
  return { tenant, claim, tokenEpoch, ...(seed === undefined ? {} : { seed }) };
}

async function update(
  client: TursoClient,
  id: string,
  known: Known<DatabaseInputs, DatabaseState>,
  news: DatabaseInputs,
  call: Call,
): Promise<DatabaseState> {
  const serving = { signal: call.signal, tenant: news.tenant };
  const [database, shown] = await Promise.all([client.database(id, serving), client.configuration(id, serving)]);
  const { dbId, hostname } = asKnown(database, id, known, serving);
  const before = present(shown, id, serving);
  if (known.inputs.sizeLimit !== undefined && news.sizeLimit === undefined && !isNoLimit(before.sizeLimit)) {
    call.log("warning", `Turso has no call to remove a size limit: database ${id} keeps ${before.sizeLimit ?? "it"}`);
  }
  await configure(client, id, news, before, serving, known.inputs);
  // After the settings, so that a failure above leaves the tokens that machines hold valid.
  const revokes = news.tokenEpoch > known.inputs.tokenEpoch;
  if (revokes) await revokeTokens(client, { name: id, group: news.group }, serving);
  try {
    await limitSize(client, id, news, before, serving);
    // The engine does not matter for a database that is being deleted or suspended.
    if (news.deleteProtection && !news.blockReads) assertEngine(dbId, id, serving);
  } catch (error) {
    // A failure now would leave the machine without a token that opens anything. The next `up` fails instead.
    if (!revokes || !isNotToBeHad(error)) throw error;
    call.log("warning", `database ${id} is not as declared: ${error.message}`);
  }
  return { dbId, hostname };
}

/** What no call to Turso can put right. */
function isNotToBeHad(error: unknown): error is TenantryError {
  return [tursoErrors.TURSO_NO_SIZE_LIMIT, tursoErrors.TURSO_WRONG_ENGINE].some((kind) =>
    TenantryError.is(error, kind),
  );
}

/** Undeclared means libSQL, and stays undeclared where that is what Turso has. */
function engineShown(
  dbId: string,
  declared: Pick<DatabaseInputs, "engine"> | undefined,
): Pick<DatabaseInputs, "engine"> {
  const engine = engineOf(dbId);
  return engine === "libsql" && declared?.engine === undefined ? {} : { engine };
}

/** Last of all: everything else about the database is as declared by then. */
function assertEngine(dbId: string, name: string, { tenant }: Serving): void {
  if (engineOf(dbId) === "libsql") return;
  const what = `database ${name} has the engine TursoDB, not libSQL`;
  throw new TenantryError(tursoErrors.TURSO_WRONG_ENGINE, what, { resource: `database ${name}`, tenant });
}

async function remove(
  client: TursoClient,
  id: string,
  known: Known<DatabaseInputs, DatabaseState>,
  { signal }: Call,
): Promise<void> {
  const serving = { signal, tenant: known.inputs.tenant };
  const [found, shown] = await Promise.all([client.database(id, serving), client.configuration(id, serving)]);
  if (found === undefined) return;
  const { group } = asKnown(found, id, known, serving);
  const refuse = (what: string) =>
    new TenantryError(tursoErrors.TURSO_DELETE_PROTECTED, what, { resource: `database ${id}`, tenant: serving.tenant });
  if (known.inputs.deleteProtection || present(shown, id, serving).deleteProtection) {
    throw refuse(`database ${id} is protected`);
  }
  try {
    await client.deleteDatabase(id, serving);
  } catch (error) {
    // A group's protection covers its databases; which status says so, Turso does not document.
    const covered = error instanceof VendorError && (await client.groupProtection(group, serving)) === true;
    throw covered ? refuse(`group ${group} is protected, and with it its database ${id}`) : error;
  }
}

/** The database, if it is still the one that the state knows. */
function asKnown(
  found: Database | undefined,
  id: string,
  known: Known<DatabaseInputs, DatabaseState>,
  { tenant }: Serving,
): Database {
  if (found?.dbId === known.state.dbId) return found;
  const what =
    found === undefined
      ? `database ${id} does not exist any more`
      : `database ${id} has the id ${found.dbId}, not ${known.state.dbId}: somebody else recreated it`;
  throw new TenantryError(tursoErrors.TURSO_DATABASE_GONE, what, { resource: `database ${id}`, tenant });
}

async function configurationOf(client: TursoClient, name: string, serving: Serving): Promise<Configuration> {
  return present(await client.configuration(name, serving), name, serving);
}

function present(shown: Configuration | undefined, name: string, { tenant }: Serving): Configuration {
  if (shown !== undefined) return shown;
  const what = `database ${name} exists, but its configuration does not`;
  throw new TenantryError(tursoErrors.TURSO_ANSWER, what, { resource: `database ${name}`, tenant });
}

/**
 * One call for all that differs, none when nothing does.
 *
 * @param known what was declared before. What changes against it is sent in any case: Turso may show how a database was some
 *   time ago, and one that is to be opened again would stay blocked.
 */
async function configure(
  client: TursoClient,
  name: string,
  declared: DatabaseSettings,
  shown: Configuration,
  serving: Serving,
  known?: DatabaseSettings,
): Promise<void> {
  const changes = known === undefined ? {} : settingsPatch(declared, asShown(known));
  const patch = { ...changes, ...settingsPatch(declared, shown) };
  if (Object.keys(patch).length > 0) await client.configure(name, patch, serving);
}

/** Settings as Turso would show them. The size limit is not looked at. */
function asShown({ blockReads, blockWrites, deleteProtection, allowedIps = [] }: DatabaseSettings): Configuration {
  return { sizeLimit: undefined, blockReads, blockWrites, deleteProtection, allowedIps };
}

/** Last and alone: where Turso refuses it, all else has been done. */
async function limitSize(
  client: TursoClient,
  name: string,
  declared: DatabaseSettings,
  shown: Configuration,
  serving: Serving,
): Promise<void> {
  const bytes = sizeLimitChange(declared, shown);
  if (bytes !== undefined) await client.limitSize(name, bytes, serving);
}
