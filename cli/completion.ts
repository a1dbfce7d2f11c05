import { Argument, Command, Option } from "commander";

import { candidates } from "./completion/candidates.ts";
import { SCRIPTS, type Shell, SHELLS } from "./completion/scripts.ts";
import { projectWorld } from "./completion/world.ts";
import { jsonOption } from "./options.ts";
import { printJson, printLine } from "../output/terminal.ts";

/** `tenantry completion SHELL`: what a shell needs to complete verbs, options, stacks and tenants. */
export function command(): Command {
  return new Command("completion")
    .description("Print a shell script that completes verbs, options, stacks and tenants.")
    .addArgument(new Argument("[shell]").choices(SHELLS))
    .addOption(
      new Option("--words <lines>", "print what may follow these words, one a line; the scripts call it").hideHelp(),
    )
    .addOption(jsonOption())
    .action(completion);
}

interface CompletionOptions {
  readonly words?: string;
  readonly json?: boolean;
}

async function completion(shell: Shell | undefined, options: CompletionOptions, command: Command): Promise<void> {
  if (shell === undefined && options.words === undefined)
    command.error(`completion: name a shell: ${SHELLS.join(", ")}`);
  if (shell !== undefined) {
    if (options.json === true) printJson({ shell, script: SCRIPTS[shell] });
    else process.stdout.write(SCRIPTS[shell]);
    return;
  }
  const found = await candidates((options.words ?? "").split("\n"), projectWorld(process.cwd(), process.env));
  if (options.json === true) printJson(found);
  else for (const word of found) printLine(word);
}
