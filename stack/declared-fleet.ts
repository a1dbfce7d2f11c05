import { join, relative } from "node:path";

import { type Fleet, loadFleet } from "../tenants/load-fleet.ts";
import type { StackContext } from "./context.ts";

/** The tenants of the stack as their files declare them. Messages name the files as seen from here. */
export function declaredFleet({ projectDir, stack }: StackContext): Fleet {
  return loadFleet(relative(process.cwd(), join(projectDir, "tenants")), stack);
}
