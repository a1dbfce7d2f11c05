import type * as pulumi from "@pulumi/pulumi";

import type { TenantDatabase, TenantSchema } from "../tenants/model/tenant.ts";
import { isClosed } from "./closed.ts";
import { namesOf } from "./fleet-context.ts";
import { guestOf } from "./machine-config.ts";
import { migratorEnv } from "./migrator-env.ts";
import { isProtected } from "./protection.ts";
import { Migrator } from "./resources/fly.ts";
import { Database as TursoDatabase, DatabaseToken, Schema } from "./resources/turso.ts";
import type { Site } from "./storage/files.ts";

/** A tenant's libSQL database and the token of its machine. */
export interface Database {
  /** The URL for clients: `libsql://…`, plain `http://…` on the embedded cloud. */
  readonly url: pulumi.Output<string>;
  /** Secret. */
  readonly token: pulumi.Output<string>;
  readonly name: string;
  readonly dbId: pulumi.Output<string>;
}

type Declared = Extract<TenantDatabase, { engine: "turso" }>;

/** Creates a tenant's database and the token of its machine, adopted under `claim`. */
export function makeDatabase(site: Site, declared: Declared, claim: pulumi.Input<string>): Database {
  const database = libsqlDatabase(site, declared, claim);
  const url = database.hostname.apply((hostname) => databaseUrl(hostname, site.fleet.settings.cloud));
  const { dbId } = database;
  // Not the database's output: the id beside it already carries the dependency on the database.
  const { database: name } = namesOf(site.tenant.id, site.fleet);
  return { url, token: machineToken(site, { name, dbId }).token, name, dbId };
}

/** The app whose image contains its own migrator. */
interface MigratorApp {
  readonly name: pulumi.Input<string>;
  readonly secretsVersion: pulumi.Input<number> | undefined;
}

/**
 * Creates the resource that migrates a database's tables to a version: migrations, or the app's own migrator. They run after
 * `after`.
 */
export function makeSchema(
  site: Site,
  database: Database,
  app: MigratorApp,
  schema: TenantSchema,
  after: readonly pulumi.Resource[],
): pulumi.Resource {
  const { tenant, fleet, parent } = site;
  if (schema.from === undefined) return makeMigrator(site, database, app, schema, after);
  const { from, version, order } = schema;
  const { name, dbId } = database;
  const args = {
    database: name,
    dbId,
    from,
    version,
    digest: fleet.schemaDigest(from, version),
    order,
    closed: isClosed(tenant),
  };
  return new Schema(tenant.id, args, { parent, dependsOn: [...after] });
}

function makeMigrator(
  { tenant, parent }: Site,
  { dbId, url }: Database,
  { name, secretsVersion }: MigratorApp,
  { command, version, order }: Extract<TenantSchema, { from?: undefined }>,
  after: readonly pulumi.Resource[],
): Migrator {
  const { id, machine } = tenant;
  const { image, region } = machine;
  const args = {
    ...{ app: name, dbId, image, command: [...command], version, region, guest: guestOf(machine) },
    env: url.apply((known) => migratorEnv(tenant, known)),
    ...(secretsVersion === undefined ? {} : { secretsVersion }),
    ...{ order, closed: isClosed(tenant) },
  };
  return new Migrator(id, args, { parent, dependsOn: [...after] });
}

function libsqlDatabase(
  { tenant, fleet, parent }: Site,
  { location, sizeLimit }: Declared,
  claim: pulumi.Input<string>,
): TursoDatabase {
  const { id, rotation } = tenant;
  const guarded = isProtected(tenant);
  const args = {
    claim,
    name: namesOf(id, fleet).database,
    group: fleet.group(location),
    ...(sizeLimit === undefined ? {} : { sizeLimit }),
    deleteProtection: guarded,
    ...(isClosed(tenant) ? { blockReads: true, blockWrites: true } : {}),
    tokenEpoch: rotation.epoch,
  };
  return new TursoDatabase(id, args, { parent, protect: guarded });
}

function machineToken(
  { tenant: { id, rotation }, parent }: Site,
  { name, dbId }: Pick<Database, "name" | "dbId">,
): DatabaseToken {
  const { epoch, tokens } = rotation;
  const grant = { purpose: "machine", mode: "read-write" as const, epoch, rotation: tokens };
  return new DatabaseToken(id, { database: name, dbId, ...grant }, { parent });
}

/**
 * The URL of a database. The embedded cloud has no certificates: there the libSQL clients are told to speak plain HTTP.
 */
export function databaseUrl(hostname: string, cloud: "embedded" | "real"): string {
  return cloud === "embedded" ? `http://${hostname}` : `libsql://${hostname}`;
}
