import * as z from "zod";

import { TenantryError } from "../../errors/tenantry-error.ts";
import type { Accounts } from "../../stack/accounts.ts";
import { VendorError } from "../http/vendor-error.ts";
import { vendorHttp, type VendorCall, type VendorHttp } from "../http/vendor-http.ts";
import { dataUrl } from "./data-url.ts";
import { tursoErrors } from "./errors.ts";
import { groupLocation } from "./location.ts";

export type TursoAccount = Accounts["turso"];

export interface Database {
  readonly name: string;
  /** Turso's own id: a database made anew under the same name has another. */
  readonly dbId: string;
  readonly hostname: string;
  readonly group: string;
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
  size_limit?: string;
  block_reads?: boolean;
  block_writes?: boolean;
  delete_protection?: boolean;
  allowed_ips?: readonly string[];
}

export interface Group {
  readonly name: string;
  /** A location code like `aws-us-east-1`. */
  readonly location: string;
}

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

/** Whom a call serves: for its cancellation and for its errors. */
export interface Serving {
  readonly signal?: AbortSignal | undefined;
  readonly tenant?: string | undefined;
}

/**
 * The part of Turso's platform API that the provider needs. Whatever is read answers undefined for a clear 404 and
 * throws for everything else: unknown is not gone.
 */
export interface TursoClient {
  /** Letters a database's or group's name may have here: with the organisation's slug it forms one DNS label. */
  readonly longestName: number;
  group(name: string, serving: Serving): Promise<Group | undefined>;
  groupProtection(name: string, serving: Serving): Promise<boolean | undefined>;
  createGroup(group: Group, serving: Serving): Promise<void>;
  protectGroup(name: string, on: boolean, serving: Serving): Promise<void>;
  deleteGroup(name: string, serving: Serving): Promise<void>;
  /** All groups of the organisation. */
  groups(serving: Serving): Promise<Group[]>;
  /** All databases of the organisation, page by page. */
  databases(serving: Serving): Promise<{ name: string; group: string }[]>;
  /** Names of the databases in a group; the first page, if Turso has more. */
  databasesIn(group: string, serving: Serving): Promise<string[]>;
  database(name: string, serving: Serving): Promise<Database | undefined>;
  configuration(name: string, serving: Serving): Promise<Configuration | undefined>;
  /** Source: `GET /databases/{database}/usage`. */
  usage(name: string, span: { from: Date; to: Date }, serving: Serving): Promise<DatabaseUsage | undefined>;
  createDatabase(request: DatabaseRequest, serving: Serving): Promise<Omit<Database, "group">>;
  configure(name: string, patch: ConfigurationPatch, serving: Serving): Promise<void>;
  deleteDatabase(name: string, serving: Serving): Promise<void>;
  /** Mints a token for one database. `expiration` is written like `2w1d30m`. */
  mint(
    database: string,
    token: { expiration: string; authorization: "full-access" | "read-only" },
    serving: Serving,
  ): Promise<string>;
  /** Makes every token of the database invalid at once. */
  revokeTokens(database: string, serving: Serving): Promise<void>;
  /** Asks the database itself whether it takes a token. Anything but a clear yes or no is `unclear`. */
  probe(hostname: string, token: string, serving: Serving): Promise<"accepted" | "refused" | "unclear">;
}

const databaseAnswer = z
  .object({
    Name: z.string(),
    DbId: z.string().min(1),
    // It becomes part of a URL that a token is sent to.
    Hostname: z.string().regex(/^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::\d{1,5})?$/i),
  })
  .transform(({ Name, DbId, Hostname }) => ({ name: Name, dbId: DbId, hostname: Hostname }));

const createAnswer = z.object({ database: databaseAnswer });
const getAnswer = z.object({ database: z.intersection(databaseAnswer, z.object({ group: z.string() })) });
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

