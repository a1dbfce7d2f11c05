import { readFileSync } from "node:fs";
import { join } from "node:path";

import { Command, CommanderError } from "commander";

import { TenantryError } from "../errors/tenantry-error.ts";
import { EXIT } from "../output/exit-codes.ts";
import { VERBS } from "./verbs.ts";

// Whoever reads us may have read enough, as `head` does.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(EXIT.ok);
  throw error;
});
process.exitCode = await run(process.argv.slice(2));

/** Runs one verb. Errors meant for people are printed as such, everything else with its stack. */
async function run(args: readonly string[]): Promise<number> {
  const program = await programFor(args[0]);
  try {
    await program.parseAsync(args, { from: "user" });
    return typeof process.exitCode === "number" ? process.exitCode : EXIT.ok;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.error;
    const text = error instanceof TenantryError ? error.message : error instanceof Error ? error.stack : String(error);
    process.stderr.write(`${text ?? "failed"}\n`);
    return EXIT.error;
  }
}

async function programFor(called: string | undefined): Promise<Command> {
  const program = new Command("tenantry")
    .description("Every tenant its own bucket, database and machine, from one YAML file.")
    .version(version(), "--version")
    .exitOverride()
    .showHelpAfterError("(tenantry --help lists the verbs)");
  for (const verb of VERBS) {
    if (verb.name === called) program.addCommand(overridden((await verb.load()).command()));
    else program.command(verb.name).summary(verb.summary).description(verb.summary);
  }
  return program;
}

/** Commander ends the process itself unless every command is told not to. */
function overridden(command: Command): Command {
  for (const child of command.commands) overridden(child);
  return command.exitOverride();
}

function version(): string {
  const text = readFileSync(join(import.meta.dirname, "../package.json"), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}
