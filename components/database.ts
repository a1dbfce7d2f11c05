import * as pulumi from "@pulumi/pulumi";

import type { Tenant, TenantDatabase } from "../tenants/model/tenant.ts";
import { isClosed } from "./closed.ts";
import { type FleetContext, namesOf } from "./fleet-context.ts";
import { isProtected } from "./protection.ts";
import { Database as TursoDatabase, DatabaseToken } from "./resources/turso.ts";
import type { Storage } from "./storage.ts";

/** A tenant's libSQL database and the token of its machine. */
export class Database extends pulumi.ComponentResource {
  /** Where clients reach it: `libsql://…`, plain `http://…` on the embedded cloud. */
  readonly url: pulumi.Output<string>;
  /** Secret. */
  readonly token: pulumi.Output<string>;

  constructor(
    tenant: Tenant,
    declared: Extract<TenantDatabase, { engine: "turso" }>,
    fleet: FleetContext,
    storage: Storage,
    parent: pulumi.Resource,
  ) {
    super("tenantry:index:Database", tenant.id, {}, { parent });
    const database = this.#database(tenant, declared, fleet, storage);
    this.token = this.#token(tenant, database).token;
    this.url = database.hostname.apply((hostname) => databaseUrl(hostname, fleet.settings.cloud));
  }

  #database(
    { id, rotation, ...tenant }: Tenant,
    { location, sizeLimit }: Extract<TenantDatabase, { engine: "turso" }>,
    fleet: FleetContext,
    storage: Storage,
  ): TursoDatabase {
    const blocked = isClosed(tenant);
    const guarded = isProtected(tenant);
    const args = {
      tenant: id,
      claim: storage.claim,
      name: namesOf(id, fleet).database,
      group: fleet.group(location),
      ...(sizeLimit === undefined ? {} : { sizeLimit }),
      deleteProtection: guarded,
      blockReads: blocked,
      blockWrites: blocked,
      tokenEpoch: rotation.epoch,
    };
    return new TursoDatabase(id, args, { parent: this, protect: guarded });
  }

  #token({ id, rotation }: Tenant, { name, dbId }: TursoDatabase): DatabaseToken {
    const { epoch, tokens } = rotation;
    const grant = { purpose: "machine", mode: "read-write" as const, epoch, rotation: tokens };
    return new DatabaseToken(id, { tenant: id, database: name, dbId, ...grant }, { parent: this });
  }
}

/**
 * The URL of a database. The embedded cloud has no certificates: there the libSQL clients are told to speak plain HTTP.
 */
export function databaseUrl(hostname: string, cloud: "embedded" | "real"): string {
  return cloud === "embedded" ? `http://${hostname}` : `libsql://${hostname}`;
}
