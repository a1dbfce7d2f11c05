import * as z from "zod";

import { appName } from "./app.ts";
import { machineConfig } from "./machine-config.ts";

/** What a machine is declared with. */
export const machineInputs = z.object({
  tenant: z
    .string()
    .min(1)
    .describe(
      "The tenant whose machine this is: written as its owner in the machine's metadata. Default: the start of the resource's name.",
    ),
  app: appName.describe("Name of the app. Changing it replaces the machine."),
  region: z
    .string()
    .regex(/^[a-z]{3}$/, "expected a region code of three letters, like iad")
    .describe("Fly region. Changing it replaces the machine: the new one is created first."),
  config: machineConfig.describe(
    "The complete config of the machine. Changed in place; the machine restarts with a new root file system.",
  ),
  secretsVersion: z
    .int()
    .min(0)
    .optional()
    .describe(
      "Minimum `version` of the app's secrets that the machine boots with. A change restarts a running machine, so that it gets new secrets. A stopped or suspended machine stays down and boots with them later. Default: the version that Fly has at the boot.",
    ),
  volume: z
    .string()
    .optional()
    .describe(
      "Id of the volume that the config mounts. Derived from the config if that is known; in a preview it shows that the volume changes. Fly ties a machine to its volume: changing it replaces the machine, and the new one is created first. Default: none.",
    ),
  suspended: z
    .boolean()
    .default(false)
    .describe(
      "Stopped and without services, so that no request can reach or start it. Default: false. For other machines, autostop decides whether they run, and that is no drift.",
    ),
});

/** Inputs of `tenantry:fly:Machine`; docs/resources.md describes each. */
export type MachineInputs = z.infer<typeof machineInputs>;

/** Outputs of `tenantry:fly:Machine`. */
export interface MachineState {
  /** Fly's id of the machine. */
  readonly machineId: string;
  /** It has its config, but was unhealthy with it at the last read. */
  readonly isUnwell?: true;
}
