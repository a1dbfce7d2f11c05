import * as pulumi from "@pulumi/pulumi";

import type { Tenant } from "../tenants/model/tenant.ts";
import type { Database } from "./database.ts";
import { type FleetContext, namesOf } from "./fleet-context.ts";
import type { Machine } from "./machine.ts";
import type { MachineConfig } from "./machine-config.ts";
import type { Storage } from "./storage.ts";

/** What the stack's outputs say of one tenant. No secret: anybody who may read the outputs may read this. */
export interface TenantRecord {
  readonly state: Tenant["state"];
  readonly bucket: string;
  /** S3 endpoint as seen from the machine. */
  readonly endpoint: string;
  /** Absent when the tenant has no database. */
  readonly databaseUrl?: string;
  readonly app: string;
  readonly machineId: string;
  /** The access key id of the machine's key. */
  readonly keyId: string;
  readonly versions: { readonly secrets: number; readonly epoch: number };
  /** The machine as posted to the Machines API, beside its name. */
  readonly machine: { readonly region: string; readonly min_secrets_version: number; readonly config: MachineConfig };
}

export function tenantRecord(
  { id, state, rotation, machine: { region } }: Tenant,
  fleet: FleetContext,
  storage: Storage,
  database: Database | undefined,
  machine: Machine,
): pulumi.Output<TenantRecord> {
  const { bucket, app } = namesOf(id, fleet);
  const url = database?.url ?? pulumi.output(undefined);
  return pulumi
    .all([url, machine.machine.machineId, storage.machineKey.id, machine.secrets.version, machine.config])
    .apply(([databaseUrl, machineId, keyId, secrets, config]) => ({
      state,
      bucket,
      endpoint: fleet.machineEndpoint,
      ...(databaseUrl === undefined ? {} : { databaseUrl }),
      app,
      machineId,
      keyId,
      versions: { secrets, epoch: rotation.epoch },
      machine: { region, min_secrets_version: secrets, config },
    }));
}
