import * as pulumi from "@pulumi/pulumi";

import type { Tenant as Declared, TenantSchema } from "../tenants/model/tenant.ts";
import { makeDatabase, makeSchema } from "./database.ts";
import type { FleetContext } from "./fleet-context.ts";
import { Machine } from "./machine.ts";
import { makeStorage } from "./storage.ts";
import { tenantRecord, type TenantRecord } from "./tenant-record.ts";

/**
 * Everything one tenant has. Its children have the tenant's id as their name, so that a preview is readable and a resource's
 * URN determines its parent.
 */
export class Tenant extends pulumi.ComponentResource {
  /** What the stack's outputs say of this tenant. No secret. */
  readonly record: pulumi.Output<TenantRecord>;

  constructor(declared: Declared, fleet: FleetContext) {
    super("tenantry:index:Tenant", declared.id);
    const site = { tenant: declared, fleet, parent: this };
    const machine = new Machine(site);
    const { claim, files } = makeStorage(site, machine);
    const database = declared.database.engine === "turso" ? makeDatabase(site, declared.database, claim) : undefined;
    const schema = declared.database.engine === "turso" ? declared.database.schema : undefined;
    const secretsVersion = machine.makeSecrets(files, database);
    const app = { name: machine.app.name, secretsVersion };
    const schemaIf = (order: TenantSchema["order"], after: readonly pulumi.Resource[] = []) =>
      schema?.order === order && database !== undefined ? [makeSchema(site, database, app, schema, after)] : [];
    const booted = machine.boot(files, database, secretsVersion, schemaIf("schema-first"));
    schemaIf("image-first", [booted.resource]);
    this.record = tenantRecord(declared, fleet, files, database, booted);
  }
}
