import { isIP } from "node:net";

import * as z from "zod";

import type { Caller } from "../api-tokens.ts";
import type { Origin } from "../databases.ts";
import { OLDER_LOCATIONS } from "../locations.ts";
import { checkName } from "../names.ts";
import type { DatabaseConfiguration, DatabaseRecord } from "../records.ts";
import { isProtected, noDatabase, noGroup, Refusal } from "../refusal.ts";
import { parseSizeLimit } from "../size-limit.ts";
import type { LogPosition } from "../write-log.ts";
import { param, readBody } from "./body.ts";
import type { Call, Platform, Route } from "./route.ts";
import { mintFor } from "./sql-tokens.ts";

const DATABASES = "/v1/organizations/{org}/databases";
const DATABASE = `${DATABASES}/{database}`;

const creationSchema = z.object({
  name: z.string(),
  group: z.string(),
  size_limit: z.string().optional(),
  seed: z
    .object({
      type: z.string(),
      name: z.string().optional(),
      /** What the vendor's CLI sends instead of `name`. */
      value: z.string().optional(),
      timestamp: z.string().optional(),
    })
    .optional(),
  remote_encryption: z.unknown().optional(),
  use_tursodb: z.boolean().optional(),
});

const ipRange = z.string().refine(isIpRange, "must be an IP address or a CIDR range");
// A null clears a list, and is as good as absent elsewhere.
const changeSchema = z.object({
  size_limit: z.string().nullish(),
  allow_attach: z.boolean().nullish(),
  block_reads: z.boolean().nullish(),
  block_writes: z.boolean().nullish(),
  delete_protection: z.boolean().nullish(),
  allowed_ips: z.array(ipRange).nullish(),
  allowed_aws_vpc_ids: z.array(z.string()).nullish(),
});

/** The operations on databases. */
export function databaseRoutes(platform: Platform): Route[] {
  const { databases, groups, clock } = platform;
  const named = ({ params }: Call) => databases.get(param(params, "database"));
  return [
    { method: "GET", path: DATABASES, needs: "read", handle: (call) => list(platform, call) },
    {
      method: "POST",
      path: DATABASES,
      needs: "db:create",
      handle: async (call) => ({ database: await create(platform, call) }),
    },
    { method: "GET", path: DATABASE, needs: "read", handle: (call) => ({ database: describe(platform, named(call)) }) },
    {
      method: "DELETE",
      path: DATABASE,
      needs: "db:delete",
      async handle(call) {
        const { name, group, configuration } = named(call);
        if (configuration.delete_protection || groups.find(group)?.deleteProtection === true)
          throw isProtected(platform.switches, `database ${name}`);
        await databases.remove(name);
        return { database: name };
      },
    },
    { method: "GET", path: `${DATABASE}/configuration`, needs: "read", handle: (call) => named(call).configuration },
    {
      method: "PATCH",
      path: `${DATABASE}/configuration`,
      needs: "db:configure",
      handle: async (call) =>
        (await databases.configure(named(call).name, readChange(platform, call.body))).configuration,
    },
    {
      method: "POST",
      path: `${DATABASE}/auth/tokens`,
      needs: "db:mint-token",
      handle(call) {
        const { id, signingKey } = named(call);
        return mintFor(call, signingKey, { id }, clock());
      },
    },
    {
      method: "POST",
      path: `${DATABASE}/auth/rotate`,
      needs: "db:rotate-creds",
      handle: (call) => rotate(platform, named(call)),
    },
    {
      method: "GET",
      path: `${DATABASE}/instances`,
      needs: "read",
      handle: (call) => ({ instances: [instance(platform, named(call))] }),
    },
    {
      method: "GET",
      path: `${DATABASE}/instances/{instance}`,
      needs: "read",
      handle(call) {
        const only = instance(platform, named(call));
        if (only.name !== call.params["instance"]) throw new Refusal(404, "could not find instance");
        return { instance: only };
      },
    },
  ];
}

/** A page of databases, in the order of their names. `limit`, `cursor` and `pagination` are what the vendor's CLI uses. */
function list(platform: Platform, { query, caller }: Call) {
  const group = query.get("group");
  const parent = query.get("parent");
  const found = platform.databases
    .list()
    .filter(
      (record) =>
        (caller.group === undefined || record.group === caller.group) &&
        (group === null || record.group === group) &&
        (parent === null || record.parent?.id === parent),
    );
  const limit = query.get("limit");
  if (limit === null) return { databases: found.map((record) => describe(platform, record)) };
  if (!/^[1-9]\d{0,5}$/.test(limit)) throw new Refusal(400, `invalid limit: ${limit}`);
  const after = Buffer.from(query.get("cursor") ?? "", "base64url").toString();
  const rest = found.filter(({ name }) => name > after);
  const page = rest.slice(0, Number(limit));
  const last = rest.length > page.length ? page.at(-1) : undefined;
  return {
    databases: page.map((record) => describe(platform, record)),
    pagination: { next: last === undefined ? null : Buffer.from(last.name).toString("base64url") },
  };
}

