import { EXIT } from "../output/exit-codes.ts";
import { runVerb } from "./run-verb.ts";

for (const stream of [process.stdout, process.stderr]) stream.on("error", onLostReader);
process.exitCode = await runVerb(process.argv.slice(2));

/**
 * Whoever reads us may have read enough, as `head` does: the rest is said to nobody, and what was begun goes on to its end
 * and its own exit code. What follows something without an end looks at `process.stdout.writable`.
 */
function onLostReader(error: NodeJS.ErrnoException): void {
  if (error.code === "EPIPE") return;
  process.stderr.write(`the output cannot be written: ${error.code ?? error.message}\n`);
  process.exit(EXIT.error);
}
