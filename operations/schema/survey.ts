import { isDeepStrictEqual } from "node:util";

import { isClosed } from "../../components/closed.ts";
import { guestOf } from "../../components/machine-config.ts";
import { migratorEnv } from "../../components/migrator-env.ts";
import { TenantryError } from "../../errors/tenantry-error.ts";
import { shownWords } from "../../output/shown.ts";
import { flyClient } from "../../provider/fly/client.ts";
import { OwnApps } from "../../provider/fly/own-apps.ts";
import { type OneOff, type OneOffEnd, runOnce } from "../../provider/fly/one-off-machine.ts";
import type { Serving } from "../../provider/http/serving.ts";
import { tursoClient, type TursoClient } from "../../provider/turso/client.ts";
import type { Database } from "../../provider/turso/database-calls.ts";
import { libsqlUrl } from "../../provider/turso/data-url.ts";
import { withDatabase } from "../../provider/turso/schema-access.ts";
import { readLedger } from "../../provider/turso/schema-ledger.ts";
import { accountsOf } from "../../stack/accounts.ts";
import type { StackContext } from "../../stack/context.ts";
import { namesAtVendors, ownerAtVendors } from "../../stack/names-at-vendors.ts";
import type { Tenant, TenantSchema } from "../../tenants/model/tenant.ts";
import type { LedgerLine, SchemaFolder } from "../../tenants/schemas/migration.ts";
import { schemaFolders } from "../../tenants/schemas/read-folder.ts";
import { type SchemaStep, stepsTo, versionOf } from "../../tenants/schemas/steps.ts";
import { inLanes } from "../engine/lanes.ts";
import type { StoredResource } from "../engine/stack-state.ts";
import { tenantOf } from "../engine/steps.ts";

/** How databases are reached: with the stack's own credentials, by which each gets a passing token of its own. */
export interface SchemaAccess {
  readonly turso: TursoClient;
  readonly urlOf: (hostname: string) => string;
  /** Runs a command in a one-off machine of a tenant's app. */
  readonly runOnce: (tenant: string, order: OneOffOrder, serving: Serving) => Promise<OneOffEnd>;
}

/** What is run, in which image and with which secrets; whose it is follows from the tenant. */
export type OneOffOrder = Pick<OneOff, "image" | "region" | "guest" | "env" | "command" | "secrets">;

/** What a tenant's one-off machines are made of. */
export interface OneOffSite extends Pick<OneOff, "image" | "region" | "guest"> {
  readonly envOf: (databaseUrl: string) => OneOff["env"];
}

/** The app's own migrator, as it was run last: there is no ledger of it. */
export interface LastMigration {
  readonly image: string;
  readonly command: readonly string[];
  readonly version: number;
  /** Id of the database that it ran on. */
  readonly dbId: string;
  /** When it ended well, ISO 8601; empty: it was not run. */
  readonly finished: string;
}

/** A tenant whose file declares a schema. */
export interface SchemaSubject {
  readonly tenant: string;
  readonly declared: TenantSchema;
  /** Of the app's own migrator an empty one. */
  readonly folder: SchemaFolder;
  readonly site: OneOffSite;
  readonly lastMigration: LastMigration | undefined;
  /** Name of its database; undefined: `up` has not made it yet. */
  readonly database: string | undefined;
  /** Its database is blocked. */
  readonly isClosed: boolean;
}

/** What a tenant's database is, beside what its file declares. */
export interface SchemaState extends SchemaSubject {
  /**
   * `current`: as declared. `due`: steps are to be run. `new`: there is no database yet, and `up` runs all of them. `closed`: the
   * tenant is closed, and nothing runs. `refused`: its ledger and the files do not fit. `unknown`: it does not answer.
   */
  readonly is: "current" | "due" | "new" | "closed" | "refused" | "unknown";
  /** Number of the last migration it has had, or the version that the app's own migrator was run with last; null: not known. */
  readonly found: number | null;
  readonly last: LedgerLine | undefined;
  readonly steps: readonly SchemaStep[];
  /** Why it is refused or unknown. */
  readonly error?: string;
  readonly at?: Database;
}

/** How many databases are asked at a time. */
const LANES = 16;

/** The access of a stack. Throws what `accountsOf` throws. */
export function schemaAccess(context: StackContext): SchemaAccess {
  const { turso, fly } = accountsOf(context.settings, context.home, process.env);
  const machines = flyClient(fly);
  const apps = new OwnApps(machines, fly.organization);
  return {
    turso: tursoClient(turso),
    urlOf: (hostname) => libsqlUrl(turso.endpoint, hostname),
    async runOnce(tenant, order, serving) {
      const place = { owner: ownerAtVendors(context, tenant), app: namesAtVendors(context, tenant).app };
      await apps.require({ tenant, app: place.app }, { owner: () => place.owner, ...serving });
      return runOnce(machines, { ...order, ...place, key: undefined }, serving);
    },
  };
}

