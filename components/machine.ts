import * as pulumi from "@pulumi/pulumi";

import type { Tenant } from "../tenants/model/tenant.ts";
import { isClosed } from "./closed.ts";
import type { Database } from "./database.ts";
import { type FleetContext, namesOf } from "./fleet-context.ts";
import { machineConfig, type MachineConfig } from "./machine-config.ts";
import { App, IpAssignment, Machine as FlyMachine, Secrets } from "./resources/fly.ts";
import type { AppMaker, Files, Site } from "./storage/files.ts";

/** A machine as it was booted. */
export interface Booted {
  readonly resource: pulumi.Resource;
  readonly machineId: pulumi.Output<string>;
}

/**
 * A tenant's Fly app on its own network, with its addresses, secrets and machine. It is created in two steps, because the
 * storage is created between them: `makeApp`, after the claim, and `boot`, when everything that the machine needs exists.
 */
export class Machine implements AppMaker {
  readonly #tenant: Tenant;
  readonly #fleet: FleetContext;
  readonly #parent: pulumi.Resource;
  #app: App | undefined;

  constructor({ tenant, fleet, parent }: Site) {
    this.#tenant = tenant;
    this.#fleet = fleet;
    this.#parent = parent;
  }

  get app(): App {
    if (this.#app === undefined) throw new Error("the app is used before it is created");
    return this.#app;
  }

  /** Without a claim the app is itself the claim. */
  makeApp(claim?: pulumi.Input<string>): App {
    const { id } = this.#tenant;
    const { app: name, network } = namesOf(id, this.#fleet);
    const place = { name, organization: this.#fleet.settings.flyOrganization, network };
    this.#app = new App(id, claim === undefined ? place : { ...place, claim }, { parent: this.#parent });
    return this.#app;
  }

  /** The version of the app's secrets, which are written here; undefined: it has none. */
  makeSecrets(files: Files, database: Database | undefined): pulumi.Output<number> | undefined {
    return this.#secrets(files, database)?.version;
  }

  /** @param after what must finish before the machine gets its config */
  boot(
    files: Files,
    database: Database | undefined,
    secretsVersion: pulumi.Output<number> | undefined,
    after: readonly pulumi.Resource[],
  ): Booted {
    const { id, machine } = this.#tenant;
    const config = this.#config(files, database);
    this.#addresses();
    const args = {
      app: this.app.name,
      region: machine.region,
      config,
      ...(secretsVersion === undefined ? {} : { secretsVersion }),
      ...(files.volume === undefined ? {} : { volume: files.volume }),
      ...(isClosed(this.#tenant) ? { suspended: true } : {}),
    };
    const resource = new FlyMachine(id, args, { parent: this.#parent, dependsOn: [...after] });
    return { resource, machineId: resource.machineId };
  }

  #config({ attachment }: Files, database: Database | undefined): pulumi.Output<MachineConfig> {
    return pulumi
      .all([attachment, database?.url])
      .apply(([files, databaseUrl]) =>
        machineConfig(this.#tenant, { stack: this.#fleet.stack, attachment: files, databaseUrl }),
      );
  }

  #addresses(): void {
    const { id, machine } = this.#tenant;
    const { ingress, callers } = machine;
    const network = callers === "own" ? namesOf(id, this.#fleet).network : callers;
    // The organisation's default network is what Fly takes where none is named.
    const isNamed = ingress === "private" && callers !== "default";
    const args = { app: this.app.name, ingress, ...(isNamed ? { callers: network } : {}) };
    new IpAssignment(id, args, { parent: this.#parent });
  }

  #secrets({ key }: Files, database: Database | undefined): Secrets | undefined {
    if (key === undefined && database === undefined) return undefined;
    const { id } = this.#tenant;
    const keys = key === undefined ? {} : { AWS_ACCESS_KEY_ID: key.id, AWS_SECRET_ACCESS_KEY: key.secret };
    const args = { app: this.app.name };
    if (database === undefined) {
      return new Secrets(id, { ...args, values: pulumi.secret(keys) }, { parent: this.#parent });
    }
    const values = pulumi.secret({ ...keys, DATABASE_AUTH_TOKEN: database.token });
    const templates = { DATABASE_URL: pulumi.interpolate`${database.url}?authToken={DATABASE_AUTH_TOKEN}` };
    return new Secrets(id, { ...args, values, templates }, { parent: this.#parent });
  }
}
