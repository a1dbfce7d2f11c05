import { join, relative } from "node:path";

import { findFleet, type Fleet, type FleetAsFound, loadFleet } from "../tenants/load-fleet.ts";
import type { StackContext } from "./context.ts";

/** The tenants of the stack as their files declare them. Messages name the files as seen from here. Throws TENANT_FILES_INVALID. */
export function declaredFleet({ projectDir, stack }: StackContext): Fleet {
  return loadFleet(folderOf(projectDir), stack);
}

/** The same for those who ask about single tenants: with what is wrong with the other files. Throws TENANT_FOLDER_MISSING. */
export function foundFleet({ projectDir, stack }: StackContext): FleetAsFound {
  return findFleet(folderOf(projectDir), stack);
}

function folderOf(projectDir: string): string {
  return relative(process.cwd(), join(projectDir, "tenants"));
}