/** Of these tenants those whose files declare a schema. Purged ones are none. Pure but for the folders. */
export function subjectsIn(
  projectDir: string,
  tenants: readonly Tenant[],
  stored: readonly StoredResource[],
): readonly SchemaSubject[] {
  const folderOf = schemaFolders(projectDir);
  const living = stored.filter((each) => each.delete !== true);
  const ofTenants = (token: string) =>
    new Map(living.flatMap((each) => (each.type === token ? [[tenantOf(each.urn), each] as const] : [])));
  const databases = ofTenants("tenantry:turso:Database");
  const migrators = ofTenants("tenantry:fly:Migrator");
  return tenants.flatMap((tenant): SchemaSubject[] => {
    const { id, state, database } = tenant;
    if (state === "purged" || database.engine === "none" || database.schema === undefined) return [];
    const { from } = database.schema;
    const { folder } = from === undefined ? { folder: { from: "", migrations: [] } } : folderOf(from);
    const name = databases.get(id)?.inputs["name"];
    return [
      {
        tenant: id,
        declared: database.schema,
        folder,
        site: siteOf(tenant),
        lastMigration: from === undefined ? lastMigrationOf(migrators.get(id)) : undefined,
        database: typeof name === "string" ? name : undefined,
        isClosed: isClosed(tenant),
      },
    ];
  });
}

/** Pure. */
export function siteOf(tenant: Tenant): OneOffSite {
  const { image, region } = tenant.machine;
  return { image, region, guest: guestOf(tenant.machine), envOf: (url) => migratorEnv(tenant, url) };
}

function lastMigrationOf(stored: StoredResource | undefined): LastMigration | undefined {
  if (stored === undefined) return undefined;
  const { image, command, version, dbId } = stored.inputs as unknown as LastMigration;
  const { finished } = stored.outputs as unknown as LastMigration;
  return { image, command, version, dbId, finished };
}

/** Reads the ledger of each. What cannot be told of one is told of that one. Changes nothing. */
export async function surveyed(
  access: SchemaAccess,
  subjects: readonly SchemaSubject[],
  signal: AbortSignal,
): Promise<readonly SchemaState[]> {
  return inLanes(subjects, LANES, (subject) => stateOf(access, subject, signal));
}

async function stateOf(access: SchemaAccess, subject: SchemaSubject, signal: AbortSignal): Promise<SchemaState> {
  const { tenant, database, declared, folder, isClosed } = subject;
  const nothing = { ...subject, found: null, last: undefined, steps: [] };
  if (isClosed) return { ...nothing, is: "closed" };
  if (database === undefined) return { ...nothing, is: "new", steps: stepsTo(declared.version, folder, []) };
  const serving = { tenant, signal };
  if (declared.from === undefined) return migratorState(access, { ...subject, database }, serving);
  let at: Database | undefined;
  let ledger: readonly LedgerLine[];
  try {
    at = await access.turso.database(database, serving);
    if (at === undefined) return { ...nothing, is: "unknown", error: `database ${database} is gone` };
    ledger = await withDatabase(access, at, "read-only", serving, readLedger);
  } catch (error) {
    if (signal.aborted) throw error;
    return { ...nothing, is: "unknown", error: wordsOf(error) };
  }
  const read = { ...subject, at, found: versionOf(ledger), last: ledger.at(-1) };
  try {
    const steps = stepsTo(declared.version, folder, ledger);
    return { ...read, is: steps.length === 0 ? "current" : "due", steps };
  } catch (error) {
    return { ...read, is: "refused", steps: [], error: wordsOf(error) };
  }
}

/** Of the app's own migrator: whether it was run last as is declared, on this database. */
async function migratorState(
  access: SchemaAccess,
  subject: SchemaSubject & { readonly database: string },
  serving: Serving & { readonly signal: AbortSignal },
): Promise<SchemaState> {
  const { database, declared, site, lastMigration: last } = subject;
  const known = { ...subject, found: last?.version ?? null, last: undefined, steps: [] };
  try {
    const at = await access.turso.database(database, serving);
    if (at === undefined) return { ...known, is: "unknown", error: `database ${database} is gone` };
    const asked = [declared.version, ...(declared.version === 0 ? [] : [declared.command, site.image, at.dbId])];
    const had = last && [last.version, ...(declared.version === 0 ? [] : [last.command, last.image, last.dbId])];
    return { ...known, at, is: isDeepStrictEqual(asked, had ?? [0]) ? "current" : "due" };
  } catch (error) {
    if (serving.signal.aborted) throw error;
    return { ...known, is: "unknown", error: wordsOf(error) };
  }
}

/** What went wrong with one tenant, for people. */
export function wordsOf(error: unknown): string {
  if (error instanceof TenantryError) return error.message;
  return shownWords(error instanceof Error ? error.message : String(error)).slice(0, 300);
}
