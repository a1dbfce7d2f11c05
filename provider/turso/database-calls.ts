import * as z from "zod";

import { TenantryError } from "../../errors/tenantry-error.ts";
import type { Serving } from "../http/serving.ts";
import { VendorError } from "../http/vendor-error.ts";
import { CREATE_LIMIT_MS, ORGANIZATION, type TursoApi } from "./api.ts";
import { tursoErrors } from "./errors.ts";

/** A database as the platform API answers it. */
export interface Database {
  readonly name: string;
  /** Turso's own id: a database created again with the same name has another. */
  readonly dbId: string;
  readonly hostname: string;
  readonly group: string;
  /** What it was seeded from, where Turso says so. */
  readonly parent?: { readonly id: string } | undefined;
}

/** The settings that can be changed in place. */
export interface Configuration {
  /** As Turso shows it; undefined when there is none. */
  readonly sizeLimit: string | undefined;
  readonly blockReads: boolean;
  readonly blockWrites: boolean;
  readonly deleteProtection: boolean;
  readonly allowedIps: readonly string[];
}

/** Settings to change, as Turso names them. A key that is absent stays as it is; never send null, which clears a list. */
export interface ConfigurationPatch {
  block_reads?: boolean;
  block_writes?: boolean;
  delete_protection?: boolean;
  allowed_ips?: readonly string[];
}

/** What a new database is created from. */
export interface DatabaseRequest {
  readonly name: string;
  readonly group: string;
  /** In bytes. */
  readonly sizeLimit?: number | undefined;
  readonly seed?:
    { readonly type: "database"; readonly name: string; readonly timestamp?: string | undefined } | undefined;
}

/** What a database has used in a span of time, as Turso counts it. */
export interface DatabaseUsage {
  readonly storageBytes: number;
  readonly rowsRead: number;
  readonly rowsWritten: number;
}

/** Calls for databases. */
export interface DatabaseCalls {
  /** All databases of the organisation, page by page. */
  databases(serving: Serving): Promise<{ name: string; group: string }[]>;
  /** Names of the databases in a group; the first page, if Turso has more. */
  databasesIn(group: string, serving: Serving): Promise<string[]>;
  database(name: string, serving: Serving): Promise<Database | undefined>;
  configuration(name: string, serving: Serving): Promise<Configuration | undefined>;
  /** Source: `GET /databases/{database}/usage`. */
  usage(name: string, span: { from: Date; to: Date }, serving: Serving): Promise<DatabaseUsage | undefined>;
  /** Throws TURSO_NO_SIZE_LIMIT when a limit was requested and Turso refuses it. Turso may also ignore it silently. */
  createDatabase(request: DatabaseRequest, serving: Serving): Promise<Omit<Database, "group" | "parent">>;
  /** Sets a size limit, in bytes, and nothing else. Throws TURSO_NO_SIZE_LIMIT. */
  limitSize(name: string, bytes: number, serving: Serving): Promise<void>;
  configure(name: string, patch: ConfigurationPatch, serving: Serving): Promise<void>;
  deleteDatabase(name: string, serving: Serving): Promise<void>;
}

const databaseAnswer = z
  .object({
    Name: z.string(),
    DbId: z.string().min(1),
    // It becomes part of a URL that a token is sent to.
    Hostname: z.string().regex(/^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::\d{1,5})?$/i),
  })
  .transform(({ Name, DbId, Hostname }) => ({ name: Name, dbId: DbId, hostname: Hostname }));

const groupAnswer = z
  .object({ group: z.string(), parent: z.object({ id: z.string() }).nullish() })
  .transform(({ group, parent }) => (parent == null ? { group } : { group, parent }));

const createAnswer = z.object({ database: databaseAnswer });
const getAnswer = z.object({ database: z.intersection(databaseAnswer, groupAnswer) });
const listAnswer = z.object({
  databases: z.array(z.object({ Name: z.string(), group: z.string().optional() })).nullish(),
  pagination: z.object({ next: z.string().nullish() }).nullish(),
});

const configurationAnswer = z
  .object({
    size_limit: z.union([z.string(), z.number()]).nullish(),
    block_reads: z.boolean().nullish(),
    block_writes: z.boolean().nullish(),
    delete_protection: z.boolean().nullish(),
    allowed_ips: z.array(z.string()).nullish(),
  })
  .transform((shown): Configuration => ({
    sizeLimit: shown.size_limit === null || shown.size_limit === undefined ? undefined : String(shown.size_limit),
    blockReads: shown.block_reads ?? false,
    blockWrites: shown.block_writes ?? false,
    deleteProtection: shown.delete_protection ?? false,
    allowedIps: shown.allowed_ips ?? [],
  }));

// Turso's CLI and SDK read an omitted figure as 0.
const figure = z
  .number()
  .nullish()
  .transform((given) => given ?? 0);
