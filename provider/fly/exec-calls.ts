import * as z from "zod";

import type { Serving } from "../http/serving.ts";
import { VendorError } from "../http/vendor-error.ts";
import { appPath, type FlyApi } from "./api.ts";
import type { MachineAddress } from "./machine-calls.ts";

/** A command to run in a machine. */
export interface ExecCommand {
  readonly command: readonly string[];
  readonly stdin?: string;
  readonly seconds: number;
}

/** How a command in a machine ended. */
export interface ExecOutcome {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Commands in machines that run. */
export interface ExecCalls {
  /** Runs a command beside the main process, as root. Undefined where nothing runs in the machine. Throws FLY_REFUSED or VENDOR_UNREACHABLE. */
  exec(at: MachineAddress, order: ExecCommand, serving: Serving): Promise<ExecOutcome | undefined>;
}

const execAnswer = z.object({
  exit_code: z.number().default(0),
  stdout: z.string().nullish(),
  stderr: z.string().nullish(),
});

/** Beyond the time that the command itself has. */
const MARGIN_SECONDS = 5;

/** The call over HTTP. Source: Machines API, Machines_exec. */
export function execCalls(api: FlyApi): ExecCalls {
  return {
    async exec({ app, machine }, { command, stdin, seconds }, serving) {
      const call = {
        operation: "POST /v1/apps/{app}/machines/{machine}/exec",
        method: "POST",
        json: { command, timeout: seconds, ...(stdin === undefined ? {} : { stdin }) },
        timeoutMs: (seconds + MARGIN_SECONDS) * 1000,
        path: appPath(app, "machines", machine, "exec"),
        resource: `machine ${app}/${machine}`,
        ...serving,
      } as const;
      try {
        const { exit_code: exitCode, stdout, stderr } = await api.ask(call, execAnswer);
        return { exitCode, stdout: stdout ?? "", stderr: stderr ?? "" };
      } catch (error) {
        if (VendorError.hasStatus(error, 501)) return undefined;
        throw error;
      }
    },
  };
}
