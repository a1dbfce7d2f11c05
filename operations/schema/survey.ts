import { isClosed } from "../../components/closed.ts";
import { TenantryError } from "../../errors/tenantry-error.ts";
import { shownWords } from "../../output/shown.ts";
import { tursoClient, type TursoClient } from "../../provider/turso/client.ts";
import type { Database } from "../../provider/turso/database-calls.ts";
import { libsqlUrl } from "../../provider/turso/data-url.ts";
import { withDatabase } from "../../provider/turso/schema-access.ts";
import { readLedger } from "../../provider/turso/schema-ledger.ts";
import { accountsOf } from "../../stack/accounts.ts";
import type { StackContext } from "../../stack/context.ts";
import type { Tenant, TenantSchema } from "../../tenants/model/tenant.ts";
import type { LedgerLine, SchemaFolder } from "../../tenants/schemas/migration.ts";
import { schemaFolders } from "../../tenants/schemas/read-folder.ts";
import { type SchemaStep, stepsTo, versionOf } from "../../tenants/schemas/steps.ts";
import { inLanes } from "../engine/lanes.ts";
import type { StoredResource } from "../engine/stack-state.ts";

/** How databases are reached: with the stack's own credentials, by which each gets a passing token of its own. */
export interface SchemaAccess {
  readonly turso: TursoClient;
  readonly urlOf: (hostname: string) => string;
}

/** A tenant whose file declares a schema. */
export interface SchemaSubject {
  readonly tenant: string;
  readonly declared: TenantSchema;
  readonly folder: SchemaFolder;
  /** Name of its database; undefined: `up` has not made it yet. */
  readonly database: string | undefined;
  /** Its database answers nobody. */
  readonly isClosed: boolean;
}

/** What a tenant's database is, beside what its file declares. */
export interface SchemaState extends SchemaSubject {
  /**
   * `current`: as declared. `due`: steps are to be run. `new`: there is no database yet, and `up` runs all of them. `closed`: the
   * tenant is closed, and nothing runs. `refused`: its ledger and the files do not fit. `unknown`: it does not answer.
   */
  readonly is: "current" | "due" | "new" | "closed" | "refused" | "unknown";
  /** Number of the last migration it has had; null: not known. */
  readonly found: number | null;
  readonly last: LedgerLine | undefined;
  readonly steps: readonly SchemaStep[];
  /** Why it is refused or unknown. */
  readonly error?: string;
  readonly at?: Database;
}

/** How many databases are asked at a time. */
const LANES = 16;

/** The desk of a stack. Throws what `accountsOf` throws. */
export function schemaAccess({ settings, home }: StackContext): SchemaAccess {
  const account = accountsOf(settings, home, process.env).turso;
  return { turso: tursoClient(account), urlOf: (hostname) => libsqlUrl(account.endpoint, hostname) };
}

/** Of these tenants those whose files declare a schema. Purged ones are none. Pure but for the folders. */
export function subjectsIn(
  projectDir: string,
  tenants: readonly Tenant[],
  stored: readonly StoredResource[],
): readonly SchemaSubject[] {
  const folderOf = schemaFolders(projectDir);
  const names = new Map(
    stored.flatMap(({ type, inputs, delete: isReplaced }) =>
      type === "tenantry:turso:Database" && isReplaced !== true
        ? [[String(inputs["tenant"]), String(inputs["name"])] as const]
        : [],
    ),
  );
  return tenants.flatMap((tenant): SchemaSubject[] => {
    const { id, state, database } = tenant;
    if (state === "purged" || database.engine === "none" || database.schema === undefined) return [];
    const { folder } = folderOf(database.schema.from);
    const place = { declared: database.schema, folder, database: names.get(id) };
    return [{ tenant: id, ...place, isClosed: isClosed(tenant) }];
  });
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

/** What went wrong with one tenant, for people. */
export function wordsOf(error: unknown): string {
  if (error instanceof TenantryError) return error.message;
  return shownWords(error instanceof Error ? error.message : String(error)).slice(0, 300);
}