async function create(platform: Platform, { body, caller }: Call) {
  const { databases, groups, clock } = platform;
  const { name, group, size_limit, seed, remote_encryption, use_tursodb } = readBody(creationSchema, body);
  checkName(name);
  if (groups.find(group) === undefined) throw new Refusal(400, noGroup().message);
  if (databases.isTaken(name)) throw duplicate(platform, name);
  if (remote_encryption !== undefined || use_tursodb === true)
    throw new Refusal(400, "encrypted and TursoDB databases are not supported by the embedded cloud");
  const origin = seed === undefined ? undefined : await readSeed(platform, seed, caller, clock());
  const created = await databases.create(name, group, sizeAtCreation(platform, size_limit), origin);
  return { DbId: created.id, Hostname: platform.hostname(created.address), Name: name };
}

async function readSeed(
  platform: Platform,
  { type, name, value, timestamp }: NonNullable<z.infer<typeof creationSchema>["seed"]>,
  caller: Caller,
  now: Date,
): Promise<Origin> {
  const { databases } = platform;
  if (type !== "database") throw new Refusal(400, `seed type ${type} is not supported by the embedded cloud`);
  const source = databases.find(name ?? value ?? "");
  if (source === undefined) throw new Refusal(400, noDatabase(name ?? value ?? "").message);
  if (caller.group !== undefined && caller.group !== source.group)
    throw new Refusal(403, `this token is restricted to group ${caller.group}`);
  const parent = { id: source.id, name: source.name, branched_at: now.toISOString() };
  return timestamp === undefined ? { parent } : { parent, from: await positionAt(platform, source, timestamp, now) };
}

/** Where the log of a database was at a point in time. How Turso words these refusals, no document says. */
async function positionAt(
  { points, switches }: Platform,
  { id }: DatabaseRecord,
  timestamp: string,
  now: Date,
): Promise<LogPosition> {
  const time = new Date(timestamp);
  if (Number.isNaN(time.getTime())) throw new Refusal(400, `invalid timestamp: ${timestamp}`);
  if (now.getTime() - time.getTime() > switches.read("retentionHours") * 3_600_000)
    throw new Refusal(400, "the timestamp is outside of the retention period of your plan");
  const gap = switches.read("pointInTimeGapMs");
  const checkpoint = gap === 0 ? time : new Date(Math.floor(time.getTime() / gap) * gap);
  const position = await points.at(id, checkpoint);
  if (position === undefined) throw new Refusal(400, "the database has no history at this timestamp");
  return position;
}

/** New keys for the database, or for all of its group. */
async function rotate({ switches, databases, groups }: Platform, { name, group }: DatabaseRecord): Promise<void> {
  const isOlder = OLDER_LOCATIONS.includes(groups.find(group)?.location ?? "");
  switch (switches.read("rotation")) {
    case "refused":
      throw new Refusal(400, "token rotation is not supported for a database in a group");
    case "group":
      return databases.rotateGroup(group);
    case "database":
      return isOlder ? databases.rotateGroup(group) : databases.rotate(name);
  }
}

function duplicate({ switches }: Platform, name: string): Refusal {
  switch (switches.read("duplicateName")) {
    case "400":
      return new Refusal(400, "database with same name already exists");
    case "409":
      return new Refusal(409, `database with name ${name} already exists`);
    case "422":
      return new Refusal(422, "name not available");
  }
}

const noSizeLimit = () => new Refusal(400, "size_limit is not supported for db-api controlled databases");

function sizeAtCreation({ switches }: Platform, size_limit: string | undefined): Partial<DatabaseConfiguration> {
  if (size_limit === undefined) return {};
  const policy = switches.read("sizeLimit");
  if (policy === "refused") throw noSizeLimit();
  return policy === "dropped" ? {} : { size_limit };
}

function readChange({ switches }: Platform, body: unknown): Partial<DatabaseConfiguration> {
  const change = readBody(changeSchema, body);
  if (typeof change.size_limit === "string") {
    if (switches.read("sizeLimit") !== "kept") throw noSizeLimit();
    parseSizeLimit(change.size_limit);
  }
  const entries = Object.entries(change).flatMap(([key, value]): [string, unknown][] => {
    if (value === null) return key.startsWith("allowed_") ? [[key, []]] : [];
    return [[key, value]];
  });
  return Object.fromEntries(entries);
}

function describe({ groups, hostname }: Platform, record: DatabaseRecord) {
  const location = groups.find(record.group)?.location ?? "";
  const { block_reads, block_writes, delete_protection } = record.configuration;
  return {
    Name: record.name,
    DbId: record.id,
    Hostname: hostname(record.address),
    block_reads,
    block_writes,
    delete_protection,
    regions: [location],
    primaryRegion: location,
    group: record.group,
    parent: record.parent,
  };
}

function instance(platform: Platform, record: DatabaseRecord) {
  const { DbId, Hostname, primaryRegion } = describe(platform, record);
  return { uuid: DbId, name: primaryRegion, type: "primary", region: primaryRegion, hostname: Hostname };
}

function isIpRange(text: string): boolean {
  const [address = "", prefix, ...more] = text.split("/");
  const family = isIP(address);
  if (family === 0 || more.length > 0) return false;
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (family === 6 ? 128 : 32));
}
