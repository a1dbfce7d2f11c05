import { statSync } from "node:fs";
import { join } from "node:path";

/**
 * What jest is asked for by `make test ONLY="…"`: `changed` for the tests that import what differs from the branch main;
 * files, for themselves and the tests that import them; else parts of test files' paths, like `tests/e2e/drift`.
 */
export function selection(words: readonly string[], projectDir: string): string[] {
  // Jest knows what a file imports only below its roots, which are the tests otherwise.
  const everywhere = `--roots=${projectDir}`;
  if (words.join() === "changed") return [everywhere, "--changedSince=main"];
  const isFile = (word: string) => statSync(join(projectDir, word), { throwIfNoEntry: false })?.isFile() === true;
  return words.every(isFile) ? [everywhere, "--findRelatedTests", ...words] : [...words];
}
