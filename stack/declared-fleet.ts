import { join, relative } from "node:path";

import { findFleet, type Fleet, type FleetAsFound, loadFleet } from "../tenants/load-fleet.ts";
import type { StackContext } from "./context.ts";
import { refuseSharedTenants } from "./stack-group.ts";

/**
 * The tenants of the stack as their files declare them. Messages name the files as seen from here. Throws TENANT_FILES_INVALID,
 * TENANT_IN_TWO_STACKS.
 */
export function declaredFleet(context: StackContext): Fleet {
  const fleet = loadFleet(folderOf(context.projectDir), context.stack);
  refuseSharedTenants(context);
  return fleet;
}

/** The same for a question about single tenants, together with the faults of the other files. Throws TENANT_FOLDER_MISSING. */
export function foundFleet({ projectDir, stack }: StackContext): FleetAsFound {
  return findFleet(folderOf(projectDir), stack);
}

function folderOf(projectDir: string): string {
  return relative(process.cwd(), join(projectDir, "tenants"));
}
