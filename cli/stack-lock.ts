import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";

import * as z from "zod";

import { TenantryError } from "../errors/tenantry-error.ts";
import { cliErrors } from "./errors.ts";
import type { StackContext } from "./stack-context.ts";
import { note } from "./terminal.ts";

const lockSchema = z.object({ pid: z.int(), hostname: z.string(), timestamp: z.string() });

/**
 * Makes sure that no other deployment of an embedded stack is under way. A lock whose process has died on this machine is
 * removed: every create can be repeated, so the next `up` goes on where the dead one stopped. Throws STACK_LOCKED.
 *
 * For other backends Pulumi's own refusal stands: whether a process on another machine is alive can't be seen from here.
 */
export function releaseDeadLocks(context: StackContext): void {
  const folder = join(context.home, "state", ".pulumi", "locks", "organization", "tenantry", context.stack);
  if (context.settings.cloud !== "embedded" || !existsSync(folder)) return;
  for (const name of readdirSync(folder).filter((file) => file.endsWith(".json"))) {
    const path = join(folder, name);
    const lock = lockSchema.parse(JSON.parse(readFileSync(path, "utf8")));
    if (lock.hostname !== hostname() || isPulumi(lock.pid)) {
      throw new TenantryError(
        cliErrors.STACK_LOCKED,
        `process ${lock.pid} holds ${context.stack} since ${lock.timestamp}`,
      );
    }
    rmSync(path, { force: true });
    note(
      `the deployment of process ${lock.pid} ended without a farewell (${lock.timestamp}); going on where it stopped`,
    );
  }
}

/** Process ids are used again: a lock's process lives only if it still is a pulumi. */
function isPulumi(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/comm`, "utf8").startsWith("pulumi");
  } catch {
    return false;
  }
}
