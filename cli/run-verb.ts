import { CommanderError } from "commander";

import { TenantryError } from "../errors/tenantry-error.ts";
import { EXIT } from "../output/exit-codes.ts";
import { told } from "./failure.ts";
import { lookAtCloud } from "./first-line.ts";
import { plainWords, programFor } from "./program.ts";

/** Runs one verb and answers the exit code that it has earned. Whatever fails is printed with a code and a next step. */
export async function runVerb(given: readonly string[]): Promise<number> {
  const words = plainWords(given);
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
