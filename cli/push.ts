import type { Command } from "commander";

import { syncCommand } from "./sync-verb.ts";

/** `tenantry push TENANT DIR`: a folder's files to a tenant. */
export function command(): Command {
  return syncCommand(
    "push",
    "Bring a folder's files to a tenant. Adds and updates; never overwrites what changed there.",
  );
}
