import { appType } from "./app.ts";
import { type FlyAccount, type FlyClient, flyClient } from "./client.ts";
import { flyClaims } from "./claims.ts";
import { ipAssignmentType } from "./ip-assignment.ts";
import { type MachinePatience, machineType } from "./machine.ts";
import { SchemaHalt } from "../schema-halt.ts";
import { migratorType } from "./migrator.ts";
import { OwnApps } from "./own-apps.ts";
import type { PaceOf } from "./ring-pace.ts";
import { RunHalt } from "./run-halt.ts";
import { secretsType } from "./secrets.ts";
import { volumeType } from "./volume.ts";

export type { AppInputs, AppState } from "./app.ts";
export type { FlyAccount } from "./client.ts";
export type { Ingress, IpAssignmentInputs, IpAssignmentState } from "./ip-assignment.ts";
export type { MachineInputs, MachineState } from "./machine-inputs.ts";
export { postedConfig } from "./machine.ts";
export type { MachineConfig } from "./machine-config.ts";
export type { MigratorInputs, MigratorState } from "./migrator.ts";
export type { PaceOf, RingPace } from "./ring-pace.ts";
export type { SecretsInputs, SecretsState } from "./secrets.ts";
export type { VolumeInputs, VolumeState } from "./volume.ts";

/** Fly's part of the provider: its resource types, and the claims on apps, over one client. */
export function flyRoom(
  account: FlyAccount,
  options: { maxFailedMachines?: number; paceOf?: PaceOf; schemaHalt?: SchemaHalt } = {},
) {
  const client = flyClient(account);
  return { types: flyTypes(account, { ...options, client }), claims: flyClaims(client, account.organization) };
}

/** The resource types of Fly by their tokens, sharing one client and its rate limits. */
export function flyTypes(
  account: FlyAccount,
  options: {
    client?: FlyClient;
    patience?: Partial<MachinePatience>;
    maxFailedMachines?: number;
    paceOf?: PaceOf;
    schemaHalt?: SchemaHalt;
  } = {},
) {
  const client = options.client ?? flyClient(account);
  const apps = new OwnApps(client, account.organization);
  return {
    "tenantry:fly:App": appType(client, apps),
    "tenantry:fly:IpAssignment": ipAssignmentType(client, apps),
    "tenantry:fly:Secrets": secretsType(client, apps),
    "tenantry:fly:Machine": machineType(
      client,
      apps,
      options.patience,
      new RunHalt(options.maxFailedMachines),
      options.paceOf,
    ),
    "tenantry:fly:Migrator": migratorType({
      client,
      apps,
      halt: options.schemaHalt ?? new SchemaHalt(),
      paceOf: options.paceOf ?? (() => Promise.resolve(undefined)),
    }),
    "tenantry:fly:Volume": volumeType(client, apps, options.patience),
  };
}
