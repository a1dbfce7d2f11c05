import { spawnSync } from "node:child_process";
import { join } from "node:path";

import { Command } from "commander";

import { EXIT } from "../output/exit-codes.ts";

/** `tenantry setup`: installs the programs that tenantry starts. What is there already is left alone. */
export function command(): Command {
  return new Command("setup")
    .description("Install the programs that tenantry starts: Pulumi, versitygw, TigrisFS and, as root, fuse3.")
    .action(() => {
      const { status } = spawnSync(join(import.meta.dirname, "../tools/install.sh"), ["run"], { stdio: "inherit" });
      process.exitCode = status === 0 ? EXIT.ok : EXIT.error;
    });
}
