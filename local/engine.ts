import { spawn } from "node:child_process";
import { once } from "node:events";
import { openSync, closeSync } from "node:fs";

import { TenantryError } from "../errors/tenantry-error.ts";
import { withParent } from "../processes/with-parent.ts";
import { cloudErrors } from "./errors.ts";

const STOP_GRACE_MS = 5000;

/** A real engine as one process. */
export interface EngineProcess {
  readonly pid: number;
  /** Resolves when the process has ended, with how: `exit code 1`, `signal SIGABRT`. */
  readonly ended: Promise<string>;
  /** Asks it to end, and makes it after a while. */
  stop(): Promise<void>;
  /** Ends it at once, whatever state it is in. */
  kill(): Promise<void>;
}

/** Starts a real engine whose output goes to `logFile` and which ends with this process, also after a kill -9. */
export async function startEngine(
  logFile: string,
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<EngineProcess> {
  const log = openSync(logFile, "a", 0o600);
  const path = process.env["PATH"];
  const [file, argv] = withParent([command, ...args], { path, signal: "KILL" });
  const child = spawn(file, argv, { env: { PATH: path, ...env }, stdio: ["ignore", log, log] });
  closeSync(log);
  const exit = once(child, "exit") as Promise<[number | null, NodeJS.Signals | null]>;
  const ended = exit.then(([code, signal]) => (signal === null ? `exit code ${code ?? "?"}` : `signal ${signal}`));
  try {
    await once(child, "spawn");
  } catch (cause) {
    throw new TenantryError(cloudErrors.CLOUD_TOOL_MISSING, `cannot start ${command}`, { cause });
  }
  const { pid } = child;
  if (pid === undefined) throw new TenantryError(cloudErrors.CLOUD_TOOL_MISSING, `cannot start ${command}`);
  const kill = async () => {
    child.kill("SIGKILL");
    await ended;
  };
  return {
    pid,
    ended,
    kill,
    async stop() {
      child.kill("SIGTERM");
      const timer = setTimeout(() => void kill(), STOP_GRACE_MS);
      await ended;
      clearTimeout(timer);
    },
  };
}
