import { spawn } from "node:child_process";
import { once } from "node:events";
import { openSync, closeSync } from "node:fs";

import { TenantryError } from "../errors/tenantry-error.ts";
import { withParent } from "../processes/with-parent.ts";
import { cloudErrors } from "./errors.ts";
import type { Engine } from "./surface.ts";

const STOP_GRACE_MS = 5000;

/** Starts a real engine whose output goes to `logFile` and which ends with this process, also after a kill -9. */
export async function startEngine(
  logFile: string,
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Engine> {
  const log = openSync(logFile, "a", 0o600);
  const path = process.env["PATH"];
  const [file, argv] = withParent([command, ...args], { path, signal: "KILL" });
  const child = spawn(file, argv, { env: { PATH: path, ...env }, stdio: ["ignore", log, log] });
  closeSync(log);
  const ended = once(child, "exit").then(() => undefined);
  try {
    await once(child, "spawn");
  } catch (cause) {
    throw new TenantryError(cloudErrors.CLOUD_TOOL_MISSING, `cannot start ${command}`, { cause });
  }
  const { pid } = child;
  if (pid === undefined) throw new TenantryError(cloudErrors.CLOUD_TOOL_MISSING, `cannot start ${command}`);
  return {
    pid,
    ended,
    async stop() {
      child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), STOP_GRACE_MS);
      await ended;
      clearTimeout(timer);
    },
  };
}
