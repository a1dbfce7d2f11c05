import { spawnSync } from "node:child_process";
import { join } from "node:path";

import { Command, Option } from "commander";

import { EXIT } from "../output/exit-codes.ts";
import { printJson } from "../output/terminal.ts";
import { jsonOption } from "./options.ts";

/** `tenantry setup`: installs the programs that tenantry starts. What is there already is left alone. */
export function command(): Command {
  return new Command("setup")
    .description("Install the programs that tenantry starts: Pulumi, versitygw, TigrisFS and, as root, fuse3.")
    .addOption(jsonOption())
    .addOption(new Option("--gates", "also install Litestream for `tenantry gates`; its build may take ten minutes"))
    .action(({ json, gates }: { readonly json?: boolean; readonly gates?: boolean }) => {
      const what = gates === true ? "gates" : "run";
      const { status } = spawnSync(join(import.meta.dirname, "../tools/install.sh"), [what], { stdio: "inherit" });
      if (json === true) printJson({ isReady: status === 0 });
      process.exitCode = status === 0 ? EXIT.ok : EXIT.error;
    });
}
