import * as pulumi from "@pulumi/pulumi";

import type { Tenant } from "../tenants/model/tenant.ts";
import type { Database } from "./database.ts";
import { type FleetContext, namesOf } from "./fleet-context.ts";
import { machineConfig, type MachineConfig } from "./machine-config.ts";
import { App, IpAssignment, Machine as FlyMachine, Secrets } from "./resources/fly.ts";
import type { Storage } from "./storage.ts";

/** A tenant's Fly app on a network of its own, with its addresses, secrets and machine. */
export class Machine extends pulumi.ComponentResource {
  readonly app: App;
  readonly secrets: Secrets;
  readonly machine: FlyMachine;
  /** As it is posted to the Machines API. No secret. */
  readonly config: pulumi.Output<MachineConfig>;

  constructor(
    tenant: Tenant,
    fleet: FleetContext,
    storage: Storage,
    database: Database | undefined,
    parent: pulumi.Resource,
  ) {
    super("tenantry:index:Machine", tenant.id, {}, { parent });
    this.config = this.#config(tenant, fleet, database);
    this.app = this.#app(tenant, fleet, storage);
    this.#addresses(tenant);
    this.secrets = this.#secrets(tenant, storage, database);
    this.machine = this.#machine(tenant);
  }

  #config(tenant: Tenant, fleet: FleetContext, database: Database | undefined): pulumi.Output<MachineConfig> {
    const fixed = { stack: fleet.stack, bucket: namesOf(tenant.id, fleet).bucket, endpoint: fleet.machineEndpoint };
    return database === undefined
      ? pulumi.output(machineConfig(tenant, { ...fixed, databaseUrl: undefined }))
      : database.url.apply((databaseUrl) => machineConfig(tenant, { ...fixed, databaseUrl }));
  }

  #app({ id }: Tenant, fleet: FleetContext, { claim }: Storage): App {
    const { app } = namesOf(id, fleet);
    const args = { tenant: id, claim, name: app, organization: fleet.settings.flyOrganization, network: app };
    return new App(id, args, { parent: this });
  }

  #addresses({ id, machine: { ingress } }: Tenant): void {
    if (ingress === "none") return;
    new IpAssignment(id, { tenant: id, app: this.app.name, ingress }, { parent: this });
  }

  #secrets({ id }: Tenant, { machineKey }: Storage, database: Database | undefined): Secrets {
    const keys = { AWS_ACCESS_KEY_ID: machineKey.id, AWS_SECRET_ACCESS_KEY: machineKey.secretAccessKey };
    const args = { tenant: id, app: this.app.name };
    if (database === undefined) {
      return new Secrets(id, { ...args, values: pulumi.secret(keys) }, { parent: this });
    }
    const values = pulumi.secret({ ...keys, DATABASE_AUTH_TOKEN: database.token });
    const templates = { DATABASE_URL: pulumi.interpolate`${database.url}?authToken={DATABASE_AUTH_TOKEN}` };
    return new Secrets(id, { ...args, values, templates }, { parent: this });
  }

  #machine({ id, state, machine: { region } }: Tenant): FlyMachine {
    const args = {
      tenant: id,
      app: this.app.name,
      region,
      config: this.config,
      secretsVersion: this.secrets.version,
      suspended: state === "suspended",
    };
    return new FlyMachine(id, args, { parent: this });
  }
}
