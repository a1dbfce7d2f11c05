import { setTimeout as sleep } from "node:timers/promises";

import { checkNames, type CheckResult } from "./checks.ts";
import type { Launch, MachineReports, MachineRunner } from "./runner.ts";

/** What the checks of an app's machines say once they are started with this image. */
export type CheckOutcome = (app: string, image: string) => Omit<CheckResult, "updatedAt">;

/**
 * Machines that are records only: every command succeeds, and a machine's checks have their result once it is started.
 * `delayMs` stretches the transient states.
 */
export function recordRunner(reports: MachineReports, outcome: CheckOutcome, delayMs = 0): MachineRunner {
  const pause = () => (delayMs === 0 ? Promise.resolve() : sleep(delayMs));
  return {
    async start({ app, machine, config }: Launch) {
      await pause();
      const result = outcome(app.name, config.image);
      for (const check of checkNames(config)) reports.checked(machine.id, machine.instanceId, check, result);
    },
    async stop() {
      await pause();
      return { code: 0, outOfMemory: false };
    },
    suspend: pause,
    signal: () => Promise.resolve(),
    discard: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
}