const figuresAnswer = z.object({ storage_bytes: z.number(), rows_read: z.number(), rows_written: z.number() });
// Their document says `total`; their CLI and SDK read `usage`.
const usageAnswer = z.object({
  database: z.union([
    z.object({ total: figuresAnswer }).transform(({ total }) => total),
    z.object({ usage: figuresAnswer }).transform(({ usage }) => usage),
  ]),
});

const groupShown = z
  .object({ name: z.string(), primary: z.string(), locations: z.array(z.string()).nullish() })
  .transform(({ name, primary, locations }): Group => ({
    name,
    location: groupLocation({ primary, locations: locations ?? [] }),
  }));
const groupAnswer = z.object({ group: groupShown });
const groupsAnswer = z.object({ groups: z.array(groupShown).nullish() });
const groupConfigurationAnswer = z.object({ delete_protection: z.boolean().nullish() });
const tokenAnswer = z.object({ jwt: z.string().min(1) });

const NAME = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/;
// A seeded database is answered when its copy stands.
const CREATE_LIMIT_MS = 120_000;
const PAGE = "1000";
const PROBE_LIMIT_MS = 5000;

/**
 * A client for Turso's platform API (v1, by name).
 *
 * Our own, because the vendor's `@tursodatabase/api` 2.0.5 is wrong where the provider needs it most: its createToken
 * sends permissions that databases on AWS refuse, its rotateTokens fails on the empty answer of a success, it leaves
 * names unencoded, drops delete_protection, has no configuration calls and no time-out, repeat or cancellation.
 * `locations.ts` uses it for what it does well.
 */
export function tursoClient(account: TursoAccount): TursoClient {
  const http = vendorHttp({
    vendor: "Turso",
    baseUrl: account.endpoint.replace(/\/$/, ""),
    headers: { authorization: `Bearer ${account.token}` },
    requestIdHeader: "x-request-id",
  });
  const organization = `/v1/organizations/${encodeURIComponent(account.organization)}`;
  return {
    longestName: longestName(account.organization),
    ...groupCalls(http, organization),
    ...databaseCalls(http, organization),
    ...tokenCalls(http, organization),
    probe: (hostname, token, serving) => probe(dataUrl(account.endpoint, hostname), token, serving),
  };
}

/** `<name>-<organisation>` is a DNS label of at most 63 characters. Source: the API's own errors, turso-cli#844 and #1013. */
export function longestName(organization: string): number {
  return 62 - organization.length;
}

/** What a name of a database or group looks like. */
export function nameInput(client: Pick<TursoClient, "longestName">): z.ZodString {
  const longest = client.longestName;
  return z
    .string()
    .regex(NAME, "expected only a-z, 0-9 and -, with no - at the start or the end")
    .max(longest, `expected at most ${longest} characters: with the organisation's slug it has to fit a DNS label`);
}

/**
 * Whether Turso says that a name is taken: 409 by its documents, 422 by its own CLI, and since 2026-07-30 400 with these
 * words (turso-docs#409). What it really means, only looking at the database tells.
 */
export function isNameTaken(error: unknown): boolean {
  return (
    VendorError.hasStatus(error, 409, 422) || (VendorError.hasStatus(error, 400) && /already exists/i.test(error.said))
  );
}

function groupCalls(http: VendorHttp, organization: string) {
  const path = (name: string, rest = "") => `${organization}/groups/${segment(name)}${rest}`;
  const context = (name: string, serving: Serving) => ({ resource: `group ${name}`, ...serving });
  const operation = "/v1/organizations/{org}/groups";
  return {
    async group(name: string, serving: Serving) {
      const call = get(`${operation}/{group}`, path(name), context(name, serving));
      return (await readOrGone(http, call, groupAnswer))?.group;
    },
    async groups(serving: Serving) {
      const call = get(operation, `${organization}/groups`, { resource: "groups", ...serving });
      return parse(groupsAnswer, (await http.call(call)).body, call).groups ?? [];
    },
    async groupProtection(name: string, serving: Serving) {
      const call = get(`${operation}/{group}/configuration`, path(name, "/configuration"), context(name, serving));
      const found = await readOrGone(http, call, groupConfigurationAnswer);
      return found === undefined ? undefined : (found.delete_protection ?? false);
    },
    async createGroup({ name, location }: Group, serving: Serving) {
      segment(name);
      await http.call({
        operation: `POST ${operation}`,
        method: "POST",
        path: `${organization}/groups`,
        json: { name, location },
        timeoutMs: CREATE_LIMIT_MS,
        ...context(name, serving),
      });
    },
    async protectGroup(name: string, on: boolean, serving: Serving) {
      await http.call({
        operation: `PATCH ${operation}/{group}/configuration`,
        method: "PATCH",
        path: path(name, "/configuration"),
        json: { delete_protection: on },
        idempotent: true,
        ...context(name, serving),
      });
    },
    async deleteGroup(name: string, serving: Serving) {
      const call = { operation: `DELETE ${operation}/{group}`, method: "DELETE", path: path(name) } as const;
      await removeOrGone(http, { ...call, ...context(name, serving) });
    },
  };
}

