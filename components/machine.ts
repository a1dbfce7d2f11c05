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
    this.config = this.#config(tenant, fleet, storage, database);
    this.app = this.#app(tenant, fleet, storage);
    const addresses = this.#addresses(tenant);
    this.secrets = this.#secrets(tenant, storage, database);
    this.machine = this.#machine(tenant, addresses);
  }

  #config(
    tenant: Tenant,
    fleet: FleetContext,
    { claim }: Storage,
    database: Database | undefined,
  ): pulumi.Output<MachineConfig> {
    return pulumi
      .all([claim, database?.url])
      .apply(([bucket, databaseUrl]) =>
        machineConfig(tenant, { stack: fleet.stack, bucket, endpoint: fleet.machineEndpoint, databaseUrl }),
      );
  }

  #app({ id }: Tenant, fleet: FleetContext, { claim }: Storage): App {
    const { app } = namesOf(id, fleet);
    const args = { tenant: id, claim, name: app, organization: fleet.settings.flyOrganization, network: app };
    return new App(id, args, { parent: this });
  }

  #addresses({ id, machine: { ingress } }: Tenant): IpAssignment | undefined {
    if (ingress === "none") return undefined;
    return new IpAssignment(id, { tenant: id, app: this.app.name, ingress }, { parent: this });
  }

  #secrets({ id }: Tenant, { machineKey }: Storage, database: Database | undefined): Secrets {
    const values = {
      AWS_ACCESS_KEY_ID: machineKey.id,
      AWS_SECRET_ACCESS_KEY: machineKey.secretAccessKey,
      ...(database === undefined
        ? {}
        : {
            DATABASE_AUTH_TOKEN: database.token,
            DATABASE_URL: pulumi.interpolate`${database.url}?authToken=${database.token}`,
          }),
    };
    return new Secrets(id, { tenant: id, app: this.app.name, values: pulumi.secret(values) }, { parent: this });
  }

  #machine({ id, state, machine: { region } }: Tenant, addresses: IpAssignment | undefined): FlyMachine {
    const args = {
      tenant: id,
      app: this.app.name,
      region,
      config: this.config,
      secretsVersion: this.secrets.version,
      suspended: state === "suspended",
    };
    return new FlyMachine(id, args, { parent: this, dependsOn: addresses === undefined ? [] : [addresses] });
  }
}
