import { appType } from "./app.ts";
import { type FlyAccount, type FlyClient, flyClient } from "./client.ts";
import { ipAssignmentType } from "./ip-assignment.ts";
import { type MachinePatience, machineType } from "./machine.ts";
import { secretsType } from "./secrets.ts";

export type { AppInputs, AppState } from "./app.ts";
export type { FlyAccount } from "./client.ts";
export type { Ingress, IpAssignmentInputs, IpAssignmentState } from "./ip-assignment.ts";
export type { MachineInputs, MachineState } from "./machine.ts";
export { postedConfig } from "./machine.ts";
export type { MachineConfig } from "./machine-config.ts";
export type { SecretsInputs, SecretsState } from "./secrets.ts";

/** The resource types of Fly by their tokens, sharing one client and its rate limits. */
export function flyTypes(
  account: FlyAccount,
  options: { client?: FlyClient; patience?: Partial<MachinePatience> } = {},
) {
  const client = options.client ?? flyClient(account);
  return {
    "tenantry:fly:App": appType(client),
    "tenantry:fly:IpAssignment": ipAssignmentType(client),
    "tenantry:fly:Secrets": secretsType(client),
    "tenantry:fly:Machine": machineType(client, options.patience),
  };
}
