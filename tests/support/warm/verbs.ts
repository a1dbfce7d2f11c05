import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";

import type { Ran } from "../ran.ts";
import type { Order } from "./host.ts";

/** A process that runs one verb after the other. */
export interface WarmVerbs {
  /** Undefined when it is at work already, or when this verb wants a process of its own. */
  run(order: Order): Promise<Ran> | undefined;
  dispose(): void;
}

/**
 * Verbs that only read, write, call and start `pulumi`. The others give their standard input and output to programs that they
 * start, go on until they are told to end, or work on several stacks at a time.
 */
const WARM: ReadonlySet<string> = new Set([
  ...["up", "plan", "drift", "rotate", "drop", "destroy", "suspend", "resume", "offboard", "new", "validate"],
  ...["list", "show", "status", "history", "export", "import", "verify", "cost", "snapshot", "restore", "rollout"],
  ...["access", "emit", "env", "report", "schema"],
]);

/**
 * Runs verbs in one process that has loaded them before, with the provider in it: half of a verb's processor time is the start
 * of its processes. Each verb has its folder, environment, output, exit code and provider to itself. `pulumi` and the
 * program are started as ever. For tests of what verbs do; how they start, end and are killed other files look at.
 */
export function warmVerbs(): WarmVerbs {
  let host: ChildProcess | undefined;
  let isBusy = false;
  const run = async (order: Order): Promise<Ran> => {
    isBusy = true;
    try {
      // One that has died took its verb with it, which has failed; the next verb is not to fail for that.
      if (host?.connected !== true) host = started(order.env);
      return await answered(host, order);
    } finally {
      isBusy = false;
    }
  };
  return {
    run: (order) => (isBusy || !isWarm(order) ? undefined : run(order)),
    dispose: () => {
      if (host?.connected === true) host.disconnect();
    },
  };
}

function isWarm({ program, words }: Order): boolean {
  // What `drift --fix` starts prints for itself.
  const isFix = words.some((word) => word.startsWith("--fix"));
  return program === "pulumi" || (WARM.has(words[0] ?? "") && !isFix);
}

function started(env: NodeJS.ProcessEnv): ChildProcess {
  const args = ["--disable-warning=ExperimentalWarning", join(import.meta.dirname, "host.ts")];
  return spawn(process.execPath, args, { env, stdio: ["ignore", "inherit", "inherit", "ipc"] });
}

function answered(host: ChildProcess, order: Order): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const onEnd = (code: number | null, signal: string | null) => {
      reject(new Error(`the process of the verbs ended with ${String(code ?? signal)} at: ${order.words.join(" ")}`));
    };
    host.once("exit", onEnd).once("message", (ran: Ran) => {
      host.off("exit", onEnd);
      resolve(ran);
    });
    host.send(order);
  });
}
