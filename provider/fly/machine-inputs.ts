import * as z from "zod";

import { appName } from "./app.ts";
import { machineConfig } from "./machine-config.ts";

/** What a machine is declared with. */
export const machineInputs = z.object({
  tenant: z
    .string()
    .min(1)
    .describe(
      "The tenant whose machine this is: written as its owner in the machine's metadata. Default: what the resource's name begins with.",
    ),
  app: appName.describe("Name of the app. Changing it replaces the machine."),
  region: z
    .string()
    .regex(/^[a-z]{3}$/, "expected a region code of three letters, like iad")
    .describe("Fly region. Changing it replaces the machine: the new one is made first."),
  config: machineConfig.describe(
    "The machine's config, complete: what is not declared is not there. Changed in place; the machine restarts and its root " +
      "file system is made anew.",
  ),
  secretsVersion: z
    .int()
    .min(0)
    .optional()
    .describe(
      "`version` of the app's secrets that the machine has to boot with, or a later one. A change restarts a machine that runs, which is " +
        "how it gets new secrets; one that Fly has stopped or suspended stays down and boots with them. Default: whatever Fly has when it boots.",
    ),
  volume: z
    .string()
    .optional()
    .describe(
      "Id of the volume that the config mounts. Follows from the config where that is known; in a preview it says that the " +
        "volume changes before the config is known. Fly ties a machine to its volume: changing it replaces the machine, the " +
        "new one is made first. Default: none.",
    ),
  suspended: z
    .boolean()
    .default(false)
    .describe(
      "Stopped, and without its services, so that no request reaches or starts it. Default: false. Whether a machine " +
        "that is not suspended runs at a given moment is up to autostop, and no drift.",
    ),
});

/** Inputs of `tenantry:fly:Machine`; docs/resources.md describes each. */
export type MachineInputs = z.infer<typeof machineInputs>;

/** Outputs of `tenantry:fly:Machine`. */
export interface MachineState {
  /** Fly's id of the machine. */
  readonly machineId: string;
  /** It has its config and was not well with it when it was last looked at. */
  readonly isUnwell?: true;
}
