import { CommanderError } from "commander";

import { told } from "./failure.ts";
import { TenantryError } from "../errors/tenantry-error.ts";
import { EXIT } from "../output/exit-codes.ts";
import { lookAtCloud } from "./first-line.ts";
import { plainWords, programFor } from "./program.ts";

for (const stream of [process.stdout, process.stderr]) stream.on("error", onLostReader);
process.exitCode = await run(plainWords(process.argv.slice(2)));

/**
 * Whoever reads us may have read enough, as `head` does: the rest is said to nobody, and what was begun goes on to its end
 * and its own exit code. What follows something without an end looks at `process.stdout.writable`.
 */
function onLostReader(error: NodeJS.ErrnoException): void {
  if (error.code === "EPIPE") return;
  process.stderr.write(`the output cannot be written: ${error.code ?? error.message}\n`);
  process.exit(EXIT.error);
}

/** Runs one verb. Whatever fails is printed with a code and a next step. */
async function run(words: readonly string[]): Promise<number> {
  const program = await programFor(words);
  program.hook("preAction", (_, action) => lookAtCloud(words[0] ?? "", action.opts()));
  try {
    await program.parseAsync(words, { from: "user" });
    return typeof process.exitCode === "number" ? process.exitCode : EXIT.ok;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.error;
    process.stderr.write(`${told(error, (process.env["TENANTRY_DEBUG"] ?? "") !== "")}\n`);
    return error instanceof TenantryError ? error.exitCode : EXIT.error;
  }
}
