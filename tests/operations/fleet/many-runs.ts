import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { runOnEach } from "../../../operations/fleet/stack-runs.ts";

/**
 * Stands for the command line: `many-runs.ts all FOLDER WORKERS STACK…` runs itself on every stack as a verb of `fleet` does, and
 * prints how they fared; `many-runs.ts one FOLDER STACK` notes in FOLDER that it has begun and how it was told to stop, and ends when
 * FOLDER has `go`, or told to stop. A stack called `bad` fails.
 */
const [verb, folder = "", ...words] = process.argv.slice(2);
if (verb === "all") {
  const [workers, ...stacks] = words;
  const runs = await runOnEach(stacks, {
    wordsFor: (stack) => ["one", folder, stack],
    digest: (printed) => printed,
    workers: Number(workers),
  });
  console.log(JSON.stringify(runs.map(({ stack, code, found }) => ({ stack, code, found }))));
} else {
  const [stack = ""] = words;
  const note = (what: string) => {
    writeFileSync(join(folder, `${stack}.${what}`), "");
  };
  let told: string | undefined;
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.on(signal, () => {
      told = signal;
      note(signal);
    });
  note("began");
  while (told === undefined && !existsSync(join(folder, "go"))) await sleep(20);
  if (stack !== "bad") console.log(JSON.stringify({ told: told ?? null }));
  process.exitCode = stack === "bad" || told !== undefined ? 1 : 0;
}
