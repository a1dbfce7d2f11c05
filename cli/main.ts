import { CommanderError } from "commander";

import { TenantryError } from "../errors/tenantry-error.ts";
import { EXIT } from "../output/exit-codes.ts";
import { plainWords, programFor } from "./program.ts";

// Whoever reads us may have read enough, as `head` does.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(EXIT.ok);
  throw error;
});
process.exitCode = await run(plainWords(process.argv.slice(2)));

/** Runs one verb. Errors meant for people are printed as such, everything else with its stack. */
async function run(words: readonly string[]): Promise<number> {
  const program = await programFor(words);
  try {
    await program.parseAsync(words, { from: "user" });
    return typeof process.exitCode === "number" ? process.exitCode : EXIT.ok;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.error;
    const text = error instanceof TenantryError ? error.message : error instanceof Error ? error.stack : String(error);
    process.stderr.write(`${text ?? "failed"}\n`);
    return EXIT.error;
  }
}
