import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { openSync, closeSync } from "node:fs";

import { TenantryError } from "../errors/tenantry-error.ts";
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
  const [file, argv] = withParentDeathSignal(command, args);
  const child = spawn(file, argv, { env: { PATH: process.env["PATH"], ...env }, stdio: ["ignore", log, log] });
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

// Only the kernel can end a child when its parent was killed with -9; util-linux lets us ask for that.
const hasSetpriv = spawnSync("setpriv", ["--version"], { stdio: "ignore" }).status === 0;

function withParentDeathSignal(command: string, args: readonly string[]): [string, readonly string[]] {
  return hasSetpriv ? ["setpriv", ["--pdeathsig", "KILL", "--", command, ...args]] : [command, args];
}
