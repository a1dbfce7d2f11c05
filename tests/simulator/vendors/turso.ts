import {
  empty,
  json,
  modelOf,
  type Nature,
  type Call,
  Refusal,
  type VendorAnswer,
  type VendorModel,
} from "./vendor.ts";

interface Group {
  readonly name: string;
  readonly location: string;
  isProtected: boolean;
}

interface Configuration {
  size_limit: string;
  allow_attach: boolean;
  block_reads: boolean;
  block_writes: boolean;
  delete_protection: boolean;
  allowed_ips: readonly string[];
  allowed_aws_vpc_ids: readonly string[];
}

export interface Database {
  readonly id: string;
  readonly name: string;
  readonly group: string;
  readonly configuration: Configuration;
  /** Tokens that open it. */
  tokens: Set<string>;
  /** What an app has written into it. */
  rows: number;
  /** What it was made from. */
  readonly parent: { readonly id: string; readonly name: string; readonly branched_at: string } | null;
}

/** Everything that the model of Turso holds. */
export interface TursoTables {
  readonly groups: Map<string, Group>;
  readonly databases: Map<string, Database>;
}

/** What is counted on: the organisation, and locations that exist. */
export interface TursoPlace {
  readonly organization: string;
  /** Told of each database that goes, before it goes. */
  gone(database: Database): void;
}

const LOCATIONS = /^aws-[a-z]+-[a-z]+-\d$/;
const DB = "/v1/organizations/{org}/databases";
const GROUP = "/v1/organizations/{org}/groups";
const NO_GROUP = "group not found";

/** Turso's platform API and data plane, as far as the provider calls them. */
export function tursoModel(nature: Nature, place: TursoPlace): { model: VendorModel; tables: TursoTables } {
  const tables: TursoTables = { groups: new Map(), databases: new Map() };
  const own = (handle: (call: Call) => VendorAnswer) => (call: Call) => {
    if (call.params["org"] !== place.organization) throw refusal(404, "organization not found");
    return handle(call);
  };
  const routes = {
    ...groupRoutes(tables, place),
    ...databaseRoutes(tables, nature, place),
    ...tokenRoutes(tables, nature),
  };
  const inOrganization = Object.entries(routes).map(([name, handle]) => [name, own(handle)] as const);
  const all = { ...Object.fromEntries(inOrganization), "POST /v2/pipeline": (call: Call) => pipeline(tables, call) };
  return { model: modelOf(all, () => json(404, { error: "not found" })), tables };
}

function refusal(status: number, error: string): Refusal {
  return new Refusal(json(status, { error }));
}

function checkName(name: string, organization: string): void {
  const longest = 62 - organization.length;
  if (name.length < 1 || name.length > longest)
    throw refusal(400, `name must contain between 1 and ${longest} characters`);
  if (!/^[a-z0-9-]+$/.test(name)) throw refusal(400, "name can only contain lowercase letters, numbers, and dashes");
}

function groupRoutes({ groups, databases }: TursoTables, { organization, gone }: TursoPlace) {
  const named = ({ params }: Call) => {
    const found = groups.get(params["group"] ?? "");
    if (found === undefined) throw refusal(404, NO_GROUP);
    return found;
  };
  const shown = ({ name, location, isProtected }: Group) => ({
    name,
    locations: [location],
    primary: location,
    delete_protection: isProtected,
  });
  return {
    [`GET ${GROUP}`]: () => json(200, { groups: byName(groups).map(shown) }),
    [`POST ${GROUP}`](call: Call) {
      const { name, location } = call.json as { name: string; location: string };
      checkName(name, organization);
      if (!LOCATIONS.test(location)) throw refusal(400, `invalid location: ${location}`);
      if (groups.has(name)) throw refusal(409, "group already exists");
      const group = { name, location, isProtected: false };
      groups.set(name, group);
      return json(200, { group: shown(group) });
    },
    [`GET ${GROUP}/{group}`]: (call: Call) => json(200, { group: shown(named(call)) }),
    [`DELETE ${GROUP}/{group}`](call: Call) {
      const group = named(call);
      const members = byName(databases).filter((each) => each.group === group.name);
      if (group.isProtected || members.some(({ configuration }) => configuration.delete_protection))
        throw refusal(409, `group ${group.name} or a database in it is protected against deletion`);
      for (const each of members) {
        gone(each);
        databases.delete(each.name);
      }
      groups.delete(group.name);
      return json(200, { group: shown(group) });
    },
    [`GET ${GROUP}/{group}/configuration`]: (call: Call) => json(200, { delete_protection: named(call).isProtected }),
    [`PATCH ${GROUP}/{group}/configuration`](call: Call) {
      const group = named(call);
      group.isProtected = (call.json as { delete_protection?: boolean }).delete_protection ?? group.isProtected;
      return json(200, { delete_protection: group.isProtected });
    },
  };
}