function databaseCalls(http: VendorHttp, organization: string) {
  const path = (name: string, rest = "") => `${organization}/databases/${segment(name)}${rest}`;
  const context = (name: string, serving: Serving) => ({ resource: `database ${name}`, ...serving });
  const operation = "/v1/organizations/{org}/databases";
  return {
    async databases(serving: Serving) {
      const all: { name: string; group: string }[] = [];
      for (let cursor = ""; ;) {
        // Turso's own CLI pages like this; the documents know of no pages.
        const query = new URLSearchParams({ limit: PAGE, ...(cursor === "" ? {} : { cursor }) }).toString();
        const call = get(operation, `${organization}/databases?${query}`, { resource: "databases", ...serving });
        const { databases, pagination } = parse(listAnswer, (await http.call(call)).body, call);
        all.push(...(databases ?? []).map(({ Name, group }) => ({ name: Name, group: group ?? "" })));
        const next = pagination?.next ?? "";
        if (next === "" || next === cursor) return all;
        cursor = next;
      }
    },
    async databasesIn(group: string, serving: Serving) {
      const call = get(operation, `${organization}/databases?group=${segment(group)}`, {
        resource: `group ${group}`,
        ...serving,
      });
      const found = await readOrGone(http, call, listAnswer);
      const all = found?.databases ?? [];
      return all.filter((each) => (each.group ?? group) === group).map(({ Name }) => Name);
    },
    async database(name: string, serving: Serving) {
      const call = get(`${operation}/{database}`, path(name), context(name, serving));
      return (await readOrGone(http, call, getAnswer))?.database;
    },
    async configuration(name: string, serving: Serving) {
      const call = get(`${operation}/{database}/configuration`, path(name, "/configuration"), context(name, serving));
      return readOrGone(http, call, configurationAnswer);
    },
    async usage(name: string, { from, to }: { from: Date; to: Date }, serving: Serving) {
      const span = new URLSearchParams({ from: from.toISOString(), to: to.toISOString() }).toString();
      const call = get(`${operation}/{database}/usage`, path(name, `/usage?${span}`), context(name, serving));
      const found = (await readOrGone(http, call, usageAnswer))?.database;
      return found === undefined
        ? undefined
        : { storageBytes: found.storage_bytes, rowsRead: found.rows_read, rowsWritten: found.rows_written };
    },
    async createDatabase({ name, group, sizeLimit, seed }: DatabaseRequest, serving: Serving) {
      segment(name);
      const call: VendorCall = {
        operation: `POST ${operation}`,
        method: "POST",
        path: `${organization}/databases`,
        json: { name, group, seed, size_limit: sizeLimit === undefined ? undefined : String(sizeLimit) },
        timeoutMs: CREATE_LIMIT_MS,
        ...context(name, serving),
      };
      return parse(createAnswer, (await http.call(call)).body, call).database;
    },
    async configure(name: string, patch: ConfigurationPatch, serving: Serving) {
      await http.call({
        operation: `PATCH ${operation}/{database}/configuration`,
        method: "PATCH",
        path: path(name, "/configuration"),
        json: patch,
        idempotent: true,
        ...context(name, serving),
      });
    },
    async deleteDatabase(name: string, serving: Serving) {
      const call = { operation: `DELETE ${operation}/{database}`, method: "DELETE", path: path(name) } as const;
      await removeOrGone(http, { ...call, ...context(name, serving) });
    },
  };
}

