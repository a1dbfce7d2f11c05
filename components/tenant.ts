import * as pulumi from "@pulumi/pulumi";

import type { Tenant as Declared } from "../tenants/model/tenant.ts";
import { Database } from "./database.ts";
import type { FleetContext } from "./fleet-context.ts";
import { Machine } from "./machine.ts";
import { Storage } from "./storage.ts";
import { tenantRecord, type TenantRecord } from "./tenant-record.ts";

/**
 * Everything one tenant has. Its children carry the tenant's id as their name, so that a preview reads well and a
 * resource's parent follows from its URN.
 */
export class Tenant extends pulumi.ComponentResource {
  /** What the stack's outputs say of this tenant. No secret. */
  readonly record: pulumi.Output<TenantRecord>;

  constructor(declared: Declared, fleet: FleetContext) {
    super("tenantry:index:Tenant", declared.id);
    const machine = new Machine(declared, fleet, this);
    const storage = new Storage(declared, fleet, machine, this);
    const database =
      declared.database.engine === "turso"
        ? new Database(declared, declared.database, fleet, storage, this)
        : undefined;
    const booted = machine.boot(storage.files, database);
    this.record = tenantRecord(declared, fleet, storage.files, database, booted);
  }
}
