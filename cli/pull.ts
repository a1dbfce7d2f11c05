import type { Command } from "commander";

import { syncCommand } from "./sync-verb.ts";

/** `tenantry pull TENANT DIR`: a tenant's files into a folder. */
export function command(): Command {
  return syncCommand(
    "pull",
    "Bring a tenant's files into a folder. Adds and updates; never overwrites what you changed.",
  );
}