function databaseRoutes({ groups, databases }: TursoTables, nature: Nature, { organization, gone }: TursoPlace) {
  const shown = (database: Database) => {
    const { block_reads, block_writes, delete_protection } = database.configuration;
    const location = groups.get(database.group)?.location ?? "";
    const place = { regions: [location], primaryRegion: location, group: database.group, parent: database.parent };
    return { ...identity(database), block_reads, block_writes, delete_protection, ...place };
  };
  return {
    [`GET ${DB}`]({ url }: Call) {
      const group = url.searchParams.get("group");
      const found = byName(databases).filter((each) => group === null || each.group === group);
      return json(200, {
        databases: found.map(shown),
        ...(url.searchParams.has("limit") ? { pagination: { next: null } } : {}),
      });
    },
    [`POST ${DB}`](call: Call) {
      const { name, group, seed } = call.json as { name: string; group: string; seed?: { name: string } };
      checkName(name, organization);
      if (!groups.has(group)) throw refusal(400, NO_GROUP);
      if (databases.has(name)) throw refusal(400, "database with same name already exists");
      const source = seed && databases.get(seed.name);
      if (seed !== undefined && source === undefined) throw refusal(400, noDatabase(seed.name));
      const branched_at = new Date(nature.now()).toISOString();
      const database = {
        id: uuid(nature),
        name,
        group,
        configuration: asCreated(),
        tokens: new Set<string>(),
        rows: source?.rows ?? 0,
        parent: source === undefined ? null : { id: source.id, name: source.name, branched_at },
      };
      databases.set(name, database);
      return json(200, { database: identity(database) });
    },
    [`GET ${DB}/{database}`]: (call: Call) => json(200, { database: shown(named(databases, call)) }),
    [`DELETE ${DB}/{database}`](call: Call) {
      const database = named(databases, call);
      if (database.configuration.delete_protection || groups.get(database.group)?.isProtected === true)
        throw refusal(409, `database ${database.name} is protected against deletion`);
      gone(database);
      databases.delete(database.name);
      return json(200, { database: database.name });
    },
    [`GET ${DB}/{database}/configuration`]: (call: Call) => json(200, named(databases, call).configuration),
    [`PATCH ${DB}/{database}/configuration`](call: Call) {
      const { configuration } = named(databases, call);
      const change = call.json as Readonly<Record<string, unknown>>;
      if (typeof change["size_limit"] === "string")
        throw refusal(400, "size_limit is not supported for db-api controlled databases");
      Object.assign(configuration, Object.fromEntries(Object.entries(change).filter(([, value]) => value !== null)));
      return json(200, configuration);
    },
  };
}

function tokenRoutes({ databases }: TursoTables, nature: Nature) {
  return {
    [`POST ${DB}/{database}/auth/tokens`](call: Call) {
      const { id, tokens } = named(databases, call);
      const access = call.url.searchParams.get("authorization") ?? "full-access";
      if (!["full-access", "read-only"].includes(access)) throw refusal(400, "Invalid authorization level");
      const end = nature.now() + milliseconds(call.url.searchParams.get("expiration") ?? "");
      const claims = { exp: Math.floor(end / 1000), id, a: access };
      const jwt = ["e30", Buffer.from(JSON.stringify(claims)).toString("base64url"), nature.hex(32)].join(".");
      tokens.add(jwt);
      return json(200, { jwt });
    },
    [`POST ${DB}/{database}/auth/rotate`](call: Call) {
      named(databases, call).tokens = new Set();
      return empty(200);
    },
  };
}

/** The database that a host name belongs to answers, to whom it knows. */
function pipeline({ databases }: TursoTables, { url, headers }: Call): VendorAnswer {
  const database = databases.get(url.hostname.split(".")[0] ?? "");
  if (database === undefined) return json(404, { error: "not found" });
  const token = headers["authorization"]?.replace(/^Bearer /, "") ?? "";
  if (!database.tokens.has(token)) return json(401, { error: "Unauthorized" });
  if (database.configuration.block_reads) return json(403, { error: "blocked" });
  const rows = [[{ type: "integer", value: "1" }]];
  return json(200, { results: [{ type: "ok", response: { type: "execute", result: { rows } } }] });
}

function named(databases: TursoTables["databases"], { params }: Call): Database {
  const name = params["database"] ?? "";
  const found = databases.get(name);
  if (found === undefined) throw refusal(404, noDatabase(name));
  return found;
}

function noDatabase(name: string): string {
  return `could not find database with name ${name}: record not found`;
}

function identity({ id, name }: Database) {
  return { DbId: id, Hostname: `${name}.databases.invalid`, Name: name };
}

function asCreated(): Configuration {
  const lists = { allowed_ips: [], allowed_aws_vpc_ids: [] };
  return {
    size_limit: "",
    allow_attach: false,
    block_reads: false,
    block_writes: false,
    delete_protection: false,
    ...lists,
  };
}

/** The sixth byte tells the engine: libSQL. */
function uuid(nature: Nature): string {
  return `${nature.hex(8)}-${nature.hex(2)}20-4${nature.hex(3)}-8${nature.hex(3)}-${nature.hex(12)}`;
}

const UNITS = { w: 604_800_000, d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000 } as const;

function milliseconds(expiration: string): number {
  const parts = [...expiration.matchAll(/(\d+)([wdhms])/g)];
  return parts.reduce((sum, [, count, unit]) => sum + Number(count) * UNITS[unit as keyof typeof UNITS], 0);
}

function byName<Item extends { readonly name: string }>(items: ReadonlyMap<string, Item>): Item[] {
  return [...items.values()].sort((one, other) => (one.name < other.name ? -1 : 1));
}