const figuresAnswer = z.object({ storage_bytes: figure, rows_read: figure, rows_written: figure });
// Their document says `total`; their CLI and SDK read `usage`.
const usageAnswer = z.object({
  database: z.union([
    z.object({ total: figuresAnswer }).transform(({ total }) => total),
    z.object({ usage: figuresAnswer }).transform(({ usage }) => usage),
  ]),
});

const DATABASES = `${ORGANIZATION}/databases`;
const DATABASE = `${DATABASES}/{database}`;

/** The calls for databases. Source: Turso's platform API, /v1/organizations/{org}/databases. */
export function databaseCalls(
  api: TursoApi,
  { timeoutMs = CREATE_LIMIT_MS }: { readonly timeoutMs?: number } = {},
): DatabaseCalls {
  return { ...listCalls(api), ...readCalls(api), ...changeCalls(api, timeoutMs) };
}

function listCalls(api: TursoApi): Pick<DatabaseCalls, "databases" | "databasesIn"> {
  const list = (query: Record<string, string>, context: Serving & { resource: string }) => ({
    operation: `GET ${DATABASES}`,
    method: "GET" as const,
    path: `${api.path("databases")}?${new URLSearchParams(query).toString()}`,
    ...context,
  });
  return {
    async databases(serving) {
      const all: { name: string; group: string }[] = [];
      for (let cursor = ""; ;) {
        // Turso's own CLI pages like this; the documents know of no pages.
        const query = { limit: PAGE, ...(cursor === "" ? {} : { cursor }) };
        const { databases, pagination } = await api.ask(list(query, { resource: "databases", ...serving }), listAnswer);
        all.push(...(databases ?? []).map(({ Name, group }) => ({ name: Name, group: group ?? "" })));
        const next = pagination?.next ?? "";
        if (next === "" || next === cursor) return all;
        cursor = next;
      }
    },
    async databasesIn(group, serving) {
      const found = await api.find(list({ group }, { resource: `group ${group}`, ...serving }), listAnswer);
      const all = found?.databases ?? [];
      return all.filter((each) => (each.group ?? group) === group).map(({ Name }) => Name);
    },
  };
}

const PAGE = "1000";

function readCalls(api: TursoApi): Pick<DatabaseCalls, "database" | "configuration" | "usage"> {
  const read = (name: string, serving: Serving, ...rest: string[]) => ({
    operation: `GET ${[DATABASE, ...rest].join("/")}`,
    method: "GET" as const,
    path: api.path("databases", name, ...rest),
    resource: `database ${name}`,
    ...serving,
  });
  return {
    database: async (name, serving) => (await api.find(read(name, serving), getAnswer))?.database,
    configuration: (name, serving) => api.find(read(name, serving, "configuration"), configurationAnswer),
    async usage(name, { from, to }, serving) {
      const span = new URLSearchParams({ from: from.toISOString(), to: to.toISOString() }).toString();
      const call = read(name, serving, "usage");
      const found = (await api.find({ ...call, path: `${call.path}?${span}` }, usageAnswer))?.database;
      return found === undefined
        ? undefined
        : { storageBytes: found.storage_bytes, rowsRead: found.rows_read, rowsWritten: found.rows_written };
    },
  };
}

type ChangeCalls = Pick<DatabaseCalls, "createDatabase" | "limitSize" | "configure" | "deleteDatabase">;

function changeCalls(api: TursoApi, timeoutMs: number): ChangeCalls {
  const one = (name: string, serving: Serving, ...rest: string[]) => ({
    path: api.path("databases", name, ...rest),
    resource: `database ${name}`,
    ...serving,
  });
  const change = (name: string, json: object, serving: Serving) =>
    api.tell({
      operation: `PATCH ${DATABASE}/configuration`,
      method: "PATCH",
      json,
      idempotent: true,
      ...one(name, serving, "configuration"),
    });
  return {
    async createDatabase({ name, group, sizeLimit, seed }, serving) {
      const call = {
        operation: `POST ${DATABASES}`,
        method: "POST",
        ...one(name, serving),
        path: api.path("databases"),
        json: { name, group, seed, size_limit: sizeLimit === undefined ? undefined : String(sizeLimit) },
        timeoutMs,
      } as const;
      return (await orNoSizeLimit(api.ask(call, createAnswer), call)).database;
    },
    limitSize: (name, bytes, serving) =>
      orNoSizeLimit(change(name, { size_limit: String(bytes) }, serving), one(name, serving)),
    configure: change,
    deleteDatabase: (name, serving) =>
      api.remove({ operation: `DELETE ${DATABASE}`, method: "DELETE", ...one(name, serving) }),
  };
}

/** Turso's current platform answers 400 "size_limit is not supported for db-api controlled databases". */
async function orNoSizeLimit<Result>(
  work: Promise<Result>,
  { resource, tenant }: { readonly resource: string; readonly tenant?: string | undefined },
): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    if (!VendorError.hasStatus(error, 400, 422) || !/size[_ ]limit/i.test(error.said)) throw error;
    throw new TenantryError(tursoErrors.TURSO_NO_SIZE_LIMIT, `Turso says: ${error.said}`, {
      resource,
      tenant,
      cause: error,
    });
  }
}