function tokenCalls(http: VendorHttp, organization: string) {
  const operation = "POST /v1/organizations/{org}/databases/{database}/auth";
  const path = (database: string) => `${organization}/databases/${segment(database)}/auth`;
  return {
    async mint(
      database: string,
      token: { expiration: string; authorization: "full-access" | "read-only" },
      serving: Serving,
    ) {
      const call: VendorCall = {
        operation: `${operation}/tokens`,
        method: "POST",
        path: `${path(database)}/tokens?${new URLSearchParams(token).toString()}`,
        // A token whose answer was lost is held by nobody and expires.
        idempotent: true,
        resource: `database ${database}`,
        ...serving,
      };
      return parse(tokenAnswer, (await http.call(call)).body, call).jwt;
    },
    async revokeTokens(database: string, serving: Serving) {
      await http.call({
        operation: `${operation}/rotate`,
        method: "POST",
        path: `${path(database)}/rotate`,
        idempotent: true,
        resource: `database ${database}`,
        ...serving,
      });
    },
  };
}

async function probe(url: string, token: string, { signal }: Serving): Promise<"accepted" | "refused" | "unclear"> {
  const http = vendorHttp({
    vendor: "Turso",
    baseUrl: url,
    headers: { authorization: `Bearer ${token}` },
    requestIdHeader: "x-request-id",
    timeoutMs: PROBE_LIMIT_MS,
    retries: 1,
  });
  const requests = [{ type: "execute", stmt: { sql: "select 1" } }, { type: "close" }];
  try {
    const operation = "POST /v2/pipeline";
    await http.call({ operation, method: "POST", path: "/v2/pipeline", json: { requests }, idempotent: true, signal });
    return "accepted";
  } catch (error) {
    if (signal?.aborted === true) throw error;
    return VendorError.hasStatus(error, 401) ? "refused" : "unclear";
  }
}

function get(operation: string, path: string, context: Serving & { resource: string }): VendorCall {
  return { operation: `GET ${operation}`, method: "GET", path, ...context };
}

async function readOrGone<Schema extends z.ZodType>(
  http: VendorHttp,
  call: VendorCall,
  schema: Schema,
): Promise<z.output<Schema> | undefined> {
  try {
    return parse(schema, (await http.call(call)).body, call);
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

async function removeOrGone(http: VendorHttp, call: VendorCall): Promise<void> {
  try {
    await http.call(call);
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}

/**
 * A 404 with Turso's own words about the very thing. One about the organisation, or a page of a proxy, says nothing about
 * whether the thing exists: a misspelt organisation must not look like a fleet that is gone.
 */
function isGone(error: unknown): boolean {
  if (!VendorError.hasStatus(error, 404)) return false;
  const inItsForm = typeof error.body === "object" && error.body !== null && "error" in error.body;
  return inItsForm && !/organi[sz]ation/i.test(error.said);
}

function parse<Schema extends z.ZodType>(schema: Schema, body: unknown, call: VendorCall): z.output<Schema> {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  // Only the places: the values may be secret.
  const places = parsed.error.issues.map(({ path }) => path.join(".") || "the whole answer").join(", ");
  throw new TenantryError(tursoErrors.TURSO_ANSWER, `not as documented: ${places}`, {
    resource: call.resource,
    tenant: call.tenant,
    call: call.operation,
  });
}

/** A name as part of a path. Refuses what is none, so that `..` or an empty one never reaches another address. */
function segment(name: string): string {
  if (NAME.test(name)) return encodeURIComponent(name);
  throw new TenantryError(tursoErrors.TURSO_NAME_INVALID, `${JSON.stringify(name)} is no name of a database or group`);
}
